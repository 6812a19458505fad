/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The viewer's clipboard: the exchange (clipboard/clipboard.h) and its end on the desktop. The
 * guest's end comes with the SPICE session. Thread: main. */
#ifndef ORIEL_VIEW_CLIPBOARD_H
#define ORIEL_VIEW_CLIPBOARD_H

#include "clipboard/clipboard.h"
#include "window/window.h"

struct oriel_view_clipboard;

/* Before the window is handed to its thread. What is in native is borrowed. NULL where nothing can
 * be shared: ways is off, there is no window, or its system has no clipboard, which is logged. */
struct oriel_view_clipboard *oriel_view_clipboard_open(
	const struct oriel_clipboard_setup *setup, const struct oriel_native *native);
/* After the window's thread has ended and the guest's end has gone. NULL is fine. */
void oriel_view_clipboard_close(struct oriel_view_clipboard *clipboard);

/* For the guest's end; NULL of NULL. */
struct oriel_clipboard *oriel_view_clipboard_get(struct oriel_view_clipboard *clipboard);

#endif
