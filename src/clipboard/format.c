/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/format.h"

#include <string.h>

const struct oriel_clipboard_name oriel_clipboard_names[] = {
	{"text/plain;charset=utf-8", ORIEL_CLIPBOARD_TEXT},
	{"UTF8_STRING", ORIEL_CLIPBOARD_TEXT},
	{"text/plain", ORIEL_CLIPBOARD_TEXT},
	{"image/png", ORIEL_CLIPBOARD_PNG},
	{"image/bmp", ORIEL_CLIPBOARD_BMP},
	{"image/x-bmp", ORIEL_CLIPBOARD_BMP},
	{"image/x-MS-bmp", ORIEL_CLIPBOARD_BMP},
	{"image/tiff", ORIEL_CLIPBOARD_TIFF},
	{"image/jpeg", ORIEL_CLIPBOARD_JPEG},
	{"text/uri-list", ORIEL_CLIPBOARD_FILES},
	{NULL},
};

/* How files of a format begin; up to two ways. */
static const struct {
	const char *name;
	const char *beginnings[2];
	size_t size;
} kinds[ORIEL_CLIPBOARD_FORMATS] = {
	[ORIEL_CLIPBOARD_TEXT] = {"text"},
	[ORIEL_CLIPBOARD_PNG] = {"PNG picture", {"\x89PNG\r\n\x1a\n"}, 8},
	[ORIEL_CLIPBOARD_BMP] = {"BMP picture", {"BM"}, 2},
	[ORIEL_CLIPBOARD_TIFF] = {"TIFF picture", {"II*\0", "MM\0*"}, 4},
	[ORIEL_CLIPBOARD_JPEG] = {"JPEG picture", {"\xff\xd8\xff"}, 3},
	[ORIEL_CLIPBOARD_FILES] = {"list of files"},
};

const char *oriel_clipboard_format_describe(enum oriel_clipboard_format format)
{
	return kinds[format].name;
}

static bool is_text(const char *data, gsize size)
{
	return !memchr(data, '\0', size) && g_utf8_validate_len(data, size, NULL);
}

bool oriel_clipboard_format_check(enum oriel_clipboard_format format, GBytes *bytes)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);

	if (!size)
		return false;
	if (!kinds[format].size)
		return is_text(data, size);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds[format].beginnings); i++)
		if (kinds[format].beginnings[i] && size >= kinds[format].size &&
			!memcmp(data, kinds[format].beginnings[i], kinds[format].size))
			return true;
	return false;
}
