/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user's display server offers. */
#include "cli/host/checkup.h"

#include "window/probe.h"

static void add_offered(const char *name, void *data)
{
	g_ptr_array_add(data, g_strdup(name));
}

struct oriel_display *oriel_checkup_probe_display(void)
{
	for (guint i = 0; oriel_window_probes[i]; i++) {
		const struct oriel_window_probe *probe = oriel_window_probes[i];
		const char *name = g_getenv(probe->variable);
		struct oriel_display *display;

		if (!name || !*name)
			continue;
		display = g_new0(struct oriel_display, 1);
		display->kind = probe->kind;
		display->name = g_strdup(name);
		display->offered = g_ptr_array_new_with_free_func(g_free);
		if (!probe->list(add_offered, display->offered))
			return display;
		oriel_checkup_free_display(display);
	}
	return NULL;
}

void oriel_checkup_free_display(struct oriel_display *display)
{
	if (!display)
		return;
	g_ptr_array_unref(display->offered);
	g_free(display->name);
	g_free(display);
}
