/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may cross the clipboard, and nothing else: the formats, what desktops call them, and whether
 * some bytes are what they claim to be. Thread: any. Never blocks.
 */
#ifndef ORIEL_CLIPBOARD_FORMAT_H
#define ORIEL_CLIPBOARD_FORMAT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A set of them is the sum of 1u << format. */
enum oriel_clipboard_format {
	ORIEL_CLIPBOARD_TEXT, /* UTF-8, lines end with LF, no NUL */
	ORIEL_CLIPBOARD_PNG,
	ORIEL_CLIPBOARD_BMP,
	ORIEL_CLIPBOARD_TIFF,
	ORIEL_CLIPBOARD_JPEG,
	ORIEL_CLIPBOARD_FILES, /* text/uri-list of local files */
	ORIEL_CLIPBOARD_FORMATS
};

/* One name that desktops have for a format. */
struct oriel_clipboard_name {
	const char *mime; /* a MIME type, or one of the older names of X11 */
	enum oriel_clipboard_format format;
};

/* The most telling name of a format comes first. Ends with a row without a name. */
extern const struct oriel_clipboard_name oriel_clipboard_names[];

/* "text", "PNG picture", …: for sentences. */
const char *oriel_clipboard_format_describe(enum oriel_clipboard_format format);

/* Whether bytes begin as that format does; text is checked as a whole. */
bool oriel_clipboard_format_check(enum oriel_clipboard_format format, GBytes *bytes);

#endif
