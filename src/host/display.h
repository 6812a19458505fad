/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the checks know of the desktop session that would show the guest. Plain facts, filled by
 * whoever can ask a display server. One thread; never blocks.
 */
#ifndef ORIEL_HOST_DISPLAY_H
#define ORIEL_HOST_DISPLAY_H

#include <glib.h>

struct oriel_display {
	const char *kind;   /* "Wayland" or "X11"; static */
	char *name;	    /* "wayland-0", ":0" */
	GPtrArray *offered; /* char *: names of the protocols or extensions it offers */
};

#endif
