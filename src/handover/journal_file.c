/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

#define FRESH ".new"

static const char *const endings[] = {".journal", ".bound"};

static char *get_path(const struct oriel_journal_file *file, gboolean is_bound)
{
	return oriel_host_get_path(
		file->host, "%s/%s%s", file->folder, file->name, endings[is_bound]);
}

static gboolean fail(GError **error, const char *what, const char *path)
{
	int code = errno;

	g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code),
		"cannot %s the journal %s: %s", what, path, g_strerror(code));
	return FALSE;
}

static gboolean replace(const char *path, const char *text, GError **error)
{
	g_autofree char *fresh = g_strconcat(path, FRESH, NULL);

	errno = -oriel_file_replace(path, fresh, text, strlen(text), NULL);
	return errno ? fail(error, "write", path) : TRUE;
}

gboolean oriel_journal_file_begin(
	const struct oriel_journal_file *file, const char *text, GError **error)
{
	g_autofree char *path = get_path(file, FALSE);
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_mkdir_with_parents(folder, 0755))
		return fail(error, "make a folder for", path);
	return replace(path, text, error);
}

gboolean oriel_journal_file_rewrite(
	const struct oriel_journal_file *file, const char *text, GError **error)
{
	g_autofree char *bound = get_path(file, TRUE);
	g_autofree char *path = get_path(file, FALSE);

	return replace(access(bound, F_OK) ? path : bound, text, error);
}

gboolean oriel_journal_file_append(
	const struct oriel_journal_file *file, const char *line, GError **error)
{
	g_autofree char *path = get_path(file, FALSE);
	int fd ORIEL_FD_AUTO =
		open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_APPEND, 0600);

	if (fd < 0)
		return fail(error, "write", path);
	errno = -oriel_fd_write_all(fd, line, strlen(line));
	return errno || fsync(fd) ? fail(error, "write", path) : TRUE;
}

static gboolean move(
	const struct oriel_journal_file *file, gboolean to_bound, const char *what, GError **error)
{
	g_autofree char *from = get_path(file, !to_bound);
	g_autofree char *to = get_path(file, to_bound);

	if (rename(from, to))
		return fail(error, what, from);
	oriel_file_sync_folder(to);
	return TRUE;
}

gboolean oriel_journal_file_set_bound(const struct oriel_journal_file *file, GError **error)
{
	return move(file, TRUE, "end", error);
}

gboolean oriel_journal_file_set_on_its_way(const struct oriel_journal_file *file, GError **error)
{
	return move(file, FALSE, "take up", error);
}

gboolean oriel_journal_file_remove(const struct oriel_journal_file *file, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *path = get_path(file, (gboolean)i);
		g_autofree char *fresh = g_strconcat(path, FRESH, NULL);

		if ((unlink(fresh) && errno != ENOENT) || (unlink(path) && errno != ENOENT))
			return fail(error, "remove", path);
		oriel_file_sync_folder(path);
	}
	return TRUE;
}

char *oriel_journal_file_read(
	const struct oriel_journal_file *file, gboolean *ret_is_bound, char **ret_path)
{
	for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *path = get_path(file, (gboolean)i);
		char *text = NULL;

		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		*ret_is_bound = (gboolean)i;
		*ret_path = g_steal_pointer(&path);
		return text;
	}
	return NULL;
}

GPtrArray *oriel_journal_file_list(const struct oriel_host *host, const char *folder)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = oriel_host_list(host, "%s", folder);

	for (char **name = names; *name; name++)
		for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
			if (!g_str_has_suffix(*name, endings[i]))
				continue;
			(*name)[strlen(*name) - strlen(endings[i])] = '\0';
			if (!g_ptr_array_find_with_equal_func(list, *name, g_str_equal, NULL))
				g_ptr_array_add(list, g_strdup(*name));
			break;
		}
	return list;
}

void oriel_journal_file_clear(const struct oriel_host *host, const char *folder)
{
	g_auto(GStrv) names = oriel_host_list(host, "%s", folder);

	for (char **name = names; *name; name++) {
		g_autofree char *path = oriel_host_get_path(host, "%s/%s", folder, *name);

		if (g_str_has_suffix(*name, FRESH))
			unlink(path);
	}
}
