/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/import.h"

#include <glib.h>
#include <string.h>

#include "base/fd.h"
#include "view/import_table.h"
#include "view/option.h"
#include "view/options.h"

#define FILE_MAX_BYTES 65536u

/* ---- reading -------------------------------------------------------------------------------- */

struct importer {
	char *group;
	GHashTable *values; /* name of our option -> its value */
	GHashTable *parts;  /* "group:key" -> value, of those to be joined */
	GString *left_over; /* comment lines */
	struct oriel_view_options checked;
};

static void leave_over(
	struct importer *importer, unsigned int number, const char *what, const char *reason)
{
	g_string_append_printf(importer->left_over, "# line %u: %s: %s\n", number, what, reason);
}

/* Owns ours. False: that is no value of the option, and *error says why. */
static bool take(
	struct importer *importer, const char *option, char *ours, struct oriel_error *error)
{
	if (oriel_options_set(&importer->checked, option, ours, error)) {
		g_free(ours);
		return false;
	}
	g_hash_table_insert(importer->values, (char *)option, ours);
	return true;
}

static void take_value(
	struct importer *importer, unsigned int number, const char *key, const char *value)
{
	const struct oriel_import_row *row = oriel_import_find(importer->group, key);
	g_autofree char *name = g_strdup_printf("%s:%s", importer->group, key);
	g_autofree char *what = g_strdup_printf("%s=%s", name, value);
	char *ours = row && row->option ? row->translate(value) : NULL;
	struct oriel_error error = {0};

	if (!row)
		leave_over(importer, number, what, "no stock client that is known here has it");
	else if (row->reason)
		leave_over(importer, number, what, row->reason);
	else if (!row->option)
		g_hash_table_insert(importer->parts, g_steal_pointer(&name), g_strdup(value));
	else if (ours && !take(importer, row->option, ours, &error))
		leave_over(importer, number, what, error.message);
}

/* What several lines say together has no line of its own. */
static void take_joins(struct importer *importer)
{
	for (const struct oriel_import_join *join = oriel_import_joins; join->option; join++) {
		const char *remark = join->remark ? join->remark(importer->parts) : NULL;
		char *ours = join->join(importer->parts);
		struct oriel_error error = {0};

		if (ours && !take(importer, join->option, ours, &error))
			remark = error.message;
		if (remark)
			g_string_append_printf(
				importer->left_over, "# %s: %s\n", join->option, remark);
	}
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
		.parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
		.left_over = g_string_new(NULL),
	};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	oriel_options_init(&importer.checked);
	for (unsigned int i = 0; lines[i]; i++)
		take_line(&importer, i + 1, lines[i]);
	take_joins(&importer);
	print_values(&importer, file);
	if (importer.left_over->len)
		fprintf(file, "# Not taken over:\n%s", importer.left_over->str);
	g_free(importer.group);
	g_hash_table_unref(importer.values);
	g_hash_table_unref(importer.parts);
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
