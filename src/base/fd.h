/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File descriptors that close themselves, and whole reads and writes. Thread: any. Linux only. */
#ifndef ORIEL_BASE_FD_H
#define ORIEL_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Closes *fd when it is not negative and sets it to -1; errno is kept. close() is never repeated.
 */
void oriel_fd_close(int *fd);

/* int fd ORIEL_FD_AUTO = -1; closes at the end of the scope. */
#define ORIEL_FD_AUTO __attribute__((cleanup(oriel_fd_close)))

/* Gives the descriptor away: returns *fd and sets it to -1. */
static inline int oriel_fd_steal(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* Reads a whole small file of at most size - 1 bytes and ends it with NUL. Returns the number of
 * bytes, or a negative errno; -EFBIG when it does not fit. May block on the file. */
ssize_t oriel_fd_read_file(const char *path, char *ret_text, size_t size);

/* Writes all of it, or returns a negative errno. May block. */
int oriel_fd_write_all(int fd, const void *data, size_t size);

/* One message on a Unix socket, with a copy of attached_fd unless it is -1. 0, or a negative errno:
 * -EAGAIN when the other end does not read; never blocks, raises no SIGPIPE. */
int oriel_fd_send(int socket_fd, const void *data, size_t size, int attached_fd);
/* The next message: its bytes, 0 when the other end is gone, or a negative errno: -EAGAIN when
 * there is none. *ret_fd: what was attached, the caller's now, or -1. Never blocks. */
ssize_t oriel_fd_receive(int socket_fd, void *ret_data, size_t size, int *ret_fd);

#endif
