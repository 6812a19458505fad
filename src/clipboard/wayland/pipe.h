/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents through pipes, to and from other programs, as the main loop finds time. Thread: main.
 * Never blocks. A program that does nothing for ORIEL_CLIPBOARD_PIPE_WAIT_S is given up. */
#ifndef ORIEL_CLIPBOARD_WAYLAND_PIPE_H
#define ORIEL_CLIPBOARD_WAYLAND_PIPE_H

#include <glib.h>
#include <stdbool.h>

#define ORIEL_CLIPBOARD_PIPE_WAIT_S 20u

enum oriel_clipboard_pipe_end {
	ORIEL_CLIPBOARD_PIPE_DONE,
	ORIEL_CLIPBOARD_PIPE_TOO_LARGE,
	ORIEL_CLIPBOARD_PIPE_BROKEN,
};

struct oriel_clipboard_pipe;

/* bytes: what was read, NULL after writing and unless done. The pipe is gone afterwards. */
typedef void (*oriel_clipboard_pipe_ended)(
	void *data, enum oriel_clipboard_pipe_end end, GBytes *bytes);

/* Reads fd to its end, at most limit_bytes. fd is the pipe's from now on. */
struct oriel_clipboard_pipe *oriel_clipboard_pipe_read(
	int fd, gsize limit_bytes, oriel_clipboard_pipe_ended ended, void *data);
/* Writes bytes to fd and closes it. fd is the pipe's from now on. */
struct oriel_clipboard_pipe *oriel_clipboard_pipe_write(
	int fd, GBytes *bytes, oriel_clipboard_pipe_ended ended, void *data);
/* Without ended(). NULL is fine. */
void oriel_clipboard_pipe_close(struct oriel_clipboard_pipe *pipe);

#endif
