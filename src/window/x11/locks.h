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
	uint8_t first_event; /* XKB's; 0: not there */
	uint32_t lamps[ORIEL_X11_LOCK_COUNT];
	unsigned now; /* enum oriel_lock */
};

/* After oriel_x11_input_init(), which greets XKB. Blocks for some round trips. */
void oriel_x11_locks_init(struct oriel_x11_locks *locks, xcb_connection_t *connection);

/* True when event is of a lock that changed. */
bool oriel_x11_locks_take_rt(struct oriel_x11_locks *locks, const xcb_generic_event_t *event);

#endif
