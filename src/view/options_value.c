/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/options_value.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/time.h"
#include "view/options.h"
#include "view/profile.h"

#define SIDE_MAX_PX 16384u
#define POSITION_MAX_PX 32767
#define TIMEOUT_MAX_S 1e9
#define CLIPBOARD_MAX_MIB 1024ul
#define SEND_MAX_MIB (16ul << 20)
#define AUDIO_LATENCY_MAX_MS 500u

/* A guest gives up a viewer that takes no frame for a second. */
#define FPS_LIMIT_MIN 5u
#define FPS_LIMIT_MAX 1000u

#define NAME_MAX_BYTES 64u

static void *member_of(const struct oriel_view_option *option, struct oriel_view_options *options)
{
	return (char *)options + option->offset;
}

int oriel_option_set_text(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	if (!*value)
		return oriel_error_set(error, -EINVAL, "is empty: give it %s", option->argument);
	*(const char **)member_of(option, options) = g_intern_string(value);
	return 0;
}

int oriel_option_set_folder(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	if (*value != '/')
		return oriel_error_set(
			error, -EINVAL, "takes a path that begins with /, not \"%s\"", value);
	return oriel_option_set_text(option, options, value, error);
}

static bool is_usb_number(const char *text, long least, long most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 0);
	return end != text && !*end && !errno && number >= least && number <= most &&
	       !strpbrk(text, " \t+");
}

/* As usbredir reads it: a class, a vendor, a product, a version, and whether it is allowed. */
static bool is_usb_rule(const char *rule)
{
	static const struct {
		long least, most;
	} ranges[] = {
		{-1, UINT8_MAX}, {-1, UINT16_MAX}, {-1, UINT16_MAX}, {-1, UINT16_MAX}, {0, 1}};
	g_auto(GStrv) fields = g_strsplit(rule, ",", -1);

	if (g_strv_length(fields) != G_N_ELEMENTS(ranges))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		if (!is_usb_number(fields[i], ranges[i].least, ranges[i].most))
			return false;
	return true;
}

int oriel_option_set_usb_filter(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	g_auto(GStrv) rules = g_strsplit(value, "|", -1);
	bool is_good = *rules;

	for (char **at = rules; *at; at++)
		is_good = is_good && is_usb_rule(*at);
	if (is_good)
		return oriel_option_set_text(option, options, value, error);
	return oriel_error_set(error, -EINVAL,
		"takes rules with | between, CLASS,VENDOR,PRODUCT,VERSION,ALLOW each, the class "
		"up to 255, the next three up to 65535, -1 for any, and ALLOW 0 or 1, not \"%s\"",
		value);
}

int oriel_option_set_flag(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	bool is_yes = !strcmp(value, "yes");

	if (!is_yes && strcmp(value, "no"))
		return oriel_error_set(error, -EINVAL, "takes yes or no, not \"%s\"", value);
	*(bool *)member_of(option, options) = is_yes;
	return 0;
}

int oriel_option_set_headless(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	options->window = "headless";
	return 0;
}

/* Index of value among the choices. */
static int find_choice(const struct oriel_view_option *option, const char *value, int *ret_index,
	struct oriel_error *error)
{
	const char *near = oriel_suggest_nearest(value, option->choices);
	char list[192] = "";

	for (int i = 0; option->choices[i]; i++) {
		if (!strcmp(option->choices[i], value)) {
			*ret_index = i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
		strncat(list, option->choices[i], sizeof list - strlen(list) - 1);
	}
	/* What is legal first: a value may be longer than a message. */
	return oriel_error_set(error, -EINVAL, "takes %s, not \"%s\"%s%s%s", list, value,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int oriel_option_set_choice(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return find_choice(option, value, member_of(option, options), error);
}

int oriel_option_set_name(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	int index = 0;
	int result = find_choice(option, value, &index, error);

	if (!result)
		*(const char **)member_of(option, options) = option->choices[index];
	return result;
}

int oriel_option_set_profile(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	int result = oriel_option_set_name(option, options, value, error);

	return result ? result : oriel_profile_apply(options->profile, options, error);
}

int oriel_option_set_shell(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	int index = 0;
	int result = find_choice(option, value, &index, error);

	if (!result)
		options->completion = index + 1;
	return result;
}

/* It becomes part of file names. */
int oriel_option_set_vm(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, struct oriel_error *error)
{
	bool is_good = *value && *value != '.' && strlen(value) <= NAME_MAX_BYTES &&
		       g_utf8_validate(value, -1, NULL);

	for (const char *at = value; *at && is_good; at++)
		is_good = *at != '/' && !g_ascii_iscntrl(*at);
	if (!is_good)
		return oriel_error_set(error, -EINVAL,
			"takes the name of a VM, at most %u bytes without / and not beginning with "
			"a dot, not \"%.*s\"",
			NAME_MAX_BYTES, (int)NAME_MAX_BYTES, value);
	return oriel_option_set_text(option, options, value, error);
}

static bool is_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

int oriel_option_set_count(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	unsigned long long count;

	errno = 0;
	count = strtoull(value, NULL, 10);
	if (!is_digits(value) || errno || !count)
		return oriel_error_set(
			error, -EINVAL, "takes a whole number from 1 on, not \"%s\"", value);
	*(uint64_t *)member_of(option, options) = count;
	return 0;
}

static int take_mebibytes(
	uint64_t *ret_bytes, const char *value, unsigned long max_mib, struct oriel_error *error)
{
	unsigned long count = strlen(value) <= 8 ? strtoul(value, NULL, 10) : 0;

	if (!is_digits(value) || !count || count > max_mib)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from 1 to %lu, in MiB, not \"%s\"", max_mib, value);
	*ret_bytes = (uint64_t)count << 20;
	return 0;
}

int oriel_option_set_clipboard_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return take_mebibytes(member_of(option, options), value, CLIPBOARD_MAX_MIB, error);
}

int oriel_option_set_send_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return take_mebibytes(member_of(option, options), value, SEND_MAX_MIB, error);
}

int oriel_option_set_seconds(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	double seconds;

	seconds = strtod(value, NULL);
	if (!*value || value[strspn(value, "0123456789.")] ||
		strchr(value, '.') != strrchr(value, '.') || !(seconds > 0.0) ||
		seconds > TIMEOUT_MAX_S)
		return oriel_error_set(
			error, -EINVAL, "takes seconds above 0, like 10 or 0.5, not \"%s\"", value);
	*(uint64_t *)member_of(option, options) = (uint64_t)(seconds * 1e9);
	return 0;
}

int oriel_option_set_latency(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	unsigned long latency_ms = is_digits(value) ? strtoul(value, NULL, 10) : 0;

	if (!latency_ms || latency_ms > AUDIO_LATENCY_MAX_MS)
		return oriel_error_set(error, -EINVAL,
			"takes whole milliseconds from 1 to %u, not \"%s\"", AUDIO_LATENCY_MAX_MS,
			value);
	*(uint32_t *)member_of(option, options) = (uint32_t)latency_ms;
	return 0;
}

int oriel_option_set_escape_key(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return oriel_key_parse_combination(&options->capture.escape, value, error);
}

int oriel_option_set_binding(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	struct oriel_bindings bindings = options->capture.bindings;
	g_auto(GStrv) each = g_strsplit(value, ",", -1);

	for (char **text = each; *text; text++)
		if (oriel_bindings_set(&bindings, g_strstrip(*text), error))
			return -EINVAL;
	options->capture.bindings = bindings;
	return 0;
}

int oriel_option_set_sensitivity(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (!*value || *end || value[strspn(value, "+-0123456789")] ||
		labs(number) > ORIEL_CAPTURE_SENSITIVITY_MAX)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from -%d to %d, not \"%s\"",
			ORIEL_CAPTURE_SENSITIVITY_MAX, ORIEL_CAPTURE_SENSITIVITY_MAX, value);
	options->capture.sensitivity = (int)number;
	return 0;
}

/* A number within bounds, for a member of 32 bits. */
static int set_bounded(const struct oriel_view_option *option, struct oriel_view_options *options,
	const char *value, uint32_t least, uint32_t most, struct oriel_error *error)
{
	bool is_number = is_digits(value) && strlen(value) < 10;
	unsigned long number = is_number ? strtoul(value, NULL, 10) : 0;

	if (number < least || number > most)
		return oriel_error_set(error, -EINVAL,
			"takes a whole number from %u to %u, not \"%s\"", least, most, value);
	*(uint32_t *)member_of(option, options) = (uint32_t)number;
	return 0;
}

int oriel_option_set_fps_limit(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	if (!strcmp(value, "none")) {
		options->fps_limit = 0;
		return 0;
	}
	if (set_bounded(option, options, value, FPS_LIMIT_MIN, FPS_LIMIT_MAX, NULL))
		return oriel_error_set(error, -EINVAL,
			"takes none or a whole number from %u to %u, not \"%s\"", FPS_LIMIT_MIN,
			FPS_LIMIT_MAX, value);
	return 0;
}

int oriel_option_set_brightness(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return set_bounded(option, options, value, 10, 400, error);
}

int oriel_option_set_nits(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	return set_bounded(option, options, value, 10, 10000, error);
}

int oriel_option_set_size(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
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
			"takes auto or WIDTHxHEIGHT with sides of 1 to %u, not \"%s\"", SIDE_MAX_PX,
			value);
	options->width_px = width_px;
	options->height_px = height_px;
	return 0;
}

int oriel_option_set_position(const struct oriel_view_option *option,
	struct oriel_view_options *options, const char *value, struct oriel_error *error)
{
	int x_px = 0, y_px = 0, end = 0;

	if (!strcmp(value, "auto")) {
		options->position.is_set = false;
		options->position.x_px = options->position.y_px = 0;
		return 0;
	}
	if (value[strspn(value, "0123456789,-")] ||
		sscanf(value, "%6d,%6d%n", &x_px, &y_px, &end) != 2 || value[end] ||
		abs(x_px) > POSITION_MAX_PX || abs(y_px) > POSITION_MAX_PX)
		return oriel_error_set(error, -EINVAL,
			"takes auto or X,Y from -%d to %d, not \"%s\"", POSITION_MAX_PX,
			POSITION_MAX_PX, value);
	options->position.is_set = true;
	options->position.x_px = x_px;
	options->position.y_px = y_px;
	return 0;
}
