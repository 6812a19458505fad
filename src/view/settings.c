/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/settings.h"

#include <string.h>

#include "base/log.h"
#include "view/config.h"
#include "view/memory.h"
#include "view/option.h"

static int read_all(const struct oriel_settings *settings, struct oriel_view_options *ret_options,
	struct oriel_error *error)
{
	g_autofree char *user = g_build_filename(g_get_user_config_dir(), "oriel", NULL);
	g_autofree char *state = oriel_memory_get_folder();
	struct oriel_config_folders folders = {"/etc/oriel", user, state};

	return oriel_config_load(ret_options, &folders, settings->argc, settings->argv, error);
}

int oriel_settings_load(
	struct oriel_settings *settings, int argc, char *argv[], struct oriel_error *error)
{
	settings->argc = argc;
	settings->argv = argv;
	return read_all(settings, &settings->options, error);
}

unsigned oriel_settings_get_grab(const struct oriel_view_options *options)
{
	return ORIEL_GRAB_POINTER | (options->grab_keyboard ? ORIEL_GRAB_KEYBOARD : 0u);
}

/* ---- what can change ------------------------------------------------------------------------ */

/* The running viewer, as far as options can change it. */
struct target {
	struct oriel_view_options *options;
	struct oriel_render *render;
	struct oriel_notices *notices;
};

static void apply_log(const struct target *target)
{
	oriel_log_set_level((enum oriel_log_level)target->options->log_level);
}

static void apply_sign(const struct target *target)
{
	oriel_notices_show_capture(target->notices);
}

static void apply_input(const struct target *target)
{
	struct oriel_view_options *options = target->options;

	oriel_options_finish_capture(options);
	oriel_render_set_input(target->render, &options->capture, oriel_settings_get_grab(options));
}

enum part { PART_LOG, PART_INPUT, PART_SIGN, PART_COUNT };

static void (*const appliers[PART_COUNT])(const struct target *target) = {
	[PART_LOG] = apply_log,
	[PART_SIGN] = apply_sign,
	[PART_INPUT] = apply_input,
};

/* What can change while the viewer runs; everything else waits for the next start. */
static const struct {
	const char *option;
	enum part part;
} live[] = {
	{"log", PART_LOG},
	{"title", PART_SIGN},
	{"capture-sign", PART_SIGN},
	{"escape-key", PART_INPUT},
	{"bind", PART_INPUT},
	{"capture", PART_INPUT},
	{"input", PART_INPUT},
	{"sensitivity", PART_INPUT},
	{"grab-keyboard", PART_INPUT},
};

/* Sets the option's part in *parts where it is one that can change. */
static bool take_over(struct oriel_view_options *options, const struct oriel_view_option *option,
	const struct oriel_view_options *read, unsigned *parts)
{
	for (size_t i = 0; i < G_N_ELEMENTS(live); i++) {
		if (strcmp(live[i].option, option->name))
			continue;
		memcpy((char *)options + option->offset, (const char *)read + option->offset,
			option->size);
		*parts |= 1u << live[i].part;
		return true;
	}
	return false;
}

int oriel_settings_reload(struct oriel_settings *settings, struct oriel_render *render,
	struct oriel_notices *notices, JsonArray *now, JsonArray *later, struct oriel_error *error)
{
	struct oriel_view_options *options = &settings->options, read;
	const struct target target = {options, render, notices};
	int result = read_all(settings, &read, error);
	unsigned parts = 0;

	if (result)
		return result;
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		if (!row->section || !memcmp((const char *)&read + row->offset,
					     (const char *)options + row->offset, row->size))
			continue;
		json_array_add_string_element(
			take_over(options, row, &read, &parts) ? now : later, row->name);
	}
	for (unsigned i = 0; i < PART_COUNT; i++)
		if (parts & 1u << i)
			appliers[i](&target);
	return 0;
}
