/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean fail(GError **error, const char *what, const char *path)
{
	int code = errno;

	g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code), "cannot %s %s: %s", what,
		path, g_strerror(code));
	return FALSE;
}

static gboolean write_all(int fd, GBytes *bytes)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);

	while (size > 0) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return FALSE;
		data += done;
		size -= (gsize)done;
	}
	return TRUE;
}

/* So that the new name itself survives a power cut. */
static void sync_folder(const char *file)
{
	g_autofree char *folder = g_path_get_dirname(file);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static gboolean write_new(const char *path, GBytes *bytes, const struct oriel_bind_owner *owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = write_all(fd, bytes) && (!fchown(fd, owner->uid, owner->gid) || errno == EPERM) &&
	     (!fchmod(fd, owner->mode) || errno == EPERM) && !fsync(fd);
	if (close(fd) && ok)
		ok = FALSE;
	return ok;
}

gboolean oriel_bind_file_write(const struct oriel_host *host, const char *path, GBytes *bytes,
	const struct oriel_bind_owner *owner, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *fresh = g_strconcat(full, ".oriel-new", NULL);

	if (!write_new(fresh, bytes, owner) || rename(fresh, full)) {
		fail(error, "write", full);
		unlink(fresh);
		return FALSE;
	}
	sync_folder(full);
	return TRUE;
}

gboolean oriel_bind_file_remove(const struct oriel_host *host, const char *path, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *fresh = g_strconcat(full, ".oriel-new", NULL);

	unlink(fresh);
	if (unlink(full) && errno != ENOENT)
		return fail(error, "remove", full);
	sync_folder(full);
	return TRUE;
}

gboolean oriel_bind_file_make_folder(
	const struct oriel_host *host, const char *path, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);

	if (mkdir(full, 0755) && errno != EEXIST)
		return fail(error, "make the folder", full);
	return TRUE;
}

void oriel_bind_file_remove_rest(const struct oriel_host *host, const char *path)
{
	g_autofree char *fresh = oriel_host_get_path(host, "%s.oriel-new", path);

	unlink(fresh);
}

void oriel_bind_file_remove_folder(const struct oriel_host *host, const char *path)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);

	rmdir(full);
}
