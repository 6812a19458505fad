/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input for the window alone: the pointer locked (pointer-constraints, relative-pointer), the
 * compositor's own shortcuts passed through (keyboard-shortcuts-inhibit). A compositor without the
 * latter keeps its shortcuts, and a line in the log says so.
 */
#ifndef ORIEL_WINDOW_WAYLAND_GRAB_H
#define ORIEL_WINDOW_WAYLAND_GRAB_H

#include "window/wayland/globals.h"

struct oriel_wayland_grab_listener {
	void (*relative_rt)(void *data, double x, double y);
};

struct oriel_wayland_grab {
	const struct oriel_wayland_globals *globals;
	struct wl_surface *surface;
	const struct oriel_wayland_grab_listener *listener;
	void *data;
	struct zwp_locked_pointer_v1 *lock;
	struct zwp_relative_pointer_v1 *relative;
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor;
	unsigned wanted; /* enum oriel_grab */
	bool is_locked;	 /* the compositor said so */
	bool is_lost;
	bool has_complained;
};

void oriel_wayland_grab_init(struct oriel_wayland_grab *grab,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_wayland_grab_listener *listener, void *data);
void oriel_wayland_grab_finish(struct oriel_wayland_grab *grab);

/* pointer: NULL when the seat has none now. */
void oriel_wayland_grab_set_rt(
	struct oriel_wayland_grab *grab, unsigned wanted, struct wl_pointer *pointer);
/* The seat's pointer goes away. */
void oriel_wayland_grab_drop_pointer(struct oriel_wayland_grab *grab);
/* The pointer left the surface: where that was to hold it, it did not. */
void oriel_wayland_grab_note_left_rt(struct oriel_wayland_grab *grab);
/* Whether it was refused or taken away since the last call; nothing is grabbed then. */
bool oriel_wayland_grab_take_loss_rt(struct oriel_wayland_grab *grab);

#endif
