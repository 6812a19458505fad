/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control/handout.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

#define ANSWER_LIMIT_MS 2000
#define REASON_MAX_BYTES 512

/* A request is one byte; an answer one byte with a descriptor, or the reason why there is none. */
static const char token = '.';

bool oriel_handout_open(int ret_fds[2], GError **error)
{
	if (!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds))
		return true;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		"no pair of sockets to be had: %s", g_strerror(errno));
	return false;
}

static int refuse(GError **error, const char *reason)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", reason);
	return -1;
}

int oriel_handout_ask(int fd, GError **error)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	char reason[REASON_MAX_BYTES + 1] = "";
	int result = oriel_fd_send(fd, &token, sizeof token, -1), made_fd = -1;
	ssize_t size;

	if (result)
		return refuse(error, "who hands out connections is gone");
	/* syscalls: poll */
	if (poll(&answer, 1, ANSWER_LIMIT_MS) != 1)
		return refuse(error, "who hands out connections does not answer");
	size = oriel_fd_receive(fd, reason, REASON_MAX_BYTES, &made_fd);
	if (size > 0 && made_fd >= 0)
		return made_fd;
	return refuse(error, size > 0 ? reason : "who hands out connections is gone");
}

bool oriel_handout_answer(int fd, int (*make)(void *data, GError **error), void *data)
{
	g_autoptr(GError) error = NULL;
	ORIEL_FD_AUTO int asked_fd = -1;
	ORIEL_FD_AUTO int made_fd = -1;
	char request;
	ssize_t size = oriel_fd_receive(fd, &request, sizeof request, &asked_fd);

	if (size <= 0)
		return size == -EAGAIN || size == -EINTR;
	made_fd = make(data, &error);
	if (made_fd >= 0)
		return !oriel_fd_send(fd, &token, sizeof token, made_fd);
	return !oriel_fd_send(
		fd, error->message, MIN(strlen(error->message), REASON_MAX_BYTES), -1);
}
