/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When pictures were seen: presentation-time, as far as the compositor has it. */
#ifndef ORIEL_WINDOW_WAYLAND_PHOTON_H
#define ORIEL_WINDOW_WAYLAND_PHOTON_H

#include <time.h>

#include "window/wayland/globals.h"
#include "window/window.h"

/* Pictures on their way to the screen; a compositor holds one or two. */
#define ORIEL_WAYLAND_PHOTONS 8

struct oriel_wayland_photon {
	struct wp_presentation_feedback *feedback; /* NULL: free */
	struct oriel_wayland_photons *all;
	uint64_t stamp_ns;
};

struct oriel_wayland_photons {
	struct oriel_wayland_photon each[ORIEL_WAYLAND_PHOTONS];
	struct wp_presentation *presentation;
	clockid_t clock; /* the compositor's */

	/* Whom to tell; only during dispatch. */
	const struct oriel_window_listener *listener;
	void *data;
};

void oriel_wayland_photons_init(
	struct oriel_wayland_photons *photons, const struct oriel_wayland_globals *globals);
/* Fine on zeroed photons. */
void oriel_wayland_photons_finish(struct oriel_wayland_photons *photons);

/* Of the next commit. What finds no room is not watched. */
void oriel_wayland_photons_watch_rt(
	struct oriel_wayland_photons *photons, struct wl_surface *surface, uint64_t stamp_ns);

#endif
