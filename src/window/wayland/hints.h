/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a compositor is told of the pictures to come, for it to make of it what it likes: what they
 * are of (content-type), and that they may replace one another in the middle of a refresh
 * (tearing-control). */
#ifndef ORIEL_WINDOW_WAYLAND_HINTS_H
#define ORIEL_WINDOW_WAYLAND_HINTS_H

#include "window/wayland/globals.h"
#include "window/window.h"

struct oriel_wayland_hints {
	struct wp_content_type_v1 *content;    /* NULL: not told */
	struct wp_tearing_control_v1 *tearing; /* likewise */
};

/* From the surface's next commit on. A line says where pictures cannot be shown at once. */
void oriel_wayland_hints_init(struct oriel_wayland_hints *hints,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_window_options *options);
/* Before the surface goes. Fine on zeroed hints. */
void oriel_wayland_hints_finish(struct oriel_wayland_hints *hints);

#endif
