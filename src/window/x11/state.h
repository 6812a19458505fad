/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the window manager makes of an X11 window: full screen, maximised, without borders, and on
 * which screen it begins (EWMH, Motif hints, RandR).
 */
#ifndef ORIEL_WINDOW_X11_STATE_H
#define ORIEL_WINDOW_X11_STATE_H

#include <xcb/xcb.h>

#include "window/window.h"

struct oriel_x11_state {
	xcb_connection_t *connection;
	const xcb_screen_t *screen;
	xcb_window_t window;
	xcb_atom_t state_atom, fullscreen_atom, maximized_atoms[2], hidden_atom;
	/* What the chosen screen has room for, or all screens together. */
	uint32_t largest_width_px, largest_height_px;
	bool has_saver; /* the server lets its screen saver be held back */
};

/* Before the window is mapped; blocks for some round trips. 0, or -ENODEV when options->output is
 * none of the screens. */
int oriel_x11_state_init(struct oriel_x11_state *state, xcb_connection_t *connection,
	const xcb_screen_t *screen, xcb_window_t window, const struct oriel_window_options *options,
	struct oriel_error *error);
/* Fills in the position. False: it is not an ordinary window now, or the server is gone or hangs,
 * which is waited for only for a moment. */
bool oriel_x11_state_get_place(
	const struct oriel_x11_state *state, struct oriel_window_place *ret_place);
/* Of a mapped window. */
void oriel_x11_state_set_fullscreen_rt(struct oriel_x11_state *state, enum oriel_fullscreen wanted);
/* Holds the server's screen saver and its power saving back, or no longer; it ends by itself with
 * the connection. */
void oriel_x11_state_set_awake_rt(struct oriel_x11_state *state, bool awake);

#endif
