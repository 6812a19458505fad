/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desktop's end of the clipboard on X11: the selection CLIPBOARD, by a connection of its own,
 * so that large contents never stand before a frame or a key. Needs the extension XFixes.
 *
 * The guest hears of the desktop's clipboard, and may take it, only while the viewer's window has
 * the keyboard: what is copied elsewhere in the meantime is none of its business until then. What
 * the guest offered while the window was in the background counts from the next focus on.
 *
 * Thread: main. Only open() waits for the server.
 */
#ifndef ORIEL_CLIPBOARD_X11_X11_H
#define ORIEL_CLIPBOARD_X11_X11_H

#include "clipboard/clipboard.h"

struct oriel_clipboard_x11;

/* On the display that the environment names. window: the viewer's, an XID of another connection.
 * clipboard is borrowed. NULL and error set when it cannot be had. */
struct oriel_clipboard_x11 *oriel_clipboard_x11_open(
	struct oriel_clipboard *clipboard, uint32_t window, GError **error);
/* Before the clipboard goes. NULL is fine. */
void oriel_clipboard_x11_close(struct oriel_clipboard_x11 *x11);

#endif
