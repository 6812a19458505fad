/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where each thing goes that a window (window/window.h), or a device read beside it
 * (view/evdev.h), tells: input to its path, sizes to the pane, times of pictures to those who
 * measure. Render thread; nothing allocates or waits.
 */
#ifndef ORIEL_VIEW_WINDOW_EVENTS_H
#define ORIEL_VIEW_WINDOW_EVENTS_H

#include <stdbool.h>

#include "present/present.h"
#include "view/input_path.h"
#include "view/jit.h"
#include "view/meter.h"
#include "view/pane.h"
#include "window/window.h"

/* The listener's data. */
struct oriel_window_events {
	/* borrowed */
	struct oriel_input_path *input;
	struct oriel_pane *pane;
	struct oriel_presenter *presenter;
	struct oriel_meter *meter;
	struct oriel_jit *jit;
	/* for whoever dispatches, who takes them back */
	bool was_exposed; /* everything is to be put on the window again */
	bool is_close_wanted;
};

extern const struct oriel_window_listener oriel_window_events_listener;

#endif
