/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desktop's end of the clipboard, as the viewer's window system has it. Thread: main. */
#ifndef ORIEL_CLIPBOARD_DESKTOP_H
#define ORIEL_CLIPBOARD_DESKTOP_H

#include "clipboard/clipboard.h"
#include "window/window.h"

struct oriel_clipboard_desktop;

/* Before the window is handed to its thread; may wait for the X server's first answers. clipboard
 * and what is in native are borrowed. NULL and error set where there is none, as without a window.
 */
struct oriel_clipboard_desktop *oriel_clipboard_desktop_open(
	struct oriel_clipboard *clipboard, const struct oriel_native *native, GError **error);
/* After the window's thread has ended, before the window and the clipboard go. NULL is fine. */
void oriel_clipboard_desktop_close(struct oriel_clipboard_desktop *desktop);

#endif
