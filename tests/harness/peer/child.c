/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/peer/raw.h"

#define ANSWER_MS 10000

bool peer_child_start(struct peer_child *child, const char *const argv[])
{
	int pair[2];

	memset(child, 0, sizeof(*child));
	child->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	child->pid = fork();
	if (child->pid == 0) {
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(pair[1]);
	child->fd = pair[0];
	return child->pid > 0;
}

/* One line without its end; false when none comes. */
static bool read_line(struct peer_child *child, char *line, size_t size)
{
	size_t length = 0;

	while (length + 1 < size) {
		struct pollfd ready = {.fd = child->fd, .events = POLLIN};

		if (poll(&ready, 1, ANSWER_MS) <= 0 || read(child->fd, line + length, 1) != 1)
			return false;
		if (line[length] == '\n')
			break;
		length++;
	}
	line[length] = '\0';
	return true;
}

static void keep_event(struct peer_child *child, const char *line)
{
	int wrote = snprintf(child->events + child->event_bytes,
		sizeof(child->events) - child->event_bytes, "%s\n", line);

	if (wrote > 0 && child->event_bytes + (size_t)wrote < sizeof(child->events))
		child->event_bytes += (size_t)wrote;
}

bool peer_child_ask(struct peer_child *child, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	child->event_bytes = 0;
	child->events[0] = '\0';
	if (send(child->fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
		return false;
	while (read_line(child, line, sizeof(line))) {
		if (strncmp(line, "event ", 6))
			return !strncmp(line, "ok ", 3);
		keep_event(child, line);
	}
	return false;
}

bool peer_child_end(struct peer_child *child, const char *line)
{
	int status = -1;

	if (send(child->fd, line, strlen(line), MSG_NOSIGNAL) < 0 ||
		send(child->fd, "\n", 1, MSG_NOSIGNAL) != 1)
		return false;
	for (int i = 0; i < ANSWER_MS; i++) {
		if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
			child->pid = 0;
			break;
		}
		raw_nap_us(1000);
	}
	peer_child_stop(child);
	return status == 0;
}

long peer_child_get(const struct peer_child *child, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = child->events; (at = strstr(at, word)); at += length) {
		if (at != child->events && at[-1] == ' ' && at[length] == ' ')
			return strtol(at + length + 1, NULL, 10);
	}
	return -1;
}

void peer_child_stop(struct peer_child *child)
{
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
		child->pid = 0;
	}
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
}

static pid_t paths_pid;
static unsigned int path_count;

static void write_path(char *path, size_t size, unsigned int number)
{
	snprintf(path, size, "/dev/shm/oriel-test-%d-%u", (int)paths_pid, number);
}

static void remove_paths(void)
{
	char path[64];

	for (unsigned int i = 0; paths_pid == getpid() && i < path_count; i++) {
		write_path(path, sizeof(path), i);
		unlink(path);
	}
}

void peer_make_path(char *path, size_t size)
{
	if (!path_count)
		atexit(remove_paths);
	paths_pid = getpid();
	write_path(path, size, path_count++);
	unlink(path);
}
