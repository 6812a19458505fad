/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/file.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean fail(GError **error, const char *what, const char *path, int code)
{
	g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code), "cannot %s %s: %s", what,
		path, g_strerror(code));
	return FALSE;
}

gboolean oriel_bind_file_write(const struct oriel_host *host, const char *path, GBytes *bytes,
	const struct oriel_file_owner *owner, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *fresh = g_strconcat(full, ".oriel-new", NULL);
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);
	int result = oriel_file_replace(full, fresh, data, size, owner);

	return result ? fail(error, "write", full, -result) : TRUE;
}

gboolean oriel_bind_file_remove(const struct oriel_host *host, const char *path, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);
	g_autofree char *fresh = g_strconcat(full, ".oriel-new", NULL);

	unlink(fresh);
	if (unlink(full) && errno != ENOENT)
		return fail(error, "remove", full, errno);
	oriel_file_sync_folder(full);
	return TRUE;
}

gboolean oriel_bind_file_make_folder(
	const struct oriel_host *host, const char *path, GError **error)
{
	g_autofree char *full = oriel_host_get_path(host, "%s", path);

	if (mkdir(full, 0755) && errno != EEXIST)
		return fail(error, "make the folder", full, errno);
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
