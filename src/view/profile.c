/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/profile.h"

#include <glib.h>
#include <string.h>

enum { GAMING, PRODUCTIVITY, STREAMING, CUSTOM, PROFILES };

const char *const oriel_profile_names[] = {
	[GAMING] = "gaming",
	[PRODUCTIVITY] = "productivity",
	[STREAMING] = "streaming",
	[CUSTOM] = "custom",
	NULL,
};

/* One line an option: its value in each profile. */
static const struct {
	const char *option;
	const char *values[PROFILES];
} rows[] = {
	{"size", {"1920x1080", "2560x1440", "1920x1080", "1920x1080"}},
	{"swap", {"immediate", "vsync", "vsync", "vsync"}},
	{"content", {"game", "any", "video", "any"}},
	{"jit", {"yes", "yes", "yes", "no"}},
	{"audio-latency", {"10", "20", "15", "13"}},
};

int oriel_profile_apply(
	const char *name, struct oriel_view_options *options, struct oriel_error *error)
{
	int profile = 0;

	while (strcmp(oriel_profile_names[profile], name))
		profile++;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int result =
			oriel_options_set(options, rows[i].option, rows[i].values[profile], error);

		if (result)
			return result;
	}
	return 0;
}

int oriel_profile_apply_machine(
	const char *name, struct oriel_view_options *options, struct oriel_error *error)
{
	int result;

	if (!g_strv_contains(oriel_profile_names, name))
		return 0;
	result = oriel_profile_apply(name, options, error);
	return result ? result : oriel_options_set(options, "size", "auto", error);
}
