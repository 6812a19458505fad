/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/sandbox.h"

#include <fcntl.h>
#include <glib.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define MAKE                                                                                       \
	(CHANGE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                      \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
/* Everything that the oldest kernel with Landlock can forbid: also what no rule allows again. */
#define HANDLED                                                                                    \
	(MAKE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                        \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                      \
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What of it has a meaning for a file. */
#define OF_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

static int add_rule(int ruleset_fd, const char *path, uint64_t access, struct oriel_error *error)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	int path_fd ORIEL_FD_AUTO = open(path, O_PATH | O_CLOEXEC);
	struct stat status;

	/* What is not there needs no rule, and cannot have one. */
	if (path_fd < 0)
		return 0;
	if (!fstat(path_fd, &status) && !S_ISDIR(status.st_mode))
		rule.allowed_access &= OF_FILE;
	rule.parent_fd = path_fd;
	if (syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return oriel_error_set_errno(error, -errno, "cannot keep access to %s", path);
	return 0;
}

static int add_rules(
	int ruleset_fd, const struct oriel_sandbox_folders *folders, struct oriel_error *error)
{
	const struct {
		const char *path;
		uint64_t access;
	} rules[] = {
		/* Libraries loaded late, fonts, drivers' data, time zones, name look-ups. */
		{"/usr", READ},
		{"/lib", READ},
		{"/lib64", READ},
		{"/nix/store", READ},
		{"/etc", READ},
		{"/run", READ},
		{"/var/cache/fontconfig", READ},
		{"/sys", READ},
		{"/proc", READ},
		/* Devices are opened by drivers; making one takes more than this. */
		{"/dev", CHANGE},
		/* The settings may be read again. */
		{g_get_user_config_dir(), READ},
		{g_get_user_data_dir(), READ},
		{g_get_user_cache_dir(), MAKE},
		{g_get_user_runtime_dir(), READ},
		{folders->control, MAKE},
		{folders->state, MAKE},
		{folders->source, CHANGE},
		{folders->pictures, MAKE},
		{folders->share, MAKE},
		{folders->send, READ},
		{folders->screenshot, MAKE},
		{folders->record, MAKE},
		{folders->authority, READ},
		{folders->cd, READ},
		{folders->config, READ},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		int result = rules[i].path
				     ? add_rule(ruleset_fd, rules[i].path, rules[i].access, error)
				     : 0;

		if (result)
			return result;
	}
	return 0;
}

/* -ENOSYS or -EOPNOTSUPP: the kernel has it not, or not switched on. */
static int restrict_files(const struct oriel_sandbox_folders *folders, struct oriel_error *error)
{
	struct landlock_ruleset_attr handled = {.handled_access_fs = HANDLED};
	int ruleset_fd ORIEL_FD_AUTO =
		(int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	int result;

	if (ruleset_fd < 0)
		return oriel_error_set_errno(error, -errno, "cannot use Landlock");
	result = add_rules(ruleset_fd, folders, error);
	if (result)
		return result;
	if (syscall(SYS_landlock_restrict_self, ruleset_fd, 0))
		return oriel_error_set_errno(error, -errno, "cannot enter Landlock");
	return 0;
}

static int is_missing(int result)
{
	return result == -ENOSYS || result == -EOPNOTSUPP;
}

int oriel_sandbox_enter(const struct oriel_sandbox_folders *folders, struct oriel_error *error)
{
	int files, calls;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return oriel_error_set_errno(error, -errno, "cannot give up new privileges");
	files = restrict_files(folders, error);
	if (files && !is_missing(files))
		return files;
	calls = oriel_sandbox_filter(error);
	if (calls && !is_missing(calls))
		return calls;
	oriel_log(files || calls ? ORIEL_LOG_WARNING : ORIEL_LOG_DEBUG,
		"sandbox: files %s, system calls %s", files ? "open (no Landlock here)" : "closed",
		calls ? "open (no seccomp here)" : "closed");
	return 0;
}
