/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/monitor.h"

#include "base/fd.h"
#include "base/time.h"
#include "bed/process.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_NS (5 * ORIEL_NS_PER_S)
#define ANSWER_MAX_BYTES 65536u

bool oriel_monitor_open(struct oriel_monitor *ret_monitor, int *ret_qemu_fd, GError **error)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			"no sockets for QEMU's monitor: %s", g_strerror(errno));
		return false;
	}
	*ret_monitor = (struct oriel_monitor){.fd = ends[0]};
	*ret_qemu_fd = ends[1];
	return true;
}

void oriel_monitor_close(struct oriel_monitor *monitor)
{
	oriel_fd_close(&monitor->fd);
}

/* Reads lines until one answers a command; the others are events and the greeting. */
static bool read_answer(struct oriel_monitor *monitor, const char *command, GError **error)
{
	uint64_t deadline_ns = oriel_time_now_ns() + ANSWER_NS;
	struct pollfd news = {.fd = monitor->fd, .events = POLLIN};
	g_autoptr(GString) line = g_string_new(NULL);
	int fd = -1;
	char part;

	while (line->len < ANSWER_MAX_BYTES &&
		poll(&news, 1, oriel_process_get_timeout_ms(deadline_ns)) == 1 &&
		oriel_fd_receive(monitor->fd, &part, 1, &fd) == 1) {
		oriel_fd_close(&fd);
		if (part != '\n') {
			g_string_append_c(line, part);
			continue;
		}
		if (g_str_has_prefix(line->str, "{\"return\""))
			return true;
		if (g_str_has_prefix(line->str, "{\"error\""))
			break;
		g_string_truncate(line, 0);
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "QEMU did not do %s: %s", command,
		line->len ? line->str : "no answer");
	return false;
}

static bool run(struct oriel_monitor *monitor, const char *command, int attached_fd, GError **error)
{
	g_autofree char *line = g_strconcat(command, "\n", NULL);
	int result = oriel_fd_send(monitor->fd, line, strlen(line), attached_fd);

	if (!result)
		return read_answer(monitor, command, error);
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-result),
		"cannot write to QEMU's monitor: %s", g_strerror(-result));
	return false;
}

/* One command, a JSON object in one line; attached_fd goes along unless it is -1. False and error
 * set with QEMU's answer, or when it gives none within 5 s. */
static bool run_command(
	struct oriel_monitor *monitor, const char *command, int attached_fd, GError **error)
{
	if (!monitor->is_open)
		monitor->is_open = run(monitor, "{\"execute\": \"qmp_capabilities\"}", -1, error);
	return monitor->is_open && run(monitor, command, attached_fd, error);
}

int oriel_monitor_connect_spice(struct oriel_monitor *monitor, GError **error)
{
	ORIEL_FD_AUTO int ours = -1;
	ORIEL_FD_AUTO int its = -1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			"no sockets for SPICE: %s", g_strerror(errno));
		return -1;
	}
	ours = ends[0];
	its = ends[1];
	if (!run_command(monitor,
		    "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"spice\"}}", its,
		    error) ||
		!run_command(monitor,
			"{\"execute\": \"add_client\", \"arguments\": {\"protocol\": \"spice\", "
			"\"fdname\": \"spice\", \"skipauth\": true}}",
			-1, error))
		return -1;
	return oriel_fd_steal(&ours);
}
