/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings that have no effect as the others are. They are no errors: a file of settings for every
 * machine may well hold them. */
#include "view/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool is_without_spice(const struct oriel_view_options *options)
{
	return !options->spice;
}

static bool is_headless(const struct oriel_view_options *options)
{
	return !strcmp(options->window, "headless");
}

static const struct idle {
	const char *option;
	size_t member; /* of struct oriel_view_options, a text; NULL: nobody set it */
	bool (*is_idle)(const struct oriel_view_options *options);
	const char *reason;
} idles[] = {
	{"output", offsetof(struct oriel_view_options, output), is_headless,
		"there is no window to put on a screen"},
#define NEEDS_SPICE(option, member)                                                                \
	{                                                                                          \
		option, offsetof(struct oriel_view_options, member), is_without_spice,             \
			"it needs --spice ADDRESS, where the VM's SPICE server is"                 \
	}
	NEEDS_SPICE("share-folder", share_folder),
	NEEDS_SPICE("send-from", send_from),
	NEEDS_SPICE("usb-auto", usb_auto),
	NEEDS_SPICE("usb-cd", usb_cd),
	NEEDS_SPICE("password-file", password_file),
	NEEDS_SPICE("spice-ca", spice_ca),
#undef NEEDS_SPICE
};

void oriel_options_tell_idle(const struct oriel_view_options *options,
	void (*tell)(void *data, const char *text), void *data)
{
	for (size_t i = 0; i < sizeof idles / sizeof idles[0]; i++) {
		const char *value = *(const char *const *)((const char *)options + idles[i].member);
		char text[600];

		if (!value || !idles[i].is_idle(options))
			continue;
		snprintf(text, sizeof text, "--%s %s has no effect: %s", idles[i].option, value,
			idles[i].reason);
		tell(data, text);
	}
}
