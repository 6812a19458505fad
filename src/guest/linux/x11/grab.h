/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy of an X window's picture in memory shared with the server, brought up to date part by
 * part. Capture thread; take waits for the server. */
#ifndef ORIEL_GUEST_LINUX_X11_GRAB_H
#define ORIEL_GUEST_LINUX_X11_GRAB_H

#include <stdint.h>
#include <xcb/xcb.h>

#include "base/error.h"
#include "base/frame.h"

struct oriel_x11_grab;

int oriel_x11_grab_create(struct oriel_x11_grab **ret_grab, xcb_connection_t *connection,
	xcb_window_t window, uint32_t width_px, uint32_t height_px, uint32_t pixel_bytes,
	struct oriel_error *error);
void oriel_x11_grab_destroy(struct oriel_x11_grab *grab); /* NULL is fine */

/* Fetches the damaged parts. -EAGAIN: the window is smaller than it was; -EPIPE: the server is
 * gone. */
int oriel_x11_grab_take(struct oriel_x11_grab *grab, const struct oriel_damage *damage);

const uint8_t *oriel_x11_grab_get_pixels(const struct oriel_x11_grab *grab);
uint32_t oriel_x11_grab_get_pitch_bytes(const struct oriel_x11_grab *grab);

#endif
