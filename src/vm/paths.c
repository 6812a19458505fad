/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/paths.h"

#include "vm/check.h"
#include "vm/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDERS 3

/* The folder that hides the others comes first. */
static void list_folders(const char *kind, char *ret_folders[FOLDERS])
{
	const char *system = g_getenv("ORIEL_DATA_DIR");

	ret_folders[0] = g_build_filename(g_get_user_config_dir(), "oriel", kind, NULL);
	ret_folders[1] = g_build_filename("/etc/oriel", kind, NULL);
	ret_folders[2] = g_build_filename(system ? system : ORIEL_DATA_DIR, kind, NULL);
}

static void free_folders(char *folders[FOLDERS])
{
	for (int i = 0; i < FOLDERS; i++)
		g_free(folders[i]);
}

static char *find(const char *kind, const char *suffix, const char *name)
{
	g_autofree char *file = g_strconcat(name, suffix, NULL);
	char *folders[FOLDERS], *found = NULL;

	list_folders(kind, folders);
	for (int i = 0; i < FOLDERS && !found; i++) {
		found = g_build_filename(folders[i], file, NULL);
		if (!g_file_test(found, G_FILE_TEST_IS_REGULAR))
			g_clear_pointer(&found, g_free);
	}
	free_folders(folders);
	return found;
}

char *oriel_vm_paths_find(const char *kind, const char *suffix, const char *name, GError **error)
{
	g_autofree char *field = g_strndup(kind, strlen(kind) - 1);
	g_auto(GStrv) known = NULL;
	g_autofree char *list = NULL, *found = NULL;

	if (!oriel_vm_check_name(field, name, error))
		return NULL;
	found = find(kind, suffix, name);
	if (found)
		return g_steal_pointer(&found);
	known = oriel_vm_paths_list(kind, suffix);
	list = g_strjoinv(", ", known);
	oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND, "there is no %s '%s'; known are: %s",
		field, name, *known ? list : "none, is Oriel installed?");
	return NULL;
}

static void add_names(GPtrArray *names, const char *folder, const char *suffix)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = NULL;

		if (!g_str_has_suffix(file, suffix))
			continue;
		name = g_strndup(file, strlen(file) - strlen(suffix));
		if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
			g_ptr_array_add(names, g_steal_pointer(&name));
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **oriel_vm_paths_list(const char *kind, const char *suffix)
{
	GPtrArray *names = g_ptr_array_new();
	char *folders[FOLDERS];

	list_folders(kind, folders);
	for (int i = 0; i < FOLDERS; i++)
		add_names(names, folders[i], suffix);
	free_folders(folders);
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static char *make(char *folder, GError **error)
{
	g_autofree char *made = folder;

	if (g_mkdir_with_parents(made, 0700)) {
		oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "cannot make the folder %s: %s",
			made, g_strerror(errno));
		return NULL;
	}
	return g_steal_pointer(&made);
}

char *oriel_vm_paths_make_state(const char *below, GError **error)
{
	return make(g_build_filename(g_get_user_state_dir(), "oriel", below, NULL), error);
}

char *oriel_vm_paths_make_runtime(GError **error)
{
	/* root's sessions have no runtime folder of their own on many systems. */
	if (geteuid() == 0 && !g_getenv("XDG_RUNTIME_DIR"))
		return make(g_strdup("/run/oriel"), error);
	return make(g_build_filename(g_get_user_runtime_dir(), "oriel", NULL), error);
}
