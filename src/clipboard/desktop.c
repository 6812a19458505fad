/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/desktop.h"

#include <gio/gio.h>

#ifdef ORIEL_HAVE_WAYLAND
#include "clipboard/wayland/wayland.h"
#endif
#ifdef ORIEL_HAVE_X11
#include "clipboard/x11/x11.h"
#endif

struct system {
	void *(*open)(struct oriel_clipboard *clipboard, const struct oriel_native *native,
		GError **error);
	void (*close)(void *end);
};

struct oriel_clipboard_desktop {
	const struct system *system;
	void *end;
};

#ifdef ORIEL_HAVE_WAYLAND
static void *open_wayland(
	struct oriel_clipboard *clipboard, const struct oriel_native *native, GError **error)
{
	return oriel_clipboard_wayland_open(clipboard, &native->wayland, error);
}

static void close_wayland(void *end)
{
	oriel_clipboard_wayland_close(end);
}
#endif

#ifdef ORIEL_HAVE_X11
static void *open_x11(
	struct oriel_clipboard *clipboard, const struct oriel_native *native, GError **error)
{
	return oriel_clipboard_x11_open(clipboard, native->x11.window, error);
}

static void close_x11(void *end)
{
	oriel_clipboard_x11_close(end);
}
#endif

static const struct system systems[] = {
	[ORIEL_NATIVE_HEADLESS] = {NULL},
#ifdef ORIEL_HAVE_X11
	[ORIEL_NATIVE_X11] = {open_x11, close_x11},
#endif
#ifdef ORIEL_HAVE_WAYLAND
	[ORIEL_NATIVE_WAYLAND] = {open_wayland, close_wayland},
#endif
};

struct oriel_clipboard_desktop *oriel_clipboard_desktop_open(
	struct oriel_clipboard *clipboard, const struct oriel_native *native, GError **error)
{
	const struct system *system =
		native->kind < G_N_ELEMENTS(systems) ? &systems[native->kind] : NULL;
	struct oriel_clipboard_desktop *desktop;
	void *end;

	if (!system || !system->open) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			"this build knows no clipboard of that window system");
		return NULL;
	}
	end = system->open(clipboard, native, error);
	if (!end)
		return NULL;
	desktop = g_new0(struct oriel_clipboard_desktop, 1);
	*desktop = (struct oriel_clipboard_desktop){system, end};
	return desktop;
}

void oriel_clipboard_desktop_close(struct oriel_clipboard_desktop *desktop)
{
	if (!desktop)
		return;
	desktop->system->close(desktop->end);
	g_free(desktop);
}
