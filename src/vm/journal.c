/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A journal is a text file: one note a line, kind and arguments with tabs. Paths and names hold no
 * control characters (vm/check.h), so nothing needs quoting. A last line without its newline was
 * not yet on disk when the process died, so what it announces was not begun either.
 */
#include "vm/journal.h"

#include "base/fd.h"
#include "base/log.h"
#include "vm/embed.h"
#include "vm/error.h"
#include "vm/paths.h"
#include "vm/run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNNING "running"
#define RUN_PREFIX "run-"
#define RUN_WAIT_US (10 * G_USEC_PER_SEC)
#define LOOK_AGAIN_US 20000

struct oriel_vm_journal {
	char *path;
	int fd; /* locked as long as it is open */
};

static void free_journal(struct oriel_vm_journal *journal)
{
	oriel_fd_close(&journal->fd);
	g_free(journal->path);
	g_free(journal);
}

/* Another command clearing up could have taken it for a dead one before it was locked. */
static bool is_there(const struct oriel_vm_journal *journal)
{
	struct stat info;

	return !fstat(journal->fd, &info) && info.st_nlink == 1;
}

static struct oriel_vm_journal *make_journal(const char *name, int fd, GError **error)
{
	g_autofree char *folder = oriel_vm_paths_make_state("journal", error);
	struct oriel_vm_journal *journal;

	if (!folder) {
		oriel_fd_close(&fd);
		return NULL;
	}
	journal = g_new0(struct oriel_vm_journal, 1);
	journal->path = g_build_filename(folder, name, NULL);
	journal->fd = fd;
	return journal;
}

static bool fail(const struct oriel_vm_journal *journal, int code, GError **error)
{
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot write the journal %s: %s",
		journal->path, g_strerror(code));
}

struct oriel_vm_journal *oriel_vm_journal_begin(GError **error)
{
	g_autofree char *name = g_uuid_string_random();
	struct oriel_vm_journal *journal = make_journal(name, -1, error);

	if (!journal)
		return NULL;
	journal->fd = open(journal->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0600);
	if (journal->fd >= 0 && !flock(journal->fd, LOCK_EX | LOCK_NB) && is_there(journal))
		return journal;
	fail(journal, errno, error);
	free_journal(journal);
	return NULL;
}

static bool note(struct oriel_vm_journal *journal, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static bool note(struct oriel_vm_journal *journal, GError **error, const char *format, ...)
{
	g_autofree char *line = NULL;
	va_list args;
	int code;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	code = oriel_fd_write_all(journal->fd, line, strlen(line));
	if (!code && fdatasync(journal->fd))
		code = -errno;
	if (!code)
		return true;
	return fail(journal, -code, error);
}

bool oriel_vm_journal_note_file(struct oriel_vm_journal *journal, const char *path, GError **error)
{
	return note(journal, error, "file\t%s\n", path);
}

bool oriel_vm_journal_note_link(
	struct oriel_vm_journal *journal, const char *path, int fd, GError **error)
{
	struct stat info = {0};

	if (fstat(fd, &info))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot examine %s: %s",
			path, g_strerror(errno));
	return note(journal, error, "link\t%s\t%ju\t%ju\n", path, (uintmax_t)info.st_dev,
		(uintmax_t)info.st_ino);
}

bool oriel_vm_journal_note_define(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error)
{
	return note(journal, error, "define\t%s\t%s\n", uri, uuid);
}

bool oriel_vm_journal_note_start(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error)
{
	return note(journal, error, "start\t%s\t%s\n", uri, uuid);
}

bool oriel_vm_journal_note_tuned(struct oriel_vm_journal *journal, const char *name, GError **error)
{
	return note(journal, error, "tuned\t%s\n", name);
}

bool oriel_vm_journal_note_running(
	struct oriel_vm_journal *journal, const char *uri, const char *uuid, GError **error)
{
	return note(journal, error, RUNNING "\t%s\t%s\n", uri, uuid);
}

void oriel_vm_journal_commit(struct oriel_vm_journal *journal)
{
	if (!journal)
		return;
	g_unlink(journal->path);
	free_journal(journal);
}

/* ---- undoing -------------------------------------------------------------------------------- */

/* Each is true when nothing of it is there any more, however often it is called. */

static bool undo_file(struct oriel_vm_connection *connection, char **words)
{
	struct stat info;

	return lstat(words[1], &info) || !S_ISREG(info.st_mode) || !g_unlink(words[1]);
}

static bool undo_link(struct oriel_vm_connection *connection, char **words)
{
	struct stat info;

	if (!words[2] || !words[3] || lstat(words[1], &info) ||
		info.st_dev != g_ascii_strtoull(words[2], NULL, 10) ||
		info.st_ino != g_ascii_strtoull(words[3], NULL, 10))
		return true;
	return !g_unlink(words[1]);
}

static virDomainPtr find_by_uuid(struct oriel_vm_connection *connection, const char *uuid)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, NULL);

	return handle && uuid ? virDomainLookupByUUIDString(handle, uuid) : NULL;
}

static bool undo_define(struct oriel_vm_connection *connection, char **words)
{
	g_autoptr(virDomain) domain = find_by_uuid(connection, words[2]);

	return !domain ||
	       virDomainUndefineFlags(
		       domain, VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_TPM) == 0 ||
	       virDomainUndefine(domain) == 0;
}

/* oriel-helper has a journal of its own, and undoes what nobody asked it to when it starts: so a
 * failure here does not keep the machine from its next start. */
static bool undo_tuned(struct oriel_vm_connection *connection, char **words)
{
	const struct oriel_vm_tuner *tuner = oriel_vm_connection_get_tuner(connection);
	g_autoptr(GError) error = NULL;

	if (tuner && !tuner->untune(words[1], &error))
		oriel_log(ORIEL_LOG_WARNING, "%s", error->message);
	return true;
}

/* A mark, which find_running() looks for. */
static bool undo_nothing(struct oriel_vm_connection *connection, char **words)
{
	return true;
}

static bool undo_start(struct oriel_vm_connection *connection, char **words)
{
	g_autoptr(virDomain) domain = find_by_uuid(connection, words[2]);

	if (!domain || virDomainIsActive(domain) != 1)
		return true;
	/* It never came up, so it may never answer libvirt either. */
	if (oriel_vm_embed_is_meant(words[1]))
		oriel_vm_embed_kill(words[1], virDomainGetName(domain));
	return virDomainDestroy(domain) == 0 || virDomainIsActive(domain) == 0;
}

static const struct {
	const char *kind;
	bool asks_libvirt; /* the second word is its address */
	bool (*undo)(struct oriel_vm_connection *connection, char **words);
} kinds[] = {
	{"file", false, undo_file},
	{"link", false, undo_link},
	{"define", true, undo_define},
	{"start", true, undo_start},
	{"tuned", false, undo_tuned},
	{RUNNING, true, undo_nothing},
};

static int find_kind(char **words)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (words[0] && words[1] && g_str_equal(words[0], kinds[i].kind))
			return i;
	return -1;
}

static bool is_ours(struct oriel_vm_connection *connection, char **lines)
{
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, "\t", -1);
		int kind = find_kind(words);

		if (kind >= 0 && kinds[kind].asks_libvirt &&
			!g_str_equal(words[1], oriel_vm_connection_get_uri(connection)))
			return false;
	}
	return true;
}

/* The machine that is noted as running, owned by the caller, or NULL. */
static char *find_running(char **lines)
{
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, "\t", -1);

		if (g_strv_length(words) == 3 && g_str_equal(words[0], RUNNING))
			return g_strdup(words[2]);
	}
	return NULL;
}

static char **read_lines(const char *path)
{
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? g_strsplit(text, "\n", -1) : NULL;
}

static bool undo_lines(struct oriel_vm_connection *connection, char **lines)
{
	bool all = true;

	/* The text after the last newline is empty, or a note that was never finished. */
	for (guint left = g_strv_length(lines); left > 1; left--) {
		g_auto(GStrv) words = g_strsplit(lines[left - 2], "\t", -1);
		int kind = find_kind(words);

		oriel_log(ORIEL_LOG_DEBUG, "undoing: %s", lines[left - 2]);
		if (kind >= 0 && !kinds[kind].undo(connection, words))
			all = false;
	}
	return all;
}

/* False when it belongs to another libvirt or to a machine that runs, and when something of it is
 * still there: the next command tries again. */
static bool undo(const char *path, struct oriel_vm_connection *connection)
{
	g_auto(GStrv) lines = read_lines(path);
	g_autofree char *running = lines ? find_running(lines) : NULL;

	if (!lines || !is_ours(connection, lines) ||
		(running && !oriel_vm_run_is_off(connection, running)))
		return false;
	return undo_lines(connection, lines) && !g_unlink(path);
}

void oriel_vm_journal_roll_back(
	struct oriel_vm_journal *journal, struct oriel_vm_connection *connection)
{
	if (!journal)
		return;
	undo(journal->path, connection);
	free_journal(journal);
}

/* ---- the journal of a run ------------------------------------------------------------------- */

int oriel_vm_journal_get_fd(const struct oriel_vm_journal *journal)
{
	return journal->fd;
}

void oriel_vm_journal_leave(struct oriel_vm_journal *journal)
{
	if (journal)
		free_journal(journal);
}

struct oriel_vm_journal *oriel_vm_journal_take_over(const char *uuid, int fd, GError **error)
{
	g_autofree char *name = g_strconcat(RUN_PREFIX, uuid, NULL);

	return make_journal(name, fd, error);
}

/* 0, or a negative errno: EWOULDBLOCK while somebody has it. What is in it then is a dead one's. */
static int lock_run(struct oriel_vm_journal *journal)
{
	oriel_fd_close(&journal->fd);
	journal->fd =
		open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | O_NOFOLLOW, 0600);
	if (journal->fd < 0 || flock(journal->fd, LOCK_EX | LOCK_NB))
		return -errno;
	return is_there(journal) ? 0 : -EWOULDBLOCK;
}

struct oriel_vm_journal *oriel_vm_journal_begin_run(
	struct oriel_vm_connection *connection, const char *uuid, GError **error)
{
	g_autofree char *name = g_strconcat(RUN_PREFIX, uuid, NULL);
	struct oriel_vm_journal *journal = make_journal(name, -1, error);
	gint64 end_us = g_get_monotonic_time() + RUN_WAIT_US;
	struct stat info = {0};
	int code;

	if (!journal)
		return NULL;
	while ((code = lock_run(journal)) == -EWOULDBLOCK && g_get_monotonic_time() < end_us)
		g_usleep(LOOK_AGAIN_US);
	if (!code && !fstat(journal->fd, &info) && !info.st_size)
		return journal;
	if (!code && undo(journal->path, connection)) {
		free_journal(journal);
		return oriel_vm_journal_begin_run(connection, uuid, error);
	}
	if (code == -EWOULDBLOCK || !code)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"the last run of this machine is still being taken down (%s); try again in "
			"a moment",
			journal->path);
	else
		fail(journal, -code, error);
	free_journal(journal);
	return NULL;
}

unsigned int oriel_vm_journal_recover(struct oriel_vm_connection *connection)
{
	g_autofree char *folder = oriel_vm_paths_make_state("journal", NULL);
	g_autoptr(GDir) dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
	unsigned int undone = 0;
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		int fd ORIEL_FD_AUTO = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
			continue;
		if (undo(path, connection))
			undone++;
	}
	return undone;
}
