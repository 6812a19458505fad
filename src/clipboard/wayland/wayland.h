/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desktop's end of the clipboard on Wayland: wl_data_device on the window's own connection,
 * because a compositor tells only those of the clipboard who have the keyboard. Its events go to a
 * queue of their own, which the window's thread fills and this one empties.
 *
 * What the guest offers while the window has no keyboard counts from the next time on that it has.
 *
 * Thread: main. Never waits.
 */
#ifndef ORIEL_CLIPBOARD_WAYLAND_WAYLAND_H
#define ORIEL_CLIPBOARD_WAYLAND_WAYLAND_H

#include "clipboard/clipboard.h"
#include "window/window.h"

struct oriel_clipboard_wayland;

/* Before the window is handed to its thread. clipboard and what is in native are borrowed. NULL and
 * error set when it cannot be had. */
struct oriel_clipboard_wayland *oriel_clipboard_wayland_open(struct oriel_clipboard *clipboard,
	const struct oriel_native_wayland *native, GError **error);
/* After the window's thread has ended, before the window is closed and before the clipboard goes.
 * NULL is fine. */
void oriel_clipboard_wayland_close(struct oriel_clipboard_wayland *wayland);

#endif
