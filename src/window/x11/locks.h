/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the keyboard's locks of an X11 desktop stand at, by the lamps that XKB keeps for them: told
 * whichever window has the focus. A server without XKB tells of none.
 */
#ifndef ORIEL_WINDOW_X11_LOCKS_H
#define ORIEL_WINDOW_X11_LOCKS_H

#include <xcb/xcb.h>

#include "window/window.h"

#define ORIEL_X11_LOCK_COUNT 3

struct oriel_x11_locks {
	xcb_connection_t *connection;
	uint8_t first_event; /* XKB's; 0: not there */
	struct {
		xcb_atom_t name;
		uint32_t bit;	   /* among all; 0: this keyboard has no such lamp */
		uint8_t modifiers; /* that light it; 0: it is lit by itself alone */
	} lamps[ORIEL_X11_LOCK_COUNT];
	unsigned now; /* enum oriel_lock */
};

/* After oriel_x11_input_init(), which greets XKB. Blocks for some round trips. */
void oriel_x11_locks_init(struct oriel_x11_locks *locks, xcb_connection_t *connection);

/* Switches those of changed to what they are in locks, for all windows of the desktop. */
void oriel_x11_locks_set_rt(struct oriel_x11_locks *locks, unsigned changed, unsigned wanted);

/* True when event is of a lock that changed. */
bool oriel_x11_locks_take_rt(struct oriel_x11_locks *locks, const xcb_generic_event_t *event);

#endif
