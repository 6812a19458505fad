/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/options.h"

#include <errno.h>
#include <glib.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time.h"
#include "clipboard/clipboard.h"
#include "view/option.h"
#include "view/sound.h"

#define CLIPBOARD_LIMIT_MIB 64u
#define SEND_LIMIT_MIB 4096u
#define AUDIO_LATENCY_MS 13u
/* A press that is longer shows help. */
#define HELP_DELAY_NS (200 * ORIEL_NS_PER_MS)

int oriel_options_set(struct oriel_view_options *options, const char *name, const char *value,
	struct oriel_error *error)
{
	const struct oriel_view_option *option = oriel_view_option_find(name);

	if (!option)
		return oriel_error_set(error, -ENOENT, "there is no option \"%s\"", name);
	return option->set(option, options, value, error);
}

/* ---- the command line ----------------------------------------------------------------------- */

static int refuse_unknown(const char *argument, struct oriel_error *error)
{
	g_autofree char *name = g_strndup(argument + 2, strcspn(argument + 2, "="));
	const char *near = oriel_view_option_suggest(name);

	if (near)
		return oriel_error_set(error, -EINVAL,
			"unknown option \"%s\"; did you mean \"--%s\"?", argument, near);
	return oriel_error_set(error, -EINVAL,
		"unknown option \"%s\"; oriel-view --help lists them all", argument);
}

/* --no-NAME takes back what a file said. */
static const struct oriel_view_option *find_switched_off(const char *text, size_t length)
{
	const struct oriel_view_option *option =
		length > 3 && !strncmp(text, "no-", 3)
			? oriel_view_option_find_part(text + 3, length - 3)
			: NULL;

	return option && !option->argument && option->section ? option : NULL;
}

static int take_switch(struct oriel_view_options *options, const struct oriel_view_option *option,
	const char *value, bool is_on, struct oriel_error *error)
{
	if (value)
		return oriel_error_set(error, -EINVAL, "--%s takes no value, not even \"%s\"",
			option->name, value);
	return option->set(option, options, is_on ? "yes" : "no", error);
}

/* argument begins with two dashes; next: the argument behind it or NULL. *ret_used: how many of the
 * two were taken. */
static int take(struct oriel_view_options *options, const char *argument, const char *next,
	int *ret_used, struct oriel_error *error)
{
	size_t length = strcspn(argument + 2, "=");
	const char *value = argument[2 + length] ? argument + 2 + length + 1 : NULL;
	const struct oriel_view_option *off = find_switched_off(argument + 2, length);
	const struct oriel_view_option *option =
		off ? off : oriel_view_option_find_part(argument + 2, length);
	int result;

	*ret_used = 1;
	if (!option)
		return refuse_unknown(argument, error);
	if (!option->argument)
		return take_switch(options, option, value, !off, error);
	if (!value) {
		value = next;
		*ret_used = 2;
	}
	if (!value)
		return oriel_error_set(
			error, -EINVAL, "--%s needs a value: %s", option->name, option->argument);
	result = option->set(option, options, value, error);
	if (result)
		oriel_error_prefix(error, "--%s", option->name);
	return result;
}

int oriel_options_parse(
	struct oriel_view_options *options, int argc, char *const argv[], struct oriel_error *error)
{
	struct oriel_view_options taken = *options;

	for (int i = 1, used; i < argc; i += used) {
		int result;

		if (argv[i][0] == '-' && argv[i][1] != '-')
			return oriel_error_set(error, -EINVAL,
				"unknown option \"%s\"; options have two dashes, oriel-view --help "
				"lists them all",
				argv[i]);
		if (strncmp(argv[i], "--", 2) || !argv[i][2])
			return oriel_error_set(error, -EINVAL,
				"unexpected argument \"%s\"; the guest's memory is named by "
				"--source",
				argv[i]);
		result = take(&taken, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used, error);
		if (result)
			return result;
	}
	*options = taken;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

void oriel_options_init(struct oriel_view_options *options)
{
	*options = (struct oriel_view_options){
		.window = "auto",
		.present = "auto",
		.record_as = "auto",
		.brightness_percent = 100,
		.hdr = ORIEL_HDR_COMPRESS,
		.log_level = ORIEL_LOG_INFO,
		.audio_latency_ms = AUDIO_LATENCY_MS,
		.grab_keyboard = true,
		.capture =
			{
				.escape = {{KEY_SCROLLLOCK}, 1},
				.help_delay_ns = HELP_DELAY_NS,
			},
		.clipboard = ORIEL_CLIPBOARD_BOTH,
		.clipboard_limit_bytes = (uint64_t)CLIPBOARD_LIMIT_MIB << 20,
		.send_limit_bytes = (uint64_t)SEND_LIMIT_MIB << 20,
		.sandbox = true,
	};
	oriel_bindings_init(&options->capture.bindings);
}

static const char *default_source(void)
{
	struct stat status;

	if (!stat("/dev/kvmfr0", &status) && S_ISCHR(status.st_mode))
		return "/dev/kvmfr0";
	return "/dev/shm/looking-glass";
}

static const char *default_title(const char *vm)
{
	g_autofree char *title = vm ? g_strdup_printf("%s - Oriel", vm) : NULL;

	return title ? g_intern_string(title) : "Oriel";
}

static const char *default_pictures(void)
{
	const char *folder = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);

	g_autofree char *fallback = g_build_filename(g_get_user_data_dir(), "oriel", NULL);

	return folder ? folder : g_intern_string(fallback);
}

void oriel_options_finish_capture(struct oriel_view_options *options)
{
	options->capture.by = (enum oriel_capture_by)options->capture_by;
	options->capture.input = (enum oriel_capture_input)options->input;
}

/* Only these draw with a shader, and auto may take another. */
static bool takes_shader(const char *presenter)
{
	return !strcmp(presenter, "gpu") || !strcmp(presenter, "vulkan") ||
	       !strcmp(presenter, "opengl");
}

static int refuse_conflicts(const struct oriel_view_options *options, struct oriel_error *error)
{
	if (options->password_file && options->password_env)
		return oriel_error_set(error, -EINVAL,
			"--password-file and --password-env both name the SPICE password; give "
			"one");
	if (options->display == ORIEL_DISPLAY_SPICE && !options->spice)
		return oriel_error_set(error, -EINVAL,
			"--display spice needs --spice ADDRESS, where the VM's SPICE server is");
	if (options->follow == ORIEL_FOLLOW_WINDOW && !options->spice)
		return oriel_error_set(error, -EINVAL,
			"--follow window needs --spice ADDRESS: the guest's SPICE agent is asked "
			"for the size");
	if ((options->screenshot || options->record || options->share) &&
		!strcmp(options->present, "null"))
		return oriel_error_set(error, -EINVAL,
			"--present null keeps no picture for --%s; use --present soft",
			options->screenshot ? "screenshot"
			: options->record   ? "record"
					    : "share");
	if (options->shader && !takes_shader(options->present))
		return oriel_error_set(error, -EINVAL,
			"--present %s draws without --shader; use --present gpu", options->present);
	return 0;
}

int oriel_options_finish(struct oriel_view_options *options, struct oriel_error *error)
{
	if (!options->source)
		options->source = default_source();
	if (!options->title)
		options->title = default_title(options->vm);
	if (!options->pictures)
		options->pictures = default_pictures();
	oriel_options_finish_capture(options);
	return refuse_conflicts(options, error);
}
