/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bed/initramfs.h"

#include "bed/archive.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

static const char *const folders[] = {
	"/bin", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/tmp", NULL};

static char *find_busybox(GError **error)
{
	char *path = g_find_program_in_path("busybox");

	if (!path)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"found no busybox for the guest; install the package busybox-static");
	return path;
}

/* ldd writes "libc.so.6 => /lib/…/libc.so.6 (0x…)" and "/lib64/ld-linux-….so.2 (0x…)". */
static bool add_library(struct oriel_archive *archive, const char *line, GError **error)
{
	const char *path = strchr(line, '/');
	g_autofree char *name = path ? g_strndup(path, strcspn(path, " ")) : NULL;

	return !name || oriel_archive_add_file(archive, name, name, error);
}

static bool add_libraries(struct oriel_archive *archive, const char *program, GError **error)
{
	const char *argv[] = {"ldd", program, NULL};
	g_autofree char *output = NULL;
	g_auto(GStrv) lines = NULL;

	/* A static program makes ldd fail and say so; then there is nothing to add. */
	if (!g_spawn_sync(NULL, (char **)argv, NULL,
		    G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL,
		    NULL, error))
		return false;
	if (strstr(output, "not found")) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"%s needs a library that is not installed:\n%s", program, output);
		return false;
	}
	lines = g_strsplit(output, "\n", -1);
	for (char **line = lines; *line; line++)
		if (!add_library(archive, *line, error))
			return false;
	return true;
}

static bool add_program(struct oriel_archive *archive, const char *program, GError **error)
{
	g_autofree char *name = g_path_get_basename(program);
	g_autofree char *path = g_build_filename("/bin", name, NULL);

	return oriel_archive_add_file(archive, path, program, error) &&
	       add_libraries(archive, program, error);
}

static bool add_modules(
	struct oriel_archive *archive, const struct oriel_initramfs_plan *plan, GError **error)
{
	g_autoptr(GPtrArray) files = oriel_kernel_get_modules(plan->kernel, plan->modules, error);
	g_autoptr(GString) list = g_string_new(NULL);

	if (!files)
		return false;
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *source =
			g_build_filename(plan->kernel->modules, files->pdata[i], NULL);
		g_autofree char *name = g_path_get_basename(files->pdata[i]);
		g_autofree char *path = g_build_filename("/lib/modules", name, NULL);

		if (!oriel_archive_add_file(archive, path, source, error))
			return false;
		g_string_append_printf(list, "%s\n", path);
	}
	oriel_archive_add_bytes(archive, "/etc/modules", 0644, list->str, list->len);
	return true;
}

static bool fill(
	struct oriel_archive *archive, const struct oriel_initramfs_plan *plan, GError **error)
{
	g_autofree char *busybox = find_busybox(error);

	for (const char *const *folder = folders; *folder; folder++)
		oriel_archive_add_folder(archive, *folder);
	oriel_archive_add_device(archive, "/dev/console", 5, 1);
	oriel_archive_add_bytes(archive, "/init", 0755, g_bytes_get_data(plan->init, NULL),
		g_bytes_get_size(plan->init));
	if (!busybox || !add_program(archive, busybox, error))
		return false;
	oriel_archive_add_link(archive, "/bin/sh", "busybox");
	for (const char *const *program = plan->programs; *program; program++)
		if (!add_program(archive, *program, error))
			return false;
	return add_modules(archive, plan, error);
}

int oriel_initramfs_build(const struct oriel_initramfs_plan *plan, GError **error)
{
	struct oriel_archive *archive = oriel_archive_create();
	int fd = fill(archive, plan, error) ? oriel_archive_finish(archive, error) : -1;

	oriel_archive_destroy(archive);
	return fd;
}
