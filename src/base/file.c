/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static int give_to(int fd, const struct oriel_file_owner *owner)
{
	if (fchown(fd, owner->uid, owner->gid) && errno != EPERM)
		return -errno;
	if (fchmod(fd, owner->mode) && errno != EPERM)
		return -errno;
	return 0;
}

static int write_new(
	const char *fresh, const void *data, size_t size, const struct oriel_file_owner *owner)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result;

	if (fd < 0)
		return -errno;
	result = oriel_fd_write_all(fd, data, size);
	if (!result && owner)
		result = give_to(fd, owner);
	if (!result && fsync(fd))
		result = -errno;
	if (close(fd) && !result)
		result = -errno;
	return result;
}

int oriel_file_replace(const char *path, const char *fresh, const void *data, size_t size,
	const struct oriel_file_owner *owner)
{
	int result = write_new(fresh, data, size, owner);

	if (!result && rename(fresh, path))
		result = -errno;
	if (result)
		unlink(fresh);
	else
		oriel_file_sync_folder(path);
	return result;
}

void oriel_file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
		slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}
