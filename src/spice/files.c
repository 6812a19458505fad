/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spice/files.h"

#include <gio/gio.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static GBytes *refuse(GError **error, const char *what, const char *folder)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		"%s the folder of --share-folder, %s", what, folder);
	return NULL;
}

/* What path (absolute, of a file that is there) is within folder, without a slash in front; NULL:
 * it is not within. Links are followed. */
static char *find_within(const char *folder, const char *path)
{
	char real_folder[PATH_MAX], real_path[PATH_MAX];
	size_t length;

	if (!realpath(folder, real_folder) || !realpath(path, real_path))
		return NULL;
	length = strlen(real_folder);
	if (strncmp(real_path, real_folder, length) || real_path[length] != '/' ||
		!real_path[length + 1])
		return NULL;
	return g_strdup(real_path + length + 1);
}

/* ---- from the guest -------------------------------------------------------------------------- */

static bool add_uri(GString *list, const char *folder, const char *named)
{
	g_autofree char *path = g_build_filename(folder, named, NULL);
	g_autofree char *within = find_within(folder, path);
	g_autofree char *real = within ? g_build_filename(folder, within, NULL) : NULL;
	g_autofree char *uri = real ? g_filename_to_uri(real, NULL, NULL) : NULL;

	if (uri)
		g_string_append_printf(list, "%s\r\n", uri);
	return uri != NULL;
}

static bool is_verb(const char *word)
{
	return !strcmp(word, "copy") || !strcmp(word, "cut");
}

GBytes *oriel_spice_files_from_guest(
	const char *folder, const void *data, gsize size, GError **error)
{
	g_autofree char *text = g_malloc0(size + 1); /* ended by a NUL whatever the guest sent */
	g_autoptr(GString) list = g_string_new(NULL);
	unsigned int count = 0;

	memcpy(text, data, size);
	for (const char *at = text; at < text + size; at += strlen(at) + 1) {
		if (at == text ? !is_verb(at) : !add_uri(list, folder, at))
			return refuse(error, "the guest named files that are not in", folder);
		if (count++ > ORIEL_SPICE_FILES_MAX)
			return refuse(error, "the guest named too many files in", folder);
	}
	if (count < 2)
		return refuse(error, "the guest named no files in", folder);
	return g_string_free_to_bytes(g_steal_pointer(&list));
}

/* ---- to the guest ---------------------------------------------------------------------------- */

static bool is_here(const char *host)
{
	return !host || !*host || !strcmp(host, "localhost") ||
	       !g_ascii_strcasecmp(host, g_get_host_name());
}

/* As find_within(). */
static char *find_uri(const char *folder, const char *uri)
{
	g_autofree char *host = NULL;
	g_autofree char *path = g_filename_from_uri(uri, &host, NULL);

	return path && is_here(host) ? find_within(folder, path) : NULL;
}

static bool add_path(GByteArray *list, const char *folder, const char *uri)
{
	g_autofree char *within = find_uri(folder, uri);
	g_autofree char *named = within ? g_strconcat("/", within, NULL) : NULL;

	if (named)
		g_byte_array_append(list, (const guint8 *)named, (guint)strlen(named) + 1);
	return named != NULL;
}

GBytes *oriel_spice_files_to_guest(const char *folder, const void *data, gsize size, GError **error)
{
	g_autofree char *text = g_strndup(data, size);
	g_auto(GStrv) uris = g_uri_list_extract_uris(text);
	g_autoptr(GByteArray) list = g_byte_array_new();

	if (!*uris || g_strv_length(uris) > ORIEL_SPICE_FILES_MAX)
		return refuse(error, "none, or too many, were copied of", folder);
	g_byte_array_append(list, (const guint8 *)"copy", sizeof "copy");
	for (char **uri = uris; *uri; uri++)
		if (!add_path(list, folder, *uri))
			return refuse(error, "only files cross that lie in", folder);
	return g_byte_array_free_to_bytes(g_steal_pointer(&list));
}

/* ---- to be sent ------------------------------------------------------------------------------ */

/* Owned by the caller; NULL: it lies in none of them. */
static char *find_in_any(const char *const *folders, const char *uri)
{
	for (; *folders; folders++) {
		g_autofree char *within = find_uri(*folders, uri);

		if (within)
			return g_build_filename(*folders, within, NULL);
	}
	return NULL;
}

char **oriel_spice_files_find(
	const char *const *folders, const void *data, gsize size, GError **error)
{
	g_autofree char *text = g_strndup(data, size);
	g_auto(GStrv) uris = g_uri_list_extract_uris(text);
	g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

	for (char **uri = uris; *uri; uri++) {
		g_autofree char *path = find_in_any(folders, *uri);

		if (!path) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
				"%s is not there, or lies in none of the folders that files may "
				"be sent from (--send-from)",
				*uri);
			return NULL;
		}
		g_strv_builder_add(paths, path);
	}
	if (*uris)
		return g_strv_builder_end(paths);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there are no files to send");
	return NULL;
}
