/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check of what the desktop lets a viewer do. */
#include "host/check_private.h"

#include <string.h>

static const struct {
	const char *kind, *name; /* of the display, of the protocol or extension */
	const char *loss;	 /* what does not work without it */
	gboolean is_needed;	 /* warn when it is missing, instead of a remark */
} wishes[] = {
	{"Wayland", "zwp_relative_pointer_manager_v1", "no mouse capture for games", TRUE},
	{"Wayland", "zwp_pointer_constraints_v1", "the captured pointer leaves the window", TRUE},
	{"Wayland", "zwp_keyboard_shortcuts_inhibit_manager_v1",
		"the desktop keeps Alt+Tab and the Super key for itself", TRUE},
	{"Wayland", "wp_viewporter", "scaling is done by the viewer and costs more", TRUE},
	{"Wayland", "zwp_linux_dmabuf_v1", "no picture without a copy", FALSE},
	{"Wayland", "wp_color_manager_v1", "HDR pictures are shown as ordinary ones", FALSE},
	{"X11", "XInputExtension", "no raw mouse motion for games", TRUE},
	{"X11", "MIT-SHM", "each picture is sent over a socket", TRUE},
	{"X11", "RANDR", "no choice of monitor, and no refresh rates", TRUE},
	{"X11", "Present", "pictures may tear", FALSE},
};

static gboolean is_offered(const struct oriel_display *display, const char *name)
{
	for (guint i = 0; i < display->offered->len; i++)
		if (!strcmp(g_ptr_array_index(display->offered, i), name))
			return TRUE;
	return FALSE;
}

/* Names that are missing into ret_missing, what is lost with the needed ones into ret_losses. */
static void list_missing(
	const struct oriel_display *display, GString *ret_missing, GString *ret_losses)
{
	for (guint i = 0; i < G_N_ELEMENTS(wishes); i++) {
		if (strcmp(wishes[i].kind, display->kind) || is_offered(display, wishes[i].name))
			continue;
		g_string_append_printf(
			ret_missing, "%s%s", ret_missing->len ? ", " : "", wishes[i].name);
		if (wishes[i].is_needed)
			g_string_append_printf(
				ret_losses, "%s%s", ret_losses->len ? "; " : "", wishes[i].loss);
	}
}

void oriel_check_display_caps(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_display *display = context->display;
	g_autoptr(GString) missing = g_string_new(NULL);
	g_autoptr(GString) losses = g_string_new(NULL);

	if (!display) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "there is no desktop session to ask",
			"Run this in a terminal of your desktop",
			"WAYLAND_DISPLAY, DISPLAY: no display server answers");
		return;
	}
	list_missing(display, missing, losses);
	if (losses->len)
		oriel_check_fill(report, ORIEL_CHECK_WARN, losses->str,
			"The viewer works without; another compositor, or a newer one, may do more",
			"%s on %s has no %s", display->kind, display->name, missing->str);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the desktop offers what the viewer needs", NULL, "%s on %s%s%s",
			display->kind, display->name, missing->len ? ", but no " : "",
			missing->str);
}
