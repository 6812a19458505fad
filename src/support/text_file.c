/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(GError **error, int code, const char *why)
{
	g_set_error_literal(error, G_IO_ERROR, (gint)g_io_error_from_errno(code), why);
	return -1;
}

/* Never through a link, and never waiting for who is at the other end of a pipe. */
static int open_regular(const char *path, struct stat *ret_info, GError **error)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ELOOP)
		return fail(error, ELOOP, "is a link");
	if (fd < 0 && errno == EACCES)
		return fail(error, EACCES, "may not be read; with sudo it would be inside");
	if (fd < 0)
		return fail(error, errno, g_strerror(errno));
	if (!fstat(fd, ret_info) && S_ISREG(ret_info->st_mode))
		return fd;
	close(fd);
	return fail(error, EINVAL, "is no regular file");
}

/* Files of /proc have no size: they are read to their end. */
static gsize read_some(int fd, char *text, gsize bytes_max)
{
	gsize size = 0;
	ssize_t got;

	while (size < bytes_max) {
		got = read(fd, text + size, bytes_max - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size += (gsize)got;
	}
	text[size] = '\0';
	return size;
}

/* From the first whole line on. */
static void drop_first_line(char *text, gsize *size)
{
	const char *end = memchr(text, '\n', *size);
	gsize begin = end ? (gsize)(end + 1 - text) : *size;

	memmove(text, text + begin, *size - begin + 1);
	*size -= begin;
}

char *oriel_text_file_read(const char *path, gsize bytes_max, gsize *ret_size, GError **error)
{
	g_autofree char *text = NULL;
	struct stat info;
	gboolean is_cut;
	gsize size;
	int fd = open_regular(path, &info, error);

	if (fd < 0)
		return NULL;
	is_cut = info.st_size > (off_t)bytes_max && lseek(fd, -(off_t)bytes_max, SEEK_END) > 0;
	text = g_malloc(bytes_max + 1);
	size = read_some(fd, text, bytes_max);
	close(fd);
	if (memchr(text, '\0', size)) {
		fail(error, EINVAL, "is not text");
		return NULL;
	}
	if (is_cut)
		drop_first_line(text, &size);
	*ret_size = size;
	return g_steal_pointer(&text);
}
