/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/check.h"

#include "vm/error.h"

#include <string.h>

#define QUOTE_BYTES 64

char *oriel_vm_check_quote(const char *value)
{
	size_t length = strlen(value);
	g_autofree char *start = g_strndup(value, MIN(length, QUOTE_BYTES));
	g_autofree char *valid = g_utf8_make_valid(start, -1);
	GString *quoted = g_string_new("'");

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar letter = g_utf8_get_char(at);

		if (g_unichar_isprint(letter))
			g_string_append_unichar(quoted, letter);
		else
			g_string_append_printf(quoted, "\\x%02x", letter);
	}
	g_string_append(quoted, length > QUOTE_BYTES ? "...'" : "'");
	if (length > QUOTE_BYTES)
		g_string_append_printf(quoted, " (%zu bytes)", length);
	return g_string_free(quoted, FALSE);
}

G_GNUC_PRINTF(4, 5)
static bool refuse(GError **error, const char *field, const char *value, const char *format, ...)
{
	g_autofree char *quoted = oriel_vm_check_quote(value);
	g_autofree char *limit = NULL;
	va_list args;

	va_start(args, format);
	limit = g_strdup_vprintf(format, args);
	va_end(args);
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID, "%s %s: %s", field, quoted, limit);
}

bool oriel_vm_check_name(const char *field, const char *name, GError **error)
{
	size_t length = strlen(name);

	if (!length)
		return refuse(error, field, name, "it is empty; give 1 to %d characters",
			ORIEL_VM_NAME_BYTES_MAX);
	if (length > ORIEL_VM_NAME_BYTES_MAX)
		return refuse(error, field, name, "at most %d characters; choose a shorter one",
			ORIEL_VM_NAME_BYTES_MAX);
	if (!g_ascii_isalnum(name[0]))
		return refuse(error, field, name, "it must begin with a letter or digit");
	for (size_t i = 0; i < length; i++)
		if (!g_ascii_isalnum(name[i]) && !strchr("._+-", name[i]))
			return refuse(error, field, name,
				"only a-z A-Z 0-9 . _ + - are allowed, because it becomes a file "
				"name; use --title for anything else");
	return true;
}

static bool is_clean_text(const char *text)
{
	if (!g_utf8_validate(text, -1, NULL))
		return false;
	for (const char *at = text; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return false;
	return true;
}

bool oriel_vm_check_text(const char *field, const char *text, GError **error)
{
	if (strlen(text) > ORIEL_VM_TEXT_BYTES_MAX)
		return refuse(error, field, text, "at most %d bytes; shorten it",
			ORIEL_VM_TEXT_BYTES_MAX);
	if (!is_clean_text(text))
		return refuse(error, field, text,
			"control characters and broken UTF-8 are not allowed; remove them");
	return true;
}

static bool has_parent_step(const char *path)
{
	g_auto(GStrv) steps = g_strsplit(path, "/", -1);

	return g_strv_contains((const char *const *)steps, "..");
}

bool oriel_vm_check_path(const char *field, const char *path, GError **error)
{
	if (strlen(path) > ORIEL_VM_PATH_BYTES_MAX)
		return refuse(error, field, path, "at most %d bytes; use a shorter path",
			ORIEL_VM_PATH_BYTES_MAX);
	if (!is_clean_text(path))
		return refuse(error, field, path,
			"control characters and broken UTF-8 are not allowed; rename the file");
	if (path[0] != '/')
		return refuse(error, field, path, "give the full path, beginning with /");
	if (has_parent_step(path))
		return refuse(error, field, path, "'..' is not allowed; give the path without it");
	if (g_str_has_suffix(path, "/"))
		return refuse(error, field, path, "it names a directory; give a file");
	return true;
}

static const struct {
	const char *suffix;
	unsigned int shift;
} size_suffixes[] = {
	{"", 20},
	{"K", 10},
	{"KiB", 10},
	{"KB", 10},
	{"M", 20},
	{"MiB", 20},
	{"MB", 20},
	{"G", 30},
	{"GiB", 30},
	{"GB", 30},
	{"T", 40},
	{"TiB", 40},
	{"TB", 40},
};

static bool parse_size(const char *text, guint64 *ret_bytes)
{
	char *end = NULL;
	guint64 number;

	if (!g_ascii_isdigit(text[0]))
		return false;
	number = g_ascii_strtoull(text, &end, 10);
	for (size_t i = 0; i < G_N_ELEMENTS(size_suffixes); i++) {
		if (g_ascii_strcasecmp(end, size_suffixes[i].suffix))
			continue;
		if (number > G_MAXUINT64 >> size_suffixes[i].shift)
			return false;
		*ret_bytes = number << size_suffixes[i].shift;
		return true;
	}
	return false;
}

/* As a user would type it: the largest unit that gives a whole number. */
char *oriel_vm_check_format_size(guint64 bytes)
{
	static const char units[] = "KMGT";
	unsigned int unit = 0;

	if (!bytes || bytes % 1024)
		return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", bytes);
	for (bytes /= 1024; bytes % 1024 == 0 && units[unit + 1]; unit++)
		bytes /= 1024;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%c", bytes, units[unit]);
}

bool oriel_vm_check_size(const char *field, const char *text, guint64 min_bytes, guint64 max_bytes,
	guint64 *ret_bytes, GError **error)
{
	g_autofree char *least = oriel_vm_check_format_size(min_bytes);
	g_autofree char *most = oriel_vm_check_format_size(max_bytes);
	guint64 bytes;

	if (!parse_size(text, &bytes))
		return refuse(error, field, text,
			"write a whole number and K, M, G or T, as in 16G (%s to %s)", least, most);
	if (bytes < min_bytes || bytes > max_bytes)
		return refuse(error, field, text, "it must be from %s to %s", least, most);
	*ret_bytes = bytes;
	return true;
}

bool oriel_vm_check_number(const char *field, const char *text, guint64 min, guint64 max,
	guint64 *ret_number, GError **error)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(text, 10, min, max, &number, NULL))
		return refuse(error, field, text,
			"write a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
			min, max);
	*ret_number = number;
	return true;
}

bool oriel_vm_check_resolution(const char *field, const char *text, guint *ret_width_px,
	guint *ret_height_px, GError **error)
{
	g_auto(GStrv) sides = g_strsplit(text, "x", 3);
	guint64 width, height;

	if (g_strv_length(sides) != 2 ||
		!g_ascii_string_to_unsigned(sides[0], 10, 1, 65535, &width, NULL) ||
		!g_ascii_string_to_unsigned(sides[1], 10, 1, 65535, &height, NULL))
		return refuse(error, field, text, "write WIDTHxHEIGHT, as in 2560x1440");
	if (MAX(width, height) < 640 || MIN(width, height) < 480)
		return refuse(error, field, text, "too small; at least 640x480");
	if (MAX(width, height) > 7680 || MIN(width, height) > 4320)
		return refuse(error, field, text, "too large; at most 7680x4320");
	*ret_width_px = width;
	*ret_height_px = height;
	return true;
}

/* Exactly the given number of hexadecimal digits, then the given end. */
static bool take_hex(const char **at, unsigned int digits, char end, guint *ret_value)
{
	guint value = 0;

	for (unsigned int i = 0; i < digits; i++) {
		int digit = g_ascii_xdigit_value((*at)[i]);

		if (digit < 0)
			return false;
		value = value * 16 + digit;
	}
	if ((*at)[digits] != end)
		return false;
	*at += digits + (end != '\0');
	*ret_value = value;
	return true;
}

bool oriel_vm_check_pci(
	const char *field, const char *text, struct oriel_vm_pci *ret_pci, GError **error)
{
	struct oriel_vm_pci pci;
	const char *at = text;

	if (!take_hex(&at, 4, ':', &pci.domain) || !take_hex(&at, 2, ':', &pci.bus) ||
		!take_hex(&at, 2, '.', &pci.slot) || !take_hex(&at, 1, '\0', &pci.function) ||
		pci.slot > 31 || pci.function > 7)
		return refuse(error, field, text,
			"write the address as DDDD:BB:SS.F with the domain, as in 0000:01:00.0; "
			"'lspci -D' lists them");
	*ret_pci = pci;
	return true;
}
