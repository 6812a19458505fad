/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user's display server offers, asked without opening a window: for the checks, not for
 * the viewer, which finds out by itself.
 *
 * Thread: any. Blocks on the display server, for ORIEL_WINDOW_PROBE_MS at most.
 */
#ifndef ORIEL_WINDOW_PROBE_H
#define ORIEL_WINDOW_PROBE_H

#define ORIEL_WINDOW_PROBE_MS 500

/* Called for each Wayland global interface or X11 extension; name is borrowed for the call. */
typedef void (*oriel_window_offer)(const char *name, void *data);

/* One kind of display server. */
struct oriel_window_probe {
	const char *kind;     /* "Wayland", "X11" */
	const char *variable; /* environment variable that says where it is */
	/* 0, or -errno where it does not answer (nothing or a part was offered then). */
	int (*list)(oriel_window_offer offer, void *data);
};

/* Those of this build, the preferred first; ends with NULL. */
extern const struct oriel_window_probe *const oriel_window_probes[];

extern const struct oriel_window_probe oriel_window_probe_wayland;
extern const struct oriel_window_probe oriel_window_probe_x11;

#endif
