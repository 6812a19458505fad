/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/clipboard.h"

#include "base/log.h"
#include "clipboard/desktop.h"

struct oriel_view_clipboard {
	struct oriel_clipboard *clipboard;
	struct oriel_clipboard_desktop *desktop;
};

struct oriel_view_clipboard *oriel_view_clipboard_open(
	const struct oriel_clipboard_setup *setup, const struct oriel_native *native)
{
	struct oriel_view_clipboard *opened;
	g_autoptr(GError) error = NULL;

	if (setup->ways == ORIEL_CLIPBOARD_OFF || native->kind == ORIEL_NATIVE_HEADLESS)
		return NULL;
	opened = g_new0(struct oriel_view_clipboard, 1);
	opened->clipboard = oriel_clipboard_create(setup);
	opened->desktop = oriel_clipboard_desktop_open(opened->clipboard, native, &error);
	if (opened->desktop)
		return opened;
	oriel_log(ORIEL_LOG_WARNING, "the clipboard is not shared with the guest: %s",
		error->message);
	oriel_view_clipboard_close(opened);
	return NULL;
}

void oriel_view_clipboard_close(struct oriel_view_clipboard *clipboard)
{
	if (!clipboard)
		return;
	oriel_clipboard_desktop_close(clipboard->desktop);
	oriel_clipboard_destroy(clipboard->clipboard);
	g_free(clipboard);
}

struct oriel_clipboard *oriel_view_clipboard_get(struct oriel_view_clipboard *clipboard)
{
	return clipboard ? clipboard->clipboard : NULL;
}
