/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An X server's cursor. Capture thread; take waits for the server's answer. */
#ifndef ORIEL_GUEST_LINUX_X11_CURSOR_H
#define ORIEL_GUEST_LINUX_X11_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

#include "guest/core/capture.h"

struct oriel_x11_cursor {
	xcb_connection_t *connection;
	xcb_window_t root;
	struct oriel_capture_cursor last; /* as told */
	uint32_t hot_x_px, hot_y_px;	  /* of the shape; need not fit the protocol's 8 bits */
	bool is_shape_due;
	uint64_t asked_ns;
	uint8_t *image; /* of last.shape */
};

void oriel_x11_cursor_init(
	struct oriel_x11_cursor *cursor, xcb_connection_t *connection, xcb_window_t root);
void oriel_x11_cursor_finish(struct oriel_x11_cursor *cursor);

/* The server told of a new shape. */
void oriel_x11_cursor_expect_shape(struct oriel_x11_cursor *cursor);

/* As take_cursor of the capture source. The position has no event that reaches everybody: it is
 * asked for, every few milliseconds at most. */
bool oriel_x11_cursor_take(
	struct oriel_x11_cursor *cursor, uint64_t now_ns, struct oriel_capture_cursor *ret_cursor);

#endif
