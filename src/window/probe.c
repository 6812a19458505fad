/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/probe.h"

#include <stddef.h>

const struct oriel_window_probe *const oriel_window_probes[] = {
#ifdef ORIEL_HAVE_WAYLAND
	&oriel_window_probe_wayland,
#endif
#ifdef ORIEL_HAVE_X11
	&oriel_window_probe_x11,
#endif
	NULL,
};
