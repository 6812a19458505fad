/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/host.h"

#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1024 * 1024)

struct oriel_host {
	char *root; /* without a trailing slash: "" for this machine */
};

struct oriel_host *oriel_host_create(const char *root)
{
	struct oriel_host *host = g_new0(struct oriel_host, 1);
	size_t length;

	host->root = g_strdup(root ? root : "");
	length = strlen(host->root);
	while (length && host->root[length - 1] == '/')
		host->root[--length] = '\0';
	return host;
}

void oriel_host_destroy(struct oriel_host *host)
{
	if (!host)
		return;
	g_free(host->root);
	g_free(host);
}

gboolean oriel_host_is_live(const struct oriel_host *host)
{
	return !*host->root;
}

static char *format_path(const struct oriel_host *host, const char *format, va_list args)
	G_GNUC_PRINTF(2, 0);

static char *format_path(const struct oriel_host *host, const char *format, va_list args)
{
	g_autofree char *path = g_strdup_vprintf(format, args);

	return g_strconcat(host->root, path, NULL);
}

/* Every reader takes its path as a format: this gives them the one below the root. */
#define PATH_FROM_ARGS(path, host, format)                                                         \
	g_autofree char *path = NULL;                                                              \
	do {                                                                                       \
		va_list args_;                                                                     \
		va_start(args_, format);                                                           \
		path = format_path(host, format, args_);                                           \
		va_end(args_);                                                                     \
	} while (0)

char *oriel_host_get_path(const struct oriel_host *host, const char *format, ...)
{
	PATH_FROM_ARGS(path, host, format);

	return g_steal_pointer(&path);
}

/* Not g_file_get_contents(): files of sysfs claim a size of 4096, some of /proc never end. */
static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	g_autoptr(GString) text = NULL;
	char part[4096];
	ssize_t got = 0;

	if (fd < 0)
		return NULL;
	text = g_string_new(NULL);
	while (text->len < FILE_BYTES_MAX && (got = read(fd, part, sizeof part)) > 0)
		g_string_append_len(text, part, got);
	close(fd);
	if (got < 0)
		return NULL;
	return g_strchomp(g_string_free(g_steal_pointer(&text), FALSE));
}

char *oriel_host_read(const struct oriel_host *host, const char *format, ...)
{
	PATH_FROM_ARGS(path, host, format);

	return read_file(path);
}

gboolean oriel_host_read_number(
	const struct oriel_host *host, guint64 *ret_value, const char *format, ...)
{
	g_autofree char *text = NULL;
	char *end;
	guint64 value;

	PATH_FROM_ARGS(path, host, format);
	text = read_file(path);
	if (!text || !g_ascii_isdigit(*text))
		return FALSE;
	value = g_ascii_strtoull(text, &end, 0);
	if (end == text)
		return FALSE;
	*ret_value = value;
	return TRUE;
}

char *oriel_host_read_link(const struct oriel_host *host, const char *format, ...)
{
	g_autofree char *target = NULL;

	PATH_FROM_ARGS(path, host, format);
	target = g_file_read_link(path, NULL);
	return target ? g_path_get_basename(target) : NULL;
}

gboolean oriel_host_exists(const struct oriel_host *host, const char *format, ...)
{
	PATH_FROM_ARGS(path, host, format);

	return access(path, F_OK) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **oriel_host_list(const struct oriel_host *host, const char *format, ...)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GDir) dir = NULL;
	const char *name;

	PATH_FROM_ARGS(path, host, format);
	dir = g_dir_open(path, 0, NULL);
	while (dir && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}
