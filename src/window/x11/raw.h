/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pointing devices tell the X server before it makes the pointer's motion and button presses
 * of it (XInput 2 raw events): how far they went, and how far their wheels were turned, in parts of
 * a notch where the device tells parts.
 *
 * Such events know of no window: who listens says when, and asks of each of the core protocol's
 * wheel buttons whether it was heard here already.
 */
#ifndef ORIEL_WINDOW_X11_RAW_H
#define ORIEL_WINDOW_X11_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

/* More than an X server takes. */
#define ORIEL_X11_DEVICES_MAX 64

struct oriel_x11_device {
	uint16_t id;
	/* Tells positions, as the tablets do that virtual machines have. */
	bool is_tablet, has_last;
	double min[2], max[2], last[2];
	/* Wheels, across and upright: the axis, 0 for none; how far a notch is; and what of 1/120
	 * of it has not been told. */
	uint16_t wheel[2];
	double notch[2], rest[2];
};

struct oriel_x11_raw {
	xcb_connection_t *connection;
	const xcb_screen_t *screen;
	uint8_t opcode;	   /* 0: the server has no XInput 2.1 */
	unsigned question; /* about the devices, not answered yet; 0: none */
	struct oriel_x11_device devices[ORIEL_X11_DEVICES_MAX];
	int device_count;
	/* Listening or not; the server's events are of that from the request on. */
	bool is_listening, is_settled;
	uint32_t request;
};

struct oriel_x11_raw_news {
	bool has_motion;
	double x_px, y_px;
	/* 0 both: no wheel was turned. As in the window's listener. */
	int32_t wheel_x_120, wheel_y_120;
};

/* Blocks for some round trips. */
void oriel_x11_raw_init(
	struct oriel_x11_raw *raw, xcb_connection_t *connection, const xcb_screen_t *screen);

/* Sends what it needs at the next flush. */
void oriel_x11_raw_listen_rt(struct oriel_x11_raw *raw, bool wanted);

/* True when event brought news. Devices that come and go are taken note of here as well. */
bool oriel_x11_raw_take_rt(struct oriel_x11_raw *raw, const xcb_generic_event_t *event,
	struct oriel_x11_raw_news *ret_news);

/* Whether what the core protocol's event tells of a wheel has been, or will be, news here. */
bool oriel_x11_raw_hears_rt(struct oriel_x11_raw *raw, const xcb_generic_event_t *event);

/* What the press of an X button stands for as a notch of a wheel; false: it is no wheel's. */
bool oriel_x11_raw_find_notch(uint32_t button, int32_t *ret_x_120, int32_t *ret_y_120);

#endif
