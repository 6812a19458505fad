/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-view's options: what they take, and that everything else is refused with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/time.h"
#include "view/option.h"
#include "view/options.h"
#include "view/profile.h"

#define ARGUMENTS_MAX 16

/* Blank-separated arguments, put over what options has. */
static int parse_over(
	const char *line, struct oriel_view_options *options, struct oriel_error *error)
{
	char text[256];
	char *argv[ARGUMENTS_MAX] = {(char *)(uintptr_t) "oriel-view"};
	int argc = 1;

	snprintf(text, sizeof text, "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return oriel_options_parse(options, argc, argv, error);
}

static int parse(
	const char *line, struct oriel_view_options *ret_options, struct oriel_error *error)
{
	oriel_options_init(ret_options);
	return parse_over(line, ret_options, error);
}

static void defaults(void **state)
{
	struct oriel_view_options options;

	assert_int_equal(parse("", &options, NULL), 0);
	assert_int_equal(oriel_options_finish(&options, NULL), 0);
	assert_non_null(options.source);
	assert_string_equal(options.window, "auto");
	assert_string_equal(options.present, "auto");
	assert_string_equal(options.title, "Oriel");
	assert_null(options.screenshot);
	assert_int_equal(options.frames, 0);
	assert_int_equal(options.timeout_ns, 0);
	assert_int_equal(options.scale, ORIEL_SCALE_FIT);
	assert_int_equal(options.log_level, ORIEL_LOG_INFO);
	assert_false(options.stats);
}

static void values_are_taken(void **state)
{
	struct oriel_view_options options;

	assert_int_equal(
		parse("--source /a --frames 12 --timeout=0.5 --size 640x480", &options, NULL), 0);
	assert_string_equal(options.source, "/a");
	assert_int_equal(options.frames, 12);
	assert_int_equal(options.timeout_ns, ORIEL_NS_PER_S / 2);
	assert_int_equal(options.width_px, 640);
	assert_int_equal(options.height_px, 480);
	assert_int_equal(
		parse("--headless --stats --screenshot=x=y.png --scale integer", &options, NULL),
		0);
	assert_string_equal(options.window, "headless");
	assert_true(options.stats);
	assert_string_equal(options.screenshot, "x=y.png");
	assert_int_equal(options.scale, ORIEL_SCALE_INTEGER);
	assert_int_equal(
		parse("--filter linear --log debug --title A --present soft", &options, NULL), 0);
	assert_int_equal(options.filter, ORIEL_FILTER_LINEAR);
	assert_int_equal(options.log_level, ORIEL_LOG_DEBUG);
	assert_int_equal(
		parse("--window x11 --window=headless --size 1x1 --size auto", &options, NULL), 0);
	assert_string_equal(options.window, "headless");
	assert_int_equal(options.width_px, 0);
	assert_int_equal(parse("--help", &options, NULL), 0);
	assert_true(options.help);
	assert_int_equal(parse("--version", &options, NULL), 0);
	assert_true(options.version);
}

static void filters_of_usb_devices(void **state)
{
	static const char *const rows[] = {
		"0x08,-1,-1,-1,1",
		"-1,-1,-1,-1,0",
		"255,0xffff,65535,0x0100,1",
		"0x03,-1,-1,-1,0|-1,0x046d,0xC31C,-1,1|-1,-1,-1,-1,0",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_view_options options;
		char line[128];

		snprintf(line, sizeof line, "--usb-auto %s", rows[i]);
		assert_int_equal(parse(line, &options, NULL), 0);
		assert_string_equal(options.usb_auto, rows[i]);
	}
}

/* Each line is refused, and the message names what was wrong. */
static void nonsense_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{"--nonsense", "--nonsense"},
		{"--frame 3", "--frame"},
		{"-h", "two dashes"},
		{"--", "--"},
		{"file", "file"},
		{"--frames", "--frames"},
		{"--frames 0", "0"},
		{"--frames -1", "-1"},
		{"--frames +1", "+1"},
		{"--frames 1e3", "1e3"},
		{"--frames 99999999999999999999", "99999999999999999999"},
		{"--frames=", "--frames"},
		{"--timeout 0", "0"},
		{"--timeout -3", "-3"},
		{"--timeout nan", "nan"},
		{"--timeout inf", "inf"},
		{"--timeout 1.2.3", "1.2.3"},
		{"--timeout 5s", "5s"},
		{"--timeout .", "."},
		{"--timeout 99999999999", "99999999999"},
		{"--size 640", "640"},
		{"--size 640x", "640x"},
		{"--size 0x1", "0x1"},
		{"--size 640x480x2", "640x480x2"},
		{"--size -1x5", "-1x5"},
		{"--size 20000x5", "20000x5"},
		{"--size 100000x5", "100000x5"},
		{"--window quartz", "quartz"},
		{"--present directly", "directly"},
		{"--usb-auto 0x08", "0x08"},
		{"--usb-auto 0x08,-1,-1,-1", "0x08,-1,-1,-1"},
		{"--usb-auto 0x08,-1,-1,-1,1,1", "1,1"},
		{"--usb-auto 0x08,-1,-1,-1,2", "-1,2"},
		{"--usb-auto 0x08,-1,-1,-1,-1", "-1,-1"},
		{"--usb-auto 256,-1,-1,-1,1", "256"},
		{"--usb-auto -2,-1,-1,-1,1", "-2"},
		{"--usb-auto 8,65536,-1,-1,1", "65536"},
		{"--usb-auto 8,0x10000,-1,-1,1", "0x10000"},
		{"--usb-auto disk,-1,-1,-1,1", "disk"},
		{"--usb-auto 8,,-1,-1,1", "8,,"},
		{"--usb-auto 8x,-1,-1,-1,1", "8x"},
		{"--usb-auto +8,-1,-1,-1,1", "+8"},
		{"--usb-auto 8,-1,-1,-1,1|", "1|"},
		{"--usb-auto |8,-1,-1,-1,1", "|8"},
		{"--usb-auto 8,-1,-1,-1,1||3,-1,-1,-1,0", "||"},
		{"--usb-auto 8;-1;-1;-1;1", "8;"},
		{"--usb-auto=", "--usb-auto"},
		{"--send-from outbox", "outbox"},
		{"--send-limit 0", "0"},
		{"--send-limit 99999999", "99999999"},
		{"--clipboard-limit 1025", "1025"},
		{"--scale big", "big"},
		{"--filter soft", "soft"},
		{"--log loud", "loud"},
		{"--headless=1", "1"},
		{"--source=", "--source"},
		{"--title=", "--title"},
		{"--filtr linear", "--filter"},
		{"--scale strech", "did you mean \"stretch\""},
		{"--profile fast", "productivity"},
		{"--vm ../a", "../a"},
		{"--vm .a", ".a"},
		{"--vm=", "VM"},
		{"--completion csh", "bash, zsh, fish"},
		{"--no-stats", "--no-stats"},
		{"--no-title", "--no-title"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_view_options options = {.frames = 77};
		struct oriel_error error = {0};

		assert_int_equal(parse_over(rows[i][0], &options, &error), -EINVAL);
		assert_int_equal(options.frames, 77);
		assert_non_null(strstr(error.message, rows[i][1]));
		assert_null(strchr(error.message, '\n'));
	}
}

static void what_does_not_go_together_is_refused(void **state)
{
	struct oriel_view_options options;
	struct oriel_error error;

	assert_int_equal(parse("--present null --screenshot a.png", &options, NULL), 0);
	assert_int_equal(oriel_options_finish(&options, &error), -EINVAL);
	assert_non_null(strstr(error.message, "--screenshot"));
}

static void keep_line(void *data, const char *text)
{
	snprintf(data, 200, "%s", text);
}

static void what_has_no_effect_is_told(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"--headless --output DP-1", "--output DP-1 has no effect: there is no window"},
		{"--window x11 --output DP-1", ""},
		{"--usb-cd /a.iso", "--usb-cd /a.iso has no effect: it needs --spice"},
		{"--usb-cd /a.iso --spice localhost:5900", ""},
		{"--share-folder /srv", "--share-folder /srv has no effect: it needs --spice"},
		{"--send-from /srv", "--send-from /srv has no effect"},
		{"--spice-ca a.pem", "--spice-ca a.pem has no effect"},
		{"--password-file a", "--password-file a has no effect"},
		{"--usb-auto 0x08,-1,-1,-1,1", "--usb-auto 0x08,-1,-1,-1,1 has no effect"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_view_options options;
		char line[200] = "";

		assert_int_equal(parse(rows[i][0], &options, NULL), 0);
		oriel_options_tell_idle(&options, keep_line, line);
		if (*rows[i][1])
			assert_ptr_equal(strstr(line, rows[i][1]), line);
		else
			assert_string_equal(line, "");
	}
}

static void a_shader_needs_a_presenter_that_draws_with_it(void **state)
{
	static const char *const rows[][2] = {{"", "auto"}, {"--present soft", "soft"},
		{"--present direct", "direct"}, {"--present null", "null"}, {"--present gpu", NULL},
		{"--present vulkan", NULL}, {"--present opengl", NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_view_options options;
		struct oriel_error error = {0};
		char words[64];

		snprintf(words, sizeof words, "--shader a.glsl %s", rows[i][0]);
		assert_int_equal(parse(words, &options, NULL), 0);
		assert_string_equal(options.shader, "a.glsl");
		assert_int_equal(oriel_options_finish(&options, &error), rows[i][1] ? -EINVAL : 0);
		if (rows[i][1])
			assert_non_null(strstr(error.message, rows[i][1]));
	}
}

static void every_profile_can_be_applied(void **state)
{
	struct oriel_view_options options;

	for (size_t i = 0; oriel_profile_names[i]; i++) {
		oriel_options_init(&options);
		assert_int_equal(oriel_profile_apply(oriel_profile_names[i], &options, NULL), 0);
		assert_int_not_equal(options.width_px, 0);
	}
	assert_int_equal(parse("--profile productivity", &options, NULL), 0);
	assert_int_equal(options.width_px, 2560);
	assert_int_equal(options.swap, ORIEL_SWAP_VSYNC);
	assert_true(options.jit);
	assert_int_equal(options.content, ORIEL_CONTENT_ANY);
	assert_string_equal(options.profile, "productivity");
	assert_int_equal(parse("--profile gaming --size 640x480", &options, NULL), 0);
	assert_int_equal(options.width_px, 640);
	assert_int_equal(options.content, ORIEL_CONTENT_GAME);
	assert_int_equal(parse("--profile gaming --no-jit", &options, NULL), 0);
	assert_false(options.jit);
}

/* Whatever prints the table names every row, and stays readable. */
static void assert_names_all(const char *text, const char *before)
{
	for (const struct oriel_view_option *row = oriel_view_option_table; row->name; row++) {
		char name[64];

		snprintf(name, sizeof name, "%s%s", before, row->name);
		assert_non_null(strstr(text, name));
	}
}

static void help_names_every_option(void **state)
{
	char text[16384] = "";
	FILE *file = fmemopen(text, sizeof text, "w");

	oriel_options_print_help(file);
	fclose(file);
	assert_names_all(text, "  --");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 100);
}

static void completion_names_every_option(void **state)
{
	static const char *const before[] = {
		[ORIEL_OPTIONS_BASH] = "--",
		[ORIEL_OPTIONS_ZSH] = "'--",
		[ORIEL_OPTIONS_FISH] = " -l ",
	};

	for (int shell = ORIEL_OPTIONS_BASH; shell <= ORIEL_OPTIONS_FISH; shell++) {
		char text[16384] = "";
		FILE *file = fmemopen(text, sizeof text, "w");

		oriel_options_print_completion((enum oriel_options_shell)shell, file);
		fclose(file);
		assert_names_all(text, before[shell]);
		assert_non_null(strstr(text, "productivity"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(filters_of_usb_devices),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(what_does_not_go_together_is_refused),
		cmocka_unit_test(a_shader_needs_a_presenter_that_draws_with_it),
		cmocka_unit_test(what_has_no_effect_is_told),
		cmocka_unit_test(every_profile_can_be_applied),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(completion_names_every_option),
	};

	return cmocka_run_group_tests_name("view-options", tests, NULL, NULL);
}
