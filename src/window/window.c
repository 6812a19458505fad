/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/window.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#ifdef ORIEL_HAVE_WAYLAND
#include "window/wayland/wayland.h"
#endif
#ifdef ORIEL_HAVE_X11
#include "window/x11/x11.h"
#endif

const struct oriel_window_ops *const oriel_window_systems[] = {
#ifdef ORIEL_HAVE_WAYLAND
	&oriel_window_wayland,
#endif
#ifdef ORIEL_HAVE_X11
	&oriel_window_x11,
#endif
	&oriel_window_headless,
	NULL,
};

static const struct oriel_window_ops *find_auto(struct oriel_error *error)
{
	for (int i = 0; oriel_window_systems[i]; i++)
		if (oriel_window_systems[i]->is_available())
			return oriel_window_systems[i];
	oriel_error_set(error, -ENODEV,
		"no display to open a window on: neither WAYLAND_DISPLAY nor DISPLAY is set; start "
		"it in a desktop session or use --headless");
	return NULL;
}

const struct oriel_window_ops *oriel_window_find(const char *name, struct oriel_error *error)
{
	if (!strcmp(name, "auto"))
		return find_auto(error);
	for (int i = 0; oriel_window_systems[i]; i++)
		if (!strcmp(oriel_window_systems[i]->name, name))
			return oriel_window_systems[i];
	oriel_error_set(error, -ENOSYS, "no window system \"%s\" in this build", name);
	return NULL;
}
