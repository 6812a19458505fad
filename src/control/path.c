/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control/path.h"

#include <glib.h>

char *oriel_control_path_get_folder(void)
{
	return g_build_filename(g_get_user_runtime_dir(), "oriel", NULL);
}

static char *with_ending(const char *vm, const char *ending)
{
	g_autofree char *folder = oriel_control_path_get_folder();
	g_autofree char *name = g_strconcat(vm, ending, NULL);

	return g_build_filename(folder, name, NULL);
}

char *oriel_control_path_get(const char *vm)
{
	return with_ending(vm, ".sock");
}

char *oriel_control_path_get_note(const char *vm)
{
	return with_ending(vm, ".note");
}
