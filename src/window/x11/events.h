/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the X server tells of the window, and where each of it goes. */
#ifndef ORIEL_WINDOW_X11_EVENTS_H
#define ORIEL_WINDOW_X11_EVENTS_H

#include "window/window.h"

/* What is asked of the server for this. */
#define ORIEL_X11_EVENTS                                                                           \
	(XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |     \
		XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION |                    \
		XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW |                        \
		XCB_EVENT_MASK_FOCUS_CHANGE | XCB_EVENT_MASK_EXPOSURE |                            \
		XCB_EVENT_MASK_STRUCTURE_NOTIFY)

/* See struct oriel_window_ops. */
int oriel_x11_dispatch_rt(struct oriel_window *window, bool readable,
	const struct oriel_window_listener *listener, void *data);

#endif
