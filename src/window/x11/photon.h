/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When pictures can be seen, by the Present extension: the refresh of the window's screen that
 * comes next once the server has been given one. A compositing manager may show it a refresh later;
 * a server without the extension tells nothing.
 */
#ifndef ORIEL_WINDOW_X11_PHOTON_H
#define ORIEL_WINDOW_X11_PHOTON_H

#include <xcb/xcb.h>

#include "window/window.h"

/* Pictures whose refresh has not come yet. */
#define ORIEL_X11_PHOTONS 8

struct oriel_x11_photons {
	xcb_connection_t *connection;
	xcb_window_t window;
	uint8_t opcode; /* Present's; 0: not there */
	uint32_t serial;
	struct {
		uint32_t serial; /* 0: none */
		uint64_t stamp_ns;
	} watched[ORIEL_X11_PHOTONS];
	uint64_t last_us, last_count; /* the refresh that was told of last */
	uint64_t period_ns;	      /* 0: not known yet */
};

/* What presented_rt() is told. */
struct oriel_x11_photon {
	uint64_t stamp_ns, seen_ns, period_ns;
};

/* Blocks for a round trip. */
void oriel_x11_photons_init(
	struct oriel_x11_photons *photons, xcb_connection_t *connection, xcb_window_t window);

/* Of the picture that was put there last. Where there are too many, the oldest is given up. */
void oriel_x11_photons_watch_rt(struct oriel_x11_photons *photons, uint64_t stamp_ns);

/* True when event tells of a picture that was watched. */
bool oriel_x11_photons_take_rt(struct oriel_x11_photons *photons, const xcb_generic_event_t *event,
	struct oriel_x11_photon *ret_photon);

#endif
