/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the render thread still turns. It waits for nothing without an end by itself, but it
 * calls graphics drivers and display servers, and those may: keyboard and pointer would stand still
 * with it. The main thread looks at its beat once a period and counts looks, not time, so that
 * nothing is said of a viewer or a computer that was asleep as a whole.
 *
 * Pure logic: no clock, no thread.
 */
#ifndef ORIEL_VIEW_WATCH_H
#define ORIEL_VIEW_WATCH_H

#include <stdbool.h>

#define ORIEL_WATCH_PERIOD_S 1
#define ORIEL_WATCH_LOOKS 5 /* so many in a row find it at the same piece of work */

struct oriel_watch {
	unsigned beat;
	unsigned looks;
};

/* Due once a period, with oriel_render_get_beat(). True: it stands still. */
bool oriel_watch_look(struct oriel_watch *watch, unsigned beat);

#endif
