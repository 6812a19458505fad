/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/config.h"

#include <glib.h>
#include <string.h>

#include "base/fd.h"
#include "base/suggest.h"
#include "view/option.h"
#include "view/profile.h"

#define FILE_MAX_BYTES 65536u
#define SECTIONS_MAX 16

/* ---- one file ------------------------------------------------------------------------------- */

struct reader {
	struct oriel_view_options *options;
	const char *section; /* of the table; NULL: none yet */
};

static int refuse_section(const char *section, struct oriel_error *error)
{
	const char *names[SECTIONS_MAX + 1] = {NULL};
	g_autofree char *list = NULL;
	const char *near;
	size_t count = 0;

	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++)
		if (row->section && count < SECTIONS_MAX && !g_strv_contains(names, row->section))
			names[count++] = row->section;
	near = oriel_suggest_nearest(section, names);
	list = g_strjoinv(", ", (char **)names);
	return oriel_error_set(error, -EINVAL, "there is no section [%s]: it can be %s%s%s%s",
		section, list, near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
}

static int take_section(struct reader *reader, char *line, struct oriel_error *error)
{
	size_t length = strlen(line);

	if (line[length - 1] != ']')
		return oriel_error_set(error, -EINVAL, "\"%s\" has no ] at its end", line);
	line[length - 1] = '\0';
	line = g_strstrip(line + 1);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		if (!g_strcmp0(row->section, line)) {
			reader->section = row->section;
			return 0;
		}
	}
	return refuse_section(line, error);
}

static int refuse_key(
	const struct reader *reader, const char *key, const char *value, struct oriel_error *error)
{
	const char *near = oriel_view_option_suggest(key);
	g_autoptr(GString) list = g_string_new(NULL);

	if (near)
		return oriel_error_set(error, -EINVAL,
			"unknown key \"%s\" with the value \"%s\"; did you mean \"%s\"?", key,
			value, near);
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++)
		if (reader->section && !g_strcmp0(row->section, reader->section))
			g_string_append_printf(list, "%s%s", list->len ? ", " : "", row->name);
	return oriel_error_set(error, -EINVAL, "unknown key \"%s\" with the value \"%s\"; %s%s%s%s",
		key, value, list->len ? "[" : "oriel-view --help lists them all",
		list->len ? reader->section : "", list->len ? "] takes " : "", list->str);
}

static int check_place(const struct reader *reader, const struct oriel_view_option *option,
	struct oriel_error *error)
{
	if (!option->section)
		return oriel_error_set(error, -EINVAL,
			"%s is only taken on the command line, as --%s", option->name,
			option->name);
	if (!reader->section || strcmp(reader->section, option->section))
		return oriel_error_set(error, -EINVAL, "%s stands in %s%s%s, it belongs below [%s]",
			option->name, reader->section ? "[" : "",
			reader->section ? reader->section : "no section",
			reader->section ? "]" : "", option->section);
	return 0;
}

static int take_key(struct reader *reader, char *line, struct oriel_error *error)
{
	char *equals = strchr(line, '=');
	const struct oriel_view_option *option;
	char *key, *value;
	int result;

	if (!equals)
		return oriel_error_set(
			error, -EINVAL, "\"%s\" is neither [section] nor name = value", line);
	*equals = '\0';
	key = g_strstrip(line);
	value = g_strstrip(equals + 1);
	option = oriel_view_option_find(key);
	if (!option)
		return refuse_key(reader, key, value, error);
	result = check_place(reader, option, error);
	if (result)
		return result;
	result = option->set(option, reader->options, value, error);
	if (result)
		oriel_error_prefix(error, "%s", key);
	return result;
}

static int take_line(struct reader *reader, char *line, struct oriel_error *error)
{
	line = g_strstrip(line);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[')
		return take_section(reader, line, error);
	return take_key(reader, line, error);
}

int oriel_config_read(struct oriel_view_options *options, const char *name, const char *text,
	struct oriel_error *error)
{
	/* Some editors begin each file with it; nobody sees it. */
	static const char mark[] = "\xef\xbb\xbf";
	struct oriel_view_options taken = *options;
	struct reader reader = {.options = &taken};
	g_auto(GStrv) lines = NULL;

	if (!g_utf8_validate(text, -1, NULL))
		return oriel_error_set(error, -EINVAL, "%s: is no UTF-8 text", name);
	lines = g_strsplit(text + strlen(mark) * g_str_has_prefix(text, mark), "\n", -1);
	for (unsigned int i = 0; lines[i]; i++) {
		int result = take_line(&reader, lines[i], error);

		if (result) {
			oriel_error_prefix(error, "%s:%u", name, i + 1);
			return result;
		}
	}
	*options = taken;
	return 0;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static int read_file(struct oriel_view_options *options, const char *path, bool is_wanted,
	struct oriel_error *error)
{
	g_autofree char *text = g_malloc(FILE_MAX_BYTES);
	ssize_t size = oriel_fd_read_file(path, text, FILE_MAX_BYTES);

	if (size == -ENOENT && !is_wanted)
		return 0;
	if (size == -EFBIG)
		return oriel_error_set(error, -EFBIG,
			"%s: is larger than %u bytes, too large for settings", path,
			FILE_MAX_BYTES - 1);
	if (size < 0)
		return oriel_error_set_errno(
			error, (int)size, "cannot read the settings of %s", path);
	if (strlen(text) != (size_t)size)
		return oriel_error_set(error, -EINVAL, "%s: is no text", path);
	return oriel_config_read(options, path, text, error);
}

static int read_below(struct oriel_view_options *options, const char *folder, const char *file,
	struct oriel_error *error)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);

	return read_file(options, path, false, error);
}

static int read_usual(struct oriel_view_options *options,
	const struct oriel_config_folders *folders, const char *vm, struct oriel_error *error)
{
	g_autofree char *name = vm ? g_strdup_printf("%s.ini", vm) : NULL;
	g_autofree char *file = vm ? g_build_filename("vm", name, NULL) : NULL;
	int result = 0;

	if (vm && folders->state)
		result = read_below(options, folders->state, name, error);
	if (!result)
		result = read_below(options, folders->system, "view.ini", error);
	if (!result)
		result = read_below(options, folders->user, "view.ini", error);
	if (!result && file)
		result = read_below(options, folders->system, file, error);
	if (!result && file)
		result = read_below(options, folders->user, file, error);
	return result;
}

int oriel_config_load(struct oriel_view_options *ret_options,
	const struct oriel_config_folders *folders, int argc, char *const argv[],
	struct oriel_error *error)
{
	struct oriel_view_options options, line;
	int result;

	oriel_options_init(&line);
	result = oriel_options_parse(&line, argc, argv, error);
	if (result)
		return result;
	oriel_options_init(&options);
	if (line.machine_profile)
		result = oriel_profile_apply_machine(line.machine_profile, &options, error);
	if (result)
		return result;
	if (line.config)
		result = read_file(&options, line.config, true, error);
	else if (!line.help && !line.version)
		result = read_usual(&options, folders, line.vm, error);
	if (!result)
		result = oriel_options_parse(&options, argc, argv, error);
	if (!result)
		result = oriel_options_finish(&options, error);
	if (!result)
		*ret_options = options;
	return result;
}
