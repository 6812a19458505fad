/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/program.h"

char *oriel_program_get_folder(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

	return self ? g_path_get_dirname(self) : g_strdup(".");
}

char *oriel_program_find(const char *name, GError **error)
{
	g_autofree char *folder = oriel_program_get_folder();
	g_autofree char *beside = g_build_filename(folder, name, NULL);
	char *found;

	if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	found = g_find_program_in_path(name);
	if (!found)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			"cannot find the program %s, neither in %s nor on PATH", name, folder);
	return found;
}
