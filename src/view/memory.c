/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/memory.h"

#include <errno.h>
#include <glib.h>

char *oriel_memory_get_folder(void)
{
	return g_build_filename(g_get_user_state_dir(), "oriel", NULL);
}

static char *make_text(const struct oriel_window_place *place, bool has_own_size)
{
	GString *text =
		g_string_new("# Written by oriel-view when its window is closed.\n[window]\n");

	if (has_own_size)
		g_string_append_printf(text, "size = %ux%u\n", place->width_px, place->height_px);
	if (place->has_position)
		g_string_append_printf(text, "position = %d,%d\n", place->x_px, place->y_px);
	return g_string_free(text, FALSE);
}

int oriel_memory_write(
	const char *vm, struct oriel_window *window, bool has_own_size, struct oriel_error *error)
{
	g_autofree char *folder = oriel_memory_get_folder();
	g_autofree char *name = g_strdup_printf("%s.ini", vm);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) problem = NULL;
	struct oriel_window_place place;

	if (!window->ops->get_place || !window->ops->get_place(window, &place))
		return 0;
	text = make_text(&place, has_own_size);
	if (g_file_set_contents_full(
		    path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &problem))
		return 0;
	return oriel_error_set(error, -EIO, "cannot remember the window: %s", problem->message);
}
