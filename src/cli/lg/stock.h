/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the releases of the stock Looking Glass client call the options that are set for a machine:
 * one table, from which its command line and its file of settings are made. Thread: any.
 */
#ifndef ORIEL_CLI_LG_STOCK_H
#define ORIEL_CLI_LG_STOCK_H

#include <glib.h>
#include <stdbool.h>

enum oriel_stock_setting {
	ORIEL_STOCK_MEMORY,
	ORIEL_STOCK_TITLE,
	ORIEL_STOCK_SIZE,
	ORIEL_STOCK_FULLSCREEN,
	ORIEL_STOCK_JIT,
	ORIEL_STOCK_VSYNC, /* of both its ways to draw */
	ORIEL_STOCK_VSYNC_OPENGL,
	ORIEL_STOCK_DOUBLE_BUFFER,
	ORIEL_STOCK_RAW_MOUSE,
	ORIEL_STOCK_AUDIO_LATENCY,
	ORIEL_STOCK_ESCAPE_KEY,
	ORIEL_STOCK_SPICE_ENABLE,
	ORIEL_STOCK_SPICE_HOST,
	ORIEL_STOCK_SPICE_PORT,
	ORIEL_STOCK_SETTINGS
};

struct oriel_stock_release {
	const char *name;
	const char *names[ORIEL_STOCK_SETTINGS]; /* NULL: it has no such option */
};

/* name NULL: the first. NULL with the known ones in error. */
const struct oriel_stock_release *oriel_stock_find_release(const char *name, GError **error);

/* Adds "group:key=value" to words (of g_free()), where the release has such an option. */
void oriel_stock_add(GPtrArray *words, const struct oriel_stock_release *release,
	enum oriel_stock_setting setting, const char *value);
/* Adds what a profile (vm/profile.h) says of size, sound, pointer and drawing. */
void oriel_stock_add_profile(
	GPtrArray *words, const struct oriel_stock_release *release, GKeyFile *profile);

/* The same words as a file of settings; owned by the caller. */
char *oriel_stock_make_file(const GPtrArray *words);

#endif
