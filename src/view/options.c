/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time.h"

#define SIDE_MAX_PX 16384u
#define TIMEOUT_MAX_S 1e9

struct option {
	const char *name;     /* without the two dashes */
	const char *argument; /* what --help calls its value, NULL when it takes none */
	const char *help;
	int (*set)(const struct option *option, struct oriel_view_options *options,
		const char *value, struct oriel_error *error);
	size_t offset; /* of the member that set() fills */
	const char *const *choices;
};

static void *member_of(const struct option *option, struct oriel_view_options *options)
{
	return (char *)options + option->offset;
}

/* ---- kinds of values ----------------------------------------------------------------------------
 */

static int set_text(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	if (!*value)
		return oriel_error_set(error, -EINVAL, "--%s is empty: give it %s", option->name,
			option->argument);
	*(const char **)member_of(option, options) = value;
	return 0;
}

static int set_flag(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	*(bool *)member_of(option, options) = true;
	return 0;
}

static int set_headless(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	options->window = "headless";
	return 0;
}

/* Index of value among the choices. */
static int find_choice(
	const struct option *option, const char *value, int *ret_index, struct oriel_error *error)
{
	char list[128] = "";

	for (int i = 0; option->choices[i]; i++) {
		if (!strcmp(option->choices[i], value)) {
			*ret_index = i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
		strncat(list, option->choices[i], sizeof list - strlen(list) - 1);
	}
	return oriel_error_set(error, -EINVAL, "--%s does not know \"%s\": it takes %s",
		option->name, value, list);
}

static int set_choice(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	return find_choice(option, value, member_of(option, options), error);
}

static int set_name(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	int index = 0;
	int result = find_choice(option, value, &index, error);

	if (!result)
		*(const char **)member_of(option, options) = option->choices[index];
	return result;
}

static bool is_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static int set_count(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	unsigned long long count;

	errno = 0;
	count = strtoull(value, NULL, 10);
	if (!is_digits(value) || errno || !count)
		return oriel_error_set(error, -EINVAL,
			"--%s takes a whole number from 1 on, not \"%s\"", option->name, value);
	*(uint64_t *)member_of(option, options) = count;
	return 0;
}

static int set_seconds(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	double seconds;

	seconds = strtod(value, NULL);
	if (!*value || value[strspn(value, "0123456789.")] ||
		strchr(value, '.') != strrchr(value, '.') || !(seconds > 0.0) ||
		seconds > TIMEOUT_MAX_S)
		return oriel_error_set(error, -EINVAL,
			"--%s takes seconds above 0, like 10 or 0.5, not \"%s\"", option->name,
			value);
	*(uint64_t *)member_of(option, options) = (uint64_t)(seconds * 1e9);
	return 0;
}

static int set_size(const struct option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	unsigned width_px = 0, height_px = 0;
	int end = 0;

	if (!strcmp(value, "auto")) {
		options->width_px = options->height_px = 0;
		return 0;
	}
	/* Digits in front keeps sscanf from taking blanks and signs. */
	if (value[strspn(value, "0123456789x")] ||
		sscanf(value, "%5ux%5u%n", &width_px, &height_px, &end) != 2 || value[end] ||
		!width_px || !height_px || width_px > SIDE_MAX_PX || height_px > SIDE_MAX_PX)
		return oriel_error_set(error, -EINVAL,
			"--%s takes auto or WIDTHxHEIGHT with sides of 1 to %u, not \"%s\"",
			option->name, SIDE_MAX_PX, value);
	options->width_px = width_px;
	options->height_px = height_px;
	return 0;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static const char *const windows[] = {"auto", "x11", "headless", NULL};
static const char *const presenters[] = {"auto", "soft", "null", NULL};
static const char *const scales[] = {
	[ORIEL_SCALE_FIT] = "fit",
	[ORIEL_SCALE_NONE] = "none",
	[ORIEL_SCALE_INTEGER] = "integer",
	[ORIEL_SCALE_STRETCH] = "stretch",
	NULL,
};
static const char *const filters[] = {
	[ORIEL_FILTER_AUTO] = "auto",
	[ORIEL_FILTER_NEAREST] = "nearest",
	[ORIEL_FILTER_LINEAR] = "linear",
	NULL,
};
static const char *const log_levels[] = {
	[ORIEL_LOG_ERROR] = "error",
	[ORIEL_LOG_WARNING] = "warning",
	[ORIEL_LOG_INFO] = "info",
	[ORIEL_LOG_DEBUG] = "debug",
	NULL,
};

#define MEMBER(name) offsetof(struct oriel_view_options, name)

static const struct option table[] = {
	{"source", "PATH",
		"the guest's shared memory; /dev/kvmfr0 where that is a device, else\n"
		"/dev/shm/looking-glass; test:WIDTHxHEIGHT@RATE shows a test picture",
		set_text, MEMBER(source), NULL},
	{"headless", NULL, "no window; the same as --window headless", set_headless, 0, NULL},
	{"window", "SYSTEM", "auto, x11 or headless", set_name, MEMBER(window), windows},
	{"present", "PRESENTER", "auto, soft or null (takes frames, shows nothing)", set_name,
		MEMBER(present), presenters},
	{"size", "SIZE", "auto (the guest's, at most the screen's) or WIDTHxHEIGHT", set_size, 0,
		NULL},
	{"scale", "HOW",
		"fit (keeps the shape), none (1:1), integer (whole multiples) or\n"
		"stretch (fills the window)",
		set_choice, MEMBER(scale), scales},
	{"filter", "FILTER", "auto, nearest or linear, where the picture is scaled", set_choice,
		MEMBER(filter), filters},
	{"title", "TEXT", "of the window", set_text, MEMBER(title), NULL},
	{"frames", "N", "end after N shown frames", set_count, MEMBER(frames), NULL},
	{"screenshot", "FILE", "at the end, write the last shown frame to FILE as PNG", set_text,
		MEMBER(screenshot), NULL},
	{"timeout", "SECONDS", "end with status 124 after that time", set_seconds,
		MEMBER(timeout_ns), NULL},
	{"stats", NULL, "at the end, print what was measured as one JSON object", set_flag,
		MEMBER(stats), NULL},
	{"log", "LEVEL", "error, warning, info or debug", set_choice, MEMBER(log_level),
		log_levels},
	{"help", NULL, "print this and end", set_flag, MEMBER(help), NULL},
	{"version", NULL, "print the version and end", set_flag, MEMBER(version), NULL},
};

#define TABLE_LENGTH (sizeof table / sizeof table[0])

/* ---- parsing
 * ------------------------------------------------------------------------------------- */

static const char *default_source(void)
{
	struct stat status;

	if (!stat("/dev/kvmfr0", &status) && S_ISCHR(status.st_mode))
		return "/dev/kvmfr0";
	return "/dev/shm/looking-glass";
}

static const struct option *find(const char *name, size_t length)
{
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (strlen(table[i].name) == length && !strncmp(table[i].name, name, length))
			return &table[i];
	return NULL;
}

/* argument begins with two dashes; next: the argument behind it or NULL. *ret_used: how many of the
 * two were taken. */
static int take(struct oriel_view_options *options, const char *argument, const char *next,
	int *ret_used, struct oriel_error *error)
{
	size_t length = strcspn(argument + 2, "=");
	const char *value = argument[2 + length] ? argument + 2 + length + 1 : NULL;
	const struct option *option = find(argument + 2, length);

	*ret_used = 1;
	if (!option)
		return oriel_error_set(error, -EINVAL,
			"unknown option \"%s\"; oriel-view --help lists them all", argument);
	if (!option->argument && value)
		return oriel_error_set(error, -EINVAL, "--%s takes no value, not even \"%s\"",
			option->name, value);
	if (option->argument && !value) {
		value = next;
		*ret_used = 2;
	}
	if (option->argument && !value)
		return oriel_error_set(
			error, -EINVAL, "--%s needs a value: %s", option->name, option->argument);
	return option->set(option, options, value, error);
}

static int check_together(const struct oriel_view_options *options, struct oriel_error *error)
{
	if (options->screenshot && !strcmp(options->present, "null"))
		return oriel_error_set(error, -EINVAL,
			"--present null keeps no picture for --screenshot; use --present soft");
	return 0;
}

int oriel_options_parse(struct oriel_view_options *ret_options, int argc, char *const argv[],
	struct oriel_error *error)
{
	struct oriel_view_options options = {
		.window = "auto",
		.present = "auto",
		.title = "Oriel",
		.log_level = ORIEL_LOG_INFO,
	};

	for (int i = 1, used; i < argc; i += used) {
		int result;

		if (strncmp(argv[i], "--", 2) || !argv[i][2])
			return oriel_error_set(error, -EINVAL,
				"unexpected argument \"%s\"; the guest's memory is named by "
				"--source",
				argv[i]);
		result = take(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used, error);
		if (result)
			return result;
	}
	if (!options.source)
		options.source = default_source();
	if (check_together(&options, error))
		return -EINVAL;
	*ret_options = options;
	return 0;
}

/* ---- help
 * ---------------------------------------------------------------------------------------- */

#define HELP_COLUMN 24

static void print_option(FILE *file, const struct option *option)
{
	int width = fprintf(file, "  --%s%s%s", option->name, option->argument ? " " : "",
		option->argument ? option->argument : "");

	fprintf(file, "%*s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "");
	for (const char *at = option->help; *at; at++) {
		fputc(*at, file);
		if (*at == '\n')
			fprintf(file, "%*s", HELP_COLUMN, "");
	}
	fputc('\n', file);
}

void oriel_options_print_help(FILE *file)
{
	fputs("Usage: oriel-view [OPTION]...\n"
	      "Shows the screen of a virtual machine that shares its frames through memory.\n\n",
		file);
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		print_option(file, &table[i]);
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage, 124 timed out.\n", file);
}
