/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's options, read from everywhere they can stand, and read again while it runs: a few of
 * them then change at once, the others wait for the next start. Main thread; small files.
 */
#ifndef ORIEL_VIEW_SETTINGS_H
#define ORIEL_VIEW_SETTINGS_H

#include <json-glib/json-glib.h>

#include "base/error.h"
#include "view/notices.h"
#include "view/options.h"
#include "view/render.h"

struct oriel_settings {
	int argc; /* borrowed, with argv */
	char **argv;
	struct oriel_view_options options; /* in force */
};

/* 0, or a negative errno and words that say which option of which file is wrong. */
int oriel_settings_load(
	struct oriel_settings *settings, int argc, char *argv[], struct oriel_error *error);

/* Reads them again and has those that can change do so. The names of what is in force now and of
 * what will be after the next start go into the arrays. On an error nothing has changed. */
int oriel_settings_reload(struct oriel_settings *settings, struct oriel_render *render,
	struct oriel_notices *notices, JsonArray *now, JsonArray *later, struct oriel_error *error);

/* What a capture takes: enum oriel_grab. */
unsigned oriel_settings_get_grab(const struct oriel_view_options *options);

#endif
