/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run of the viewer: opens its parts, gives up what it does not need, starts the render thread,
 * and then heeds signals, time limits and that thread's events until the end.
 */
#ifndef ORIEL_VIEW_VIEWER_H
#define ORIEL_VIEW_VIEWER_H

#include "view/settings.h"

enum oriel_viewer_exit {
	ORIEL_VIEWER_DONE = 0,
	ORIEL_VIEWER_FAILED = 1,
	ORIEL_VIEWER_USAGE = 2,
	ORIEL_VIEWER_TIMED_OUT = 124,
};

/* Logs what goes wrong. settings may change while it runs. The main thread; blocks to the end, and
 * does not come back where the display server hangs: then the process ends. */
enum oriel_viewer_exit oriel_viewer_run(struct oriel_settings *settings);

#endif
