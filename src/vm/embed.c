/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/embed.h"

#include "base/fd.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define ROOT "?root="
#define WAIT_US (20 * G_USEC_PER_SEC)
#define LOOK_AGAIN_US 20000

bool oriel_vm_embed_is_meant(const char *uri)
{
	return strstr(uri, ":///embed") != NULL;
}

/* libvirt locks the first byte of its file of process ids, and fails for good where it cannot. */
static bool is_taken(const char *path)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	return fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK &&
	       lock.l_pid != getpid();
}

/* So that of those who wait one goes on. Held, with the directory, until the process ends. */
static bool is_our_turn(const char *root)
{
	static int turn_fd = -1;
	g_autofree char *path = g_build_filename(root, "oriel.lock", NULL);

	if (turn_fd < 0)
		turn_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return turn_fd < 0 || !flock(turn_fd, LOCK_EX | LOCK_NB);
}

static char *get_root(const char *uri)
{
	const char *start = strstr(uri, ROOT) + strlen(ROOT);

	return g_strndup(start, strcspn(start, "&"));
}

static void wait_for_root(const char *uri)
{
	g_autofree char *root = get_root(uri);
	g_autofree char *path = g_build_filename(root, "run/qemu/driver.pid", NULL);
	gint64 end_us = g_get_monotonic_time() + WAIT_US;

	while ((!is_our_turn(root) || is_taken(path)) && g_get_monotonic_time() < end_us)
		g_usleep(LOOK_AGAIN_US);
}

static void leave(int status, void *data)
{
	fflush(NULL);
	_exit(status);
}

void oriel_vm_embed_prepare(const char *uri)
{
	static gsize registered;

	wait_for_root(uri);
	if (!g_once_init_enter(&registered))
		return;
	on_exit(leave, NULL);
	g_once_init_leave(&registered, 1);
}

/* That process runs this machine: its number may be another's by now. */
static bool is_qemu_of(int pid, const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", pid);
	g_autofree char *wanted = g_strdup_printf("guest=%s,", name);
	g_autofree char *line = NULL;
	gsize length = 0;

	if (!g_file_get_contents(path, &line, &length, NULL))
		return false;
	for (const char *word = line; word < line + length; word += strlen(word) + 1)
		if (g_str_has_prefix(word, wanted))
			return true;
	return false;
}

void oriel_vm_embed_kill(const char *uri, const char *name)
{
	g_autofree char *root = get_root(uri);
	g_autofree char *file = g_strconcat(name, ".pid", NULL);
	g_autofree char *path = g_build_filename(root, "run/qemu", file, NULL);
	g_autofree char *text = NULL;
	int pid = g_file_get_contents(path, &text, NULL, NULL) ? atoi(text) : 0;
	int pid_fd ORIEL_FD_AUTO = pid > 1 ? pidfd_open(pid, 0) : -1;

	/* The descriptor was taken first: what is looked at is what is ended. */
	if (pid_fd >= 0 && is_qemu_of(pid, name))
		pidfd_send_signal(pid_fd, SIGKILL, NULL, 0);
}
