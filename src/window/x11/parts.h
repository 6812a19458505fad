/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The X11 window and what it is made of. Internal to src/window/x11. */
#ifndef ORIEL_WINDOW_X11_PARTS_H
#define ORIEL_WINDOW_X11_PARTS_H

#include <xcb/xcb.h>

#include "window/window.h"
#include "window/x11/input.h"
#include "window/x11/locks.h"
#include "window/x11/photon.h"
#include "window/x11/state.h"

enum oriel_x11_atom {
	ORIEL_X11_ATOM_WM_PROTOCOLS,
	ORIEL_X11_ATOM_WM_DELETE_WINDOW,
	ORIEL_X11_ATOM_NET_WM_NAME,
	ORIEL_X11_ATOM_NET_WM_PID,
	ORIEL_X11_ATOM_UTF8_STRING,
	ORIEL_X11_ATOMS
};

struct oriel_x11 {
	struct oriel_window base;
	xcb_connection_t *connection;
	const xcb_screen_t *screen;
	const xcb_visualtype_t *visual;
	uint8_t depth;
	xcb_window_t window;
	xcb_atom_t atoms[ORIEL_X11_ATOMS];
	uint32_t width_px, height_px;
	bool shown;
	struct oriel_x11_input input;
	struct oriel_x11_locks locks;
	struct oriel_x11_photons photons;
	bool is_focused;
	struct oriel_x11_state state;
};

#endif
