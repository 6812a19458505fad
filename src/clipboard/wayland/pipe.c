/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/wayland/pipe.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#include "base/fd.h"

#define PART_BYTES 65536

struct oriel_clipboard_pipe {
	int fd;
	guint watch, timer; /* 0: none */
	gsize limit_bytes;
	GByteArray *got; /* when reading */
	GBytes *bytes;	 /* when writing */
	gsize done_bytes;
	oriel_clipboard_pipe_ended ended;
	void *data;
};

static void finish(struct oriel_clipboard_pipe *pipe, enum oriel_clipboard_pipe_end end)
{
	oriel_clipboard_pipe_ended ended = pipe->ended;
	g_autoptr(GBytes) bytes = NULL;
	void *data = pipe->data;

	if (pipe->got && end == ORIEL_CLIPBOARD_PIPE_DONE)
		bytes = g_byte_array_free_to_bytes(g_steal_pointer(&pipe->got));
	oriel_clipboard_pipe_close(pipe);
	ended(data, end, bytes);
}

static gboolean on_impatient(gpointer data)
{
	struct oriel_clipboard_pipe *pipe = data;

	pipe->timer = 0;
	finish(pipe, ORIEL_CLIPBOARD_PIPE_BROKEN);
	return G_SOURCE_REMOVE;
}

static void wait_on(struct oriel_clipboard_pipe *pipe)
{
	if (pipe->timer)
		g_source_remove(pipe->timer);
	pipe->timer = g_timeout_add_seconds(ORIEL_CLIPBOARD_PIPE_WAIT_S, on_impatient, pipe);
}

/* What a system call's result means. False: there is nothing more to do now. */
static bool has_moved(struct oriel_clipboard_pipe *pipe, gssize count)
{
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		finish(pipe, ORIEL_CLIPBOARD_PIPE_BROKEN);
	return count >= 0;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_clipboard_pipe *pipe = data;
	guint8 part[PART_BYTES];
	gssize count = read(fd, part, sizeof part);

	if (!has_moved(pipe, count))
		return G_SOURCE_CONTINUE;
	g_byte_array_append(pipe->got, part, (guint)count);
	if (pipe->got->len > pipe->limit_bytes)
		finish(pipe, ORIEL_CLIPBOARD_PIPE_TOO_LARGE);
	else if (!count)
		finish(pipe, ORIEL_CLIPBOARD_PIPE_DONE);
	else
		wait_on(pipe);
	return G_SOURCE_CONTINUE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_clipboard_pipe *pipe = data;
	gsize size;
	const char *bytes = g_bytes_get_data(pipe->bytes, &size);
	gssize count = write(fd, bytes + pipe->done_bytes, size - pipe->done_bytes);

	if (!has_moved(pipe, count))
		return G_SOURCE_CONTINUE;
	pipe->done_bytes += (gsize)count;
	if (pipe->done_bytes == size)
		finish(pipe, ORIEL_CLIPBOARD_PIPE_DONE);
	else
		wait_on(pipe);
	return G_SOURCE_CONTINUE;
}

static struct oriel_clipboard_pipe *create(int fd, oriel_clipboard_pipe_ended ended, void *data,
	GIOCondition condition, GUnixFDSourceFunc run)
{
	struct oriel_clipboard_pipe *pipe = g_new0(struct oriel_clipboard_pipe, 1);

	pipe->fd = fd;
	pipe->ended = ended;
	pipe->data = data;
	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	pipe->watch = g_unix_fd_add(fd, condition | G_IO_HUP | G_IO_ERR, run, pipe);
	wait_on(pipe);
	return pipe;
}

struct oriel_clipboard_pipe *oriel_clipboard_pipe_read(
	int fd, gsize limit_bytes, oriel_clipboard_pipe_ended ended, void *data)
{
	struct oriel_clipboard_pipe *pipe = create(fd, ended, data, G_IO_IN, on_readable);

	pipe->got = g_byte_array_new();
	pipe->limit_bytes = limit_bytes;
	return pipe;
}

struct oriel_clipboard_pipe *oriel_clipboard_pipe_write(
	int fd, GBytes *bytes, oriel_clipboard_pipe_ended ended, void *data)
{
	struct oriel_clipboard_pipe *pipe = create(fd, ended, data, G_IO_OUT, on_writable);

	pipe->bytes = g_bytes_ref(bytes);
	return pipe;
}

void oriel_clipboard_pipe_close(struct oriel_clipboard_pipe *pipe)
{
	if (!pipe)
		return;
	g_source_remove(pipe->watch);
	if (pipe->timer)
		g_source_remove(pipe->timer);
	oriel_fd_close(&pipe->fd);
	g_clear_pointer(&pipe->got, g_byte_array_unref);
	g_clear_pointer(&pipe->bytes, g_bytes_unref);
	g_free(pipe);
}
