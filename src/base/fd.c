/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

void oriel_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static ssize_t read_some(int fd, void *to, size_t size)
{
	ssize_t got;

	do
		got = read(fd, to, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

ssize_t oriel_fd_read_file(const char *path, char *ret_text, size_t size)
{
	int fd ORIEL_FD_AUTO = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;
	char more;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		got = read_some(fd, ret_text + used, size - 1 - used);
		if (got < 0)
			return got;
		if (!got) {
			ret_text[used] = '\0';
			return (ssize_t)used;
		}
		used += (size_t)got;
	}
	ret_text[used] = '\0';
	got = read_some(fd, &more, 1);
	if (got < 0)
		return got;
	return got ? -EFBIG : (ssize_t)used;
}

int oriel_fd_write_all(int fd, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size) {
		ssize_t put = write(fd, from, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		from += put;
		size -= (size_t)put;
	}
	return 0;
}
