/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/hints.h"

#include <content-type-v1-client-protocol.h>
#include <tearing-control-v1-client-protocol.h>

#include "base/log.h"

static const enum wp_content_type_v1_type types[] = {
	[ORIEL_CONTENT_ANY] = WP_CONTENT_TYPE_V1_TYPE_NONE,
	[ORIEL_CONTENT_VIDEO] = WP_CONTENT_TYPE_V1_TYPE_VIDEO,
	[ORIEL_CONTENT_GAME] = WP_CONTENT_TYPE_V1_TYPE_GAME,
};

static void tell_content(struct oriel_wayland_hints *hints,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	enum oriel_content content)
{
	if (!globals->content_type || content == ORIEL_CONTENT_ANY)
		return;
	hints->content =
		wp_content_type_manager_v1_get_surface_content_type(globals->content_type, surface);
	wp_content_type_v1_set_content_type(hints->content, types[content]);
}

static void allow_tearing(struct oriel_wayland_hints *hints,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface)
{
	if (!globals->tearing_control) {
		oriel_log(ORIEL_LOG_INFO,
			"this compositor shows whole pictures only, at the next refresh (no "
			"tearing-control)");
		return;
	}
	hints->tearing = wp_tearing_control_manager_v1_get_tearing_control(
		globals->tearing_control, surface);
	wp_tearing_control_v1_set_presentation_hint(
		hints->tearing, WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC);
}

void oriel_wayland_hints_init(struct oriel_wayland_hints *hints,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_window_options *options)
{
	tell_content(hints, globals, surface, options->content);
	if (options->may_tear)
		allow_tearing(hints, globals, surface);
}

void oriel_wayland_hints_finish(struct oriel_wayland_hints *hints)
{
	if (hints->content)
		wp_content_type_v1_destroy(hints->content);
	if (hints->tearing)
		wp_tearing_control_v1_destroy(hints->tearing);
	*hints = (struct oriel_wayland_hints){0};
}
