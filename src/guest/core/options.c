/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define FPS_MAX 1000u
#define SIDE_MAX_PX 16384u

struct row {
	const char *name;
	const char *value; /* what --help calls it; NULL: the option takes none */
	const char *help;
	const char *source; /* the only capture source it has a meaning for; NULL: any */
	int (*take)(struct oriel_guest_options *options, const char *value);
};

/* ---- values --------------------------------------------------------------------------------- */

/* Digits and nothing else, from min to max; *ret_end is where they stop. */
static int scan_number(
	const char *text, uint32_t min, uint32_t max, uint32_t *ret_number, const char **ret_end)
{
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && number <= max; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	if (at == text || number < min || number > max)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	*ret_end = at;
	return 0;
}

static int take_number(const char *text, uint32_t min, uint32_t max, uint32_t *ret_number)
{
	const char *end;
	uint32_t number;

	if (scan_number(text, min, max, &number, &end) || *end)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

/* The index of value in names, which end with NULL. */
static int take_name(const char *const *names, const char *value)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], value))
			return i;
	return -EINVAL;
}

static int take_text(const char **ret_text, const char *value)
{
	if (!*value)
		return -EINVAL;
	*ret_text = value;
	return 0;
}

/* ---- options -------------------------------------------------------------------------------- */

static int take_shm(struct oriel_guest_options *options, const char *value)
{
	return take_text(&options->shm, value);
}

static int take_device(struct oriel_guest_options *options, const char *value)
{
	static const char shape[] = "hhhh:hh:hh.h";

	if (strlen(value) != strlen(shape))
		return -EINVAL;
	for (size_t i = 0; shape[i]; i++) {
		bool is_fitting = shape[i] == 'h' ? !!strchr("0123456789abcdef", value[i])
						  : value[i] == shape[i];

		if (!is_fitting)
			return -EINVAL;
	}
	options->device = value;
	return 0;
}

static int take_capture(struct oriel_guest_options *options, const char *value)
{
	static const char *const names[] = {"auto", "kms", "x11", "test", NULL};

	if (take_name(names, value) < 0)
		return -EINVAL;
	options->capture = value;
	return 0;
}

static int take_card(struct oriel_guest_options *options, const char *value)
{
	return take_text(&options->card, value);
}

static int take_display(struct oriel_guest_options *options, const char *value)
{
	return take_text(&options->display, value);
}

static int take_fps(struct oriel_guest_options *options, const char *value)
{
	return take_number(value, 1, FPS_MAX, &options->fps);
}

static int take_wait(struct oriel_guest_options *options, const char *value)
{
	options->wait = true;
	return 0;
}

static int take_verbose(struct oriel_guest_options *options, const char *value)
{
	options->verbose = true;
	return 0;
}

static int take_size(struct oriel_guest_options *options, const char *value)
{
	uint32_t width_px, height_px;
	const char *end;

	if (scan_number(value, ORIEL_PATTERN_BOX_PX, SIDE_MAX_PX, &width_px, &end) || *end != 'x' ||
		take_number(end + 1, ORIEL_PATTERN_BOX_PX, SIDE_MAX_PX, &height_px))
		return -EINVAL;
	options->test.width_px = width_px;
	options->test.height_px = height_px;
	return 0;
}

static int take_format(struct oriel_guest_options *options, const char *value)
{
	enum oriel_pixel_format format = oriel_pixel_from_name(value);

	if (format == ORIEL_PIXEL_INVALID)
		return -EINVAL;
	options->test.format = format;
	return 0;
}

static int take_rotation(struct oriel_guest_options *options, const char *value)
{
	static const char *const names[] = {"0", "90", "180", "270", NULL};
	int index = take_name(names, value);

	if (index < 0)
		return index;
	options->test.rotation = (enum oriel_rotation)index;
	return 0;
}

static int take_pattern(struct oriel_guest_options *options, const char *value)
{
	const struct oriel_pattern_kind *kind = oriel_pattern_find(value);

	if (!kind)
		return -EINVAL;
	options->test.pattern = kind;
	return 0;
}

static int take_damage(struct oriel_guest_options *options, const char *value)
{
	static const char *const names[] = {
		[ORIEL_TEST_DAMAGE_RECTS] = "rects",
		[ORIEL_TEST_DAMAGE_FULL] = "full",
		[ORIEL_TEST_DAMAGE_NONE] = "none",
		NULL,
	};
	int index = take_name(names, value);

	if (index < 0)
		return index;
	options->test.damage = (enum oriel_test_damage)index;
	return 0;
}

static int take_cursor(struct oriel_guest_options *options, const char *value)
{
	static const char *const names[] = {
		[ORIEL_CURSOR_COLOUR] = "colour",
		[ORIEL_CURSOR_MONOCHROME] = "monochrome",
		[ORIEL_CURSOR_MASKED] = "masked",
		NULL,
	};
	int index = take_name(names, value);

	if (index < 0)
		return index;
	options->test.has_cursor = true;
	options->test.cursor = (enum oriel_cursor_type)index;
	return 0;
}

static int take_frames(struct oriel_guest_options *options, const char *value)
{
	return take_number(value, 1, UINT32_MAX, &options->test.frames);
}

static int take_help(struct oriel_guest_options *options, const char *value)
{
	options->action = ORIEL_GUEST_HELP;
	return 0;
}

static int take_version(struct oriel_guest_options *options, const char *value)
{
	options->action = ORIEL_GUEST_VERSION;
	return 0;
}

static const struct row rows[] = {
	{"--shm", "FILE", "map this file instead of looking for the IVSHMEM device", NULL,
		take_shm},
	{"--device", "DDDD:BB:DD.F", "use the IVSHMEM device at this PCI address", NULL,
		take_device},
	{"--capture", "SOURCE", "auto, kms, x11 or test; auto: x11 with a display, else kms", NULL,
		take_capture},
	{"--fps", "N", "look for changes so often per second, 1 to 1000; 60 unless given", NULL,
		take_fps},
	{"--wait", NULL, "wait for a device, file or screen that is not there yet", NULL,
		take_wait},
	{"--verbose", NULL, "say more", NULL, take_verbose},
	{"--card", "PATH", "the DRM device to capture, like /dev/dri/card0", "kms", take_card},
	{"--display", "NAME", "the X display to capture; $DISPLAY unless given", "x11",
		take_display},
	{"--size", "WxH", "64 to 16384 pixels each; 1920x1080 unless given", "test", take_size},
	{"--format", "NAME", "bgra, rgba, rgba10, rgba16f, bgr_32 or rgb_24", "test", take_format},
	{"--rotation", "DEGREES", "0, 90, 180 or 270: store the picture turned clockwise", "test",
		take_rotation},
	{"--pattern", "NAME", "box, boxes or scroll", "test", take_pattern},
	{"--damage", "MODE", "rects, full or none: what is said to have changed", "test",
		take_damage},
	{"--cursor", "TYPE", "colour, monochrome or masked: also a moving cursor", "test",
		take_cursor},
	{"--frames", "N", "stand still after so many pictures", "test", take_frames},
	{"--help", NULL, "show this and end", NULL, take_help},
	{"--version", NULL, "show the version and end", NULL, take_version},
};
#define ROWS (sizeof rows / sizeof rows[0])

void oriel_guest_options_init(struct oriel_guest_options *options)
{
	*options = (struct oriel_guest_options){
		.capture = "auto",
		.fps = 60,
		.test =
			{
				.width_px = 1920,
				.height_px = 1080,
				.format = ORIEL_PIXEL_BGRA,
				.pattern = &oriel_pattern_kinds[0],
			},
	};
}

/* The row for "--name" or "--name=value"; *ret_value is what follows the "=", or NULL. */
static const struct row *find_row(const char *argument, const char **ret_value)
{
	size_t length = strcspn(argument, "=");

	for (size_t i = 0; i < ROWS; i++) {
		if (strlen(rows[i].name) != length || strncmp(rows[i].name, argument, length))
			continue;
		*ret_value = argument[length] ? argument + length + 1 : NULL;
		return &rows[i];
	}
	return NULL;
}

/* Takes the option at argv[*at] and leaves *at at its last argument. */
static int take_one(struct oriel_guest_options *options, bool *is_given, int argc, char **argv,
	int *at, struct oriel_error *error)
{
	const char *value = NULL;
	const struct row *row = find_row(argv[*at], &value);

	if (!row)
		return oriel_error_set(
			error, -EINVAL, "unknown option '%s': see --help", argv[*at]);
	if (!row->value && value)
		return oriel_error_set(error, -EINVAL, "%s takes no value", row->name);
	if (row->value && !value && *at + 1 < argc)
		value = argv[++*at];
	if (row->value && !value)
		return oriel_error_set(
			error, -EINVAL, "%s needs a value: %s", row->name, row->help);
	if (row->take(options, value))
		return oriel_error_set(error, -EINVAL, "'%s' is no good value (%s %s: %s)", value,
			row->name, row->value, row->help);
	is_given[row - rows] = true;
	return 0;
}

/* An option that would do nothing is a mistake. auto stands for kms or x11. */
static int check_sources(
	const struct oriel_guest_options *options, const bool *is_given, struct oriel_error *error)
{
	bool is_auto = !strcmp(options->capture, "auto");

	for (size_t i = 0; i < ROWS; i++) {
		const char *source = rows[i].source;

		if (!is_given[i] || !source || !strcmp(source, options->capture))
			continue;
		if (is_auto && strcmp(source, "test"))
			continue;
		return oriel_error_set(error, -EINVAL, "%s belongs to --capture %s, not to %s",
			rows[i].name, source, options->capture);
	}
	if (options->shm && options->device)
		return oriel_error_set(error, -EINVAL, "--shm and --device exclude each other");
	return 0;
}

int oriel_guest_options_parse(
	struct oriel_guest_options *ret_options, int argc, char **argv, struct oriel_error *error)
{
	struct oriel_guest_options options;
	bool is_given[ROWS] = {false};
	int rc;

	oriel_guest_options_init(&options);
	for (int at = 1; at < argc; at++) {
		rc = take_one(&options, is_given, argc, argv, &at, error);
		if (rc)
			return rc;
	}
	rc = check_sources(&options, is_given, error);
	if (rc)
		return rc;
	*ret_options = options;
	return 0;
}

void oriel_guest_options_print_help(FILE *out)
{
	fputs("Usage: oriel-guest [OPTION]...\n"
	      "Captures this machine's screen and cursor into the shared memory of its virtual\n"
	      "machine, for oriel-view or a Looking Glass B7 client on the host.\n\n",
		out);
	for (size_t i = 0; i < ROWS; i++) {
		char left[40];

		snprintf(left, sizeof left, "%s%s%s", rows[i].name, rows[i].value ? " " : "",
			rows[i].value ? rows[i].value : "");
		fprintf(out, "  %-22s %s%s%s%s\n", left, rows[i].source ? "(" : "",
			rows[i].source ? rows[i].source : "", rows[i].source ? ") " : "",
			rows[i].help);
	}
	fputs("\nExit status: 0 ended by SIGINT or SIGTERM, 1 failed, 2 not understood.\n", out);
}
