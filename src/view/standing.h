/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How things stand, as far as the main thread has heard: the viewer writes it down
 * (view/viewer.h), the notices and the control socket read it. Main thread.
 */
#ifndef ORIEL_VIEW_STANDING_H
#define ORIEL_VIEW_STANDING_H

#include "view/render.h"

struct oriel_standing {
	struct oriel_render_event status; /* the last ORIEL_RENDER_STATUS; zeros before it */
	enum oriel_capture_state capture;
	char *spice_problem; /* owned; NULL: none */
	bool is_stuck;	     /* the render thread stands still (view/watch.h) */
};

#endif
