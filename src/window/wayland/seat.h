/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyboard and pointer over the window: events as struct oriel_window_listener has them, and the
 * desktop's cursor. Keys are told by number; what they mean is the guest's affair.
 */
#ifndef ORIEL_WINDOW_WAYLAND_SEAT_H
#define ORIEL_WINDOW_WAYLAND_SEAT_H

#include <wayland-cursor.h>

#include "window/wayland/globals.h"
#include "window/wayland/grab.h"
#include "window/wayland/locks.h"
#include "window/window.h"

enum { ORIEL_WAYLAND_AXES = 2 };

struct oriel_wayland_seat {
	const struct oriel_wayland_globals *globals;
	struct wl_surface *surface;
	struct wl_keyboard *keyboard;
	struct wl_pointer *pointer;
	struct oriel_wayland_grab grab;
	struct oriel_native_share *share;
	struct oriel_wayland_locks locks;

	/* Whom to tell; only during dispatch. */
	const struct oriel_window_listener *listener;
	void *data;
	double scale; /* pixels for one of the compositor's units */

	/* Of the axes, since the last frame event: the wheel's own word, and the distance. */
	int32_t wheel_120[ORIEL_WAYLAND_AXES];
	double distance[ORIEL_WAYLAND_AXES];
	double wheel_rest[ORIEL_WAYLAND_AXES]; /* less than one of 120, kept for the next time */

	struct wl_cursor_theme *theme; /* NULL: none yet */
	int32_t theme_scale;
	struct wl_surface *cursor_surface;
	struct wp_viewport *cursor_viewport; /* NULL: whole scales only */
	uint32_t enter_serial;		     /* 0: the pointer is elsewhere */
	bool is_cursor_visible;
};

/* Binds the seat. */
void oriel_wayland_seat_init(struct oriel_wayland_seat *seat, struct oriel_wayland_globals *globals,
	struct wl_surface *surface, struct oriel_native_share *share);
/* Has share's owner look at it. */
void oriel_wayland_seat_tell_share_rt(const struct oriel_native_share *share);
/* Fine on a zeroed seat. */
void oriel_wayland_seat_finish(struct oriel_wayland_seat *seat);
void oriel_wayland_seat_set_cursor_visible_rt(struct oriel_wayland_seat *seat, bool visible);

#endif
