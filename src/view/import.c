/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/import.h"

#include <glib.h>
#include <string.h>

#include "base/fd.h"
#include "view/option.h"
#include "view/options.h"

#define FILE_MAX_BYTES 65536u

/* ---- values --------------------------------------------------------------------------------- */

/* As the stock client reads it: whatever is not one of these is a no. */
static bool is_yes(const char *value)
{
	static const char *const words[] = {"1", "on", "yes", "true"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_ascii_strcasecmp(value, words[i]))
			return true;
	return false;
}

/* Each gives our value, owned by the caller, or NULL when ours does the same without being told. */

static char *as_it_is(const char *value)
{
	return g_strdup(value);
}

static char *fit_or_stretch(const char *value)
{
	return g_strdup(is_yes(value) ? "fit" : "stretch");
}

static char *yes_or_nothing(const char *value)
{
	return is_yes(value) ? g_strdup("yes") : NULL;
}

static char *integer_or_nothing(const char *value)
{
	return is_yes(value) ? g_strdup("integer") : NULL;
}

static char *filter_by_number(const char *value)
{
	static const char *const filters[] = {"auto", "nearest", "linear"};

	return g_strdup(
		*value >= '0' && *value <= '2' && !value[1] ? filters[*value - '0'] : value);
}

static char *blindness_by_number(const char *value)
{
	static const char *const kinds[] = {"none", "protan", "deutan", "tritan"};

	return g_strdup(*value >= '0' && *value <= '3' && !value[1] ? kinds[*value - '0'] : value);
}

static char *compress_or_clip(const char *value)
{
	return g_strdup(is_yes(value) ? "compress" : "clip");
}

static char *no_or_nothing(const char *value)
{
	return is_yes(value) ? NULL : g_strdup("no");
}

static char *off_or_nothing(const char *value)
{
	return is_yes(value) ? NULL : g_strdup("off");
}

static char *captured_or_nothing(const char *value)
{
	return is_yes(value) ? g_strdup("captured") : NULL;
}

static char *focus_or_nothing(const char *value)
{
	return is_yes(value) ? g_strdup("focus") : NULL;
}

/* By the kernel's name or number there. */
static char *key_by_name(const char *value)
{
	if (g_str_has_prefix(value, "KEY_"))
		return g_strdup(value + strlen("KEY_"));
	return g_ascii_isdigit(*value) ? g_strdup_printf("code:%s", value) : g_strdup(value);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct row {
	const char *group, *key;
	const char *option; /* ours, NULL: there is none, for that reason */
	char *(*translate)(const char *value);
	const char *reason;
} rows[] = {
	{"app", "shmFile", "source", as_it_is},
	{"lgmp", "shmDevice", "source", as_it_is},
	{"win", "title", "title", as_it_is},
	{"win", "size", "size", as_it_is},
	{"win", "fullScreen", "fullscreen", yes_or_nothing},
	{"win", "maximize", "maximize", yes_or_nothing},
	{"win", "borderless", "borderless", yes_or_nothing},
	{"win", "jitRender", "jit", yes_or_nothing},
	{"win", "keepAspect", "scale", fit_or_stretch},
	{"win", "intUpscale", "scale", integer_or_nothing},
	{"egl", "scale", "filter", filter_by_number},
	{"egl", "cbMode", "colour-blind", blindness_by_number},
	{"egl", "mapHDRtoSDR", "hdr", compress_or_clip},
	{"input", "escapeKey", "escape-key", key_by_name},
	{"input", "mouseSens", "sensitivity", as_it_is},
	{"input", "grabKeyboard", "grab-keyboard", no_or_nothing},
	{"input", "captureOnly", "input", captured_or_nothing},
	{"input", "captureOnFocus", "capture", focus_or_nothing},
	{"input", "rawMouse", .reason = "the captured pointer is always raw"},
	{"input", "releaseKeysOnFocusLoss", .reason = "keys are always released then"},
	{"audio", "bufferLatency", "audio-latency", as_it_is},
	{"audio", "micDefault", "microphone", as_it_is},
	{"spice", "audio", "audio", off_or_nothing},
	{"audio", "micShowIndicator", .reason = "an open microphone is always shown"},
	{"audio", "periodSize", .reason = "it follows from --audio-latency"},
	{"app", "configFile", .reason = "name the file with --config when starting oriel-view"},
	{"app", "framePollInterval", .reason = "the viewer finds its own pace"},
	{"app", "cursorPollInterval", .reason = "the viewer finds its own pace"},
	{"lgmp", "framePollInterval", .reason = "the viewer finds its own pace"},
	{"lgmp", "cursorPollInterval", .reason = "the viewer finds its own pace"},
	{"app", "renderer", .reason = "--present chooses among other ways to show a picture"},
	{"win", "quickSplash", .reason = "there is no splash screen"},
	{"egl", "doubleBuffer", .reason = "the viewer never draws into what is being shown"},
	{"opengl", "preventBuffer", .reason = "the viewer never queues pictures"},
};

static const struct row *find_row(const char *group, const char *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(rows[i].group, group) && !strcmp(rows[i].key, key))
			return &rows[i];
	return NULL;
}

/* ---- reading -------------------------------------------------------------------------------- */

struct importer {
	char *group;
	GHashTable *values; /* name of our option -> its value */
	GString *left_over; /* comment lines */
	struct oriel_view_options checked;
};

static void leave_over(
	struct importer *importer, unsigned int number, const char *what, const char *reason)
{
	g_string_append_printf(importer->left_over, "# line %u: %s: %s\n", number, what, reason);
}

static void take_value(
	struct importer *importer, unsigned int number, const char *key, const char *value)
{
	const struct row *row = find_row(importer->group, key);
	g_autofree char *what = g_strdup_printf("%s:%s=%s", importer->group, key, value);
	g_autofree char *ours = row && row->option ? row->translate(value) : NULL;
	struct oriel_error error = {0};

	if (!row)
		leave_over(importer, number, what, "has no equal here");
	else if (!row->option)
		leave_over(importer, number, what, row->reason);
	else if (ours && oriel_options_set(&importer->checked, row->option, ours, &error))
		leave_over(importer, number, what, error.message);
	else if (ours)
		g_hash_table_insert(importer->values, (char *)row->option, g_steal_pointer(&ours));
}

static void take_line(struct importer *importer, unsigned int number, char *line)
{
	char *equals;

	line = g_strstrip(line);
	if (!*line || *line == ';' || *line == '#')
		return;
	if (*line == '[' && g_str_has_suffix(line, "]")) {
		line[strlen(line) - 1] = '\0';
		g_free(importer->group);
		importer->group = g_strdup(g_strstrip(line + 1));
		return;
	}
	equals = strchr(line, '=');
	if (!equals) {
		leave_over(importer, number, line, "is no setting");
		return;
	}
	*equals = '\0';
	take_value(importer, number, g_strstrip(line), g_strstrip(equals + 1));
}

static void print_values(const struct importer *importer, FILE *file)
{
	const char *section = NULL;

	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		const char *value = g_hash_table_lookup(importer->values, row->name);

		if (!value)
			continue;
		if (g_strcmp0(section, row->section))
			fprintf(file, "[%s]\n", row->section);
		section = row->section;
		fprintf(file, "%s = %s\n", row->name, value);
	}
}

static void import_text(char *text, FILE *file)
{
	struct importer importer = {
		.group = g_strdup(""),
		.values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free),
		.left_over = g_string_new(NULL),
	};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	oriel_options_init(&importer.checked);
	for (unsigned int i = 0; lines[i]; i++)
		take_line(&importer, i + 1, lines[i]);
	print_values(&importer, file);
	if (importer.left_over->len)
		fprintf(file, "# Not taken over:\n%s", importer.left_over->str);
	g_free(importer.group);
	g_hash_table_unref(importer.values);
	g_string_free(importer.left_over, TRUE);
}

int oriel_import_print(const char *path, FILE *file, struct oriel_error *error)
{
	g_autofree char *text = g_malloc(FILE_MAX_BYTES);
	ssize_t size = oriel_fd_read_file(path, text, FILE_MAX_BYTES);

	if (size < 0)
		return oriel_error_set_errno(
			error, (int)size, "cannot import the settings of %s", path);
	if (strlen(text) != (size_t)size || !g_utf8_validate(text, -1, NULL))
		return oriel_error_set(
			error, -EINVAL, "cannot import the settings of %s: it is no text", path);
	import_text(text, file);
	return 0;
}
