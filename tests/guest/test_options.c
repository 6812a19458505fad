/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line: what is understood, what is refused and how. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "guest/core/options.h"
#include "guest/rig.h"

#define ARGUMENTS_MAX 16

static int parse(struct oriel_guest_options *options, struct oriel_error *error,
	const char *const *arguments)
{
	char *argv[ARGUMENTS_MAX + 1] = {(char *)"oriel-guest"};
	int argc = 1;

	for (; arguments[argc - 1]; argc++)
		argv[argc] = (char *)arguments[argc - 1];
	return oriel_guest_options_parse(options, argc, argv, error);
}

static void test_defaults(void **state)
{
	struct oriel_guest_options options;
	struct oriel_error error;

	assert_int_equal(parse(&options, &error, (const char *const[]){NULL}), 0);
	assert_int_equal(options.action, ORIEL_GUEST_RUN);
	assert_string_equal(options.capture, "auto");
	assert_int_equal(options.fps, 60);
	assert_null(options.shm);
	assert_null(options.device);
	assert_false(options.wait);
	assert_int_equal(options.test.width_px, 1920);
	assert_int_equal(options.test.height_px, 1080);
	assert_int_equal(options.test.format, ORIEL_PIXEL_BGRA);
	assert_string_equal(options.test.pattern->name, "box");
	assert_false(options.test.has_cursor);
}

static void test_all(void **state)
{
	const char *const arguments[] = {"--shm=/a", "--capture", "test", "--fps", "1000",
		"--size=64x16384", "--format", "rgba16f", "--rotation", "270", "--pattern",
		"scroll", "--damage=none", "--cursor=masked", "--frames=4294967295", NULL};
	struct oriel_guest_options options;
	struct oriel_error error;

	assert_int_equal(parse(&options, &error, arguments), 0);
	assert_string_equal(options.shm, "/a");
	assert_string_equal(options.capture, "test");
	assert_int_equal(options.fps, 1000);
	assert_int_equal(options.test.width_px, 64);
	assert_int_equal(options.test.height_px, 16384);
	assert_int_equal(options.test.format, ORIEL_PIXEL_RGBA16F);
	assert_int_equal(options.test.rotation, ORIEL_ROTATE_270);
	assert_string_equal(options.test.pattern->name, "scroll");
	assert_int_equal(options.test.damage, ORIEL_TEST_DAMAGE_NONE);
	assert_true(options.test.has_cursor);
	assert_int_equal(options.test.cursor, ORIEL_CURSOR_MASKED);
	assert_int_equal(options.test.frames, UINT32_MAX);
}

static void test_auto_takes_sources_options(void **state)
{
	struct oriel_guest_options options;
	struct oriel_error error;

	assert_int_equal(parse(&options, &error,
				 (const char *const[]){"--card", "/dev/dri/card1", "--device",
					 "0000:00:1f.7", "--wait", "--verbose", NULL}),
		0);
	assert_string_equal(options.card, "/dev/dri/card1");
	assert_string_equal(options.device, "0000:00:1f.7");
	assert_true(options.wait);
	assert_true(options.verbose);
}

/* What is refused, and a word that its message must contain. */
static const struct {
	const char *arguments[5];
	const char *word;
} refused[] = {
	{{"--foo"}, "'--foo'"},
	{{"shm"}, "'shm'"},
	{{"-h"}, "'-h'"},
	{{"--sh", "/a"}, "'--sh'"},
	{{"--shm"}, "--shm needs"},
	{{"--shm="}, "--shm"},
	{{"--wait=1"}, "--wait takes no value"},
	{{"--fps", "0"}, "'0'"},
	{{"--fps", "1001"}, "'1001'"},
	{{"--fps", "99999999999999999999"}, "'99999999999999999999'"},
	{{"--fps", "60x"}, "'60x'"},
	{{"--fps", " 60"}, "' 60'"},
	{{"--fps", "-1"}, "'-1'"},
	{{"--fps", ""}, "''"},
	{{"--capture", "dxgi"}, "'dxgi'"},
	{{"--device", "00:02.0"}, "'00:02.0'"},
	{{"--device", "0000:00:02,0"}, "'0000:00:02,0'"},
	{{"--capture", "test", "--size", "1920"}, "'1920'"},
	{{"--capture", "test", "--size", "63x64"}, "'63x64'"},
	{{"--capture", "test", "--size", "64x64x"}, "'64x64x'"},
	{{"--capture", "test", "--size", "16385x64"}, "'16385x64'"},
	{{"--capture", "test", "--format", "BGRA"}, "'BGRA'"},
	{{"--capture", "test", "--rotation", "45"}, "'45'"},
	{{"--capture", "test", "--pattern", "stripes"}, "'stripes'"},
	{{"--capture", "test", "--damage", "some"}, "'some'"},
	{{"--capture", "test", "--cursor", "big"}, "'big'"},
	{{"--capture", "test", "--frames", "0"}, "'0'"},
	{{"--size", "640x480"}, "--capture test"},
	{{"--capture", "kms", "--display", ":0"}, "--capture x11"},
	{{"--capture", "test", "--card", "/dev/dri/card0"}, "--capture kms"},
	{{"--shm", "/a", "--device", "0000:00:02.0"}, "--device"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct oriel_guest_options options = {.fps = 7};
		struct oriel_error error = {0};

		assert_int_equal(parse(&options, &error, refused[i].arguments), -EINVAL);
		if (!strstr(error.message, refused[i].word))
			fail_msg("'%s' lacks %s", error.message, refused[i].word);
		assert_null(strchr(error.message, '\n'));
		assert_int_equal(options.fps, 7);
	}
}

/* ---- the program ---------------------------------------------------------------------------- */

static int run(int stream_fd, char *ret_text, size_t size, const char *first, const char *second)
{
	return rig_run((const char *const[]){ORIEL_GUEST_PATH, first, second, NULL}, stream_fd,
		ret_text, size);
}

static void expect_one_line(const char *text)
{
	const char *end = strchr(text, '\n');

	assert_non_null(end);
	assert_int_equal(end[1], '\0');
}

static void test_program(void **state)
{
	char text[4096];

	assert_int_equal(run(STDOUT_FILENO, text, sizeof text, "--help", NULL), 0);
	assert_non_null(strstr(text, "--shm FILE"));
	assert_int_equal(run(STDOUT_FILENO, text, sizeof text, "--version", NULL), 0);
	assert_string_equal(text, "oriel-guest " ORIEL_VERSION "\n");
	assert_int_equal(run(STDERR_FILENO, text, sizeof text, "--help", NULL), 0);
	assert_string_equal(text, "");
	assert_int_equal(run(STDERR_FILENO, text, sizeof text, "--junk", NULL), 2);
	expect_one_line(text);
	assert_int_equal(run(STDERR_FILENO, text, sizeof text, "--shm", "/nonexistent/file"), 1);
	expect_one_line(text);
	assert_non_null(strstr(text, "/nonexistent/file"));
	assert_int_equal(run(STDERR_FILENO, text, sizeof text, "--shm", "/tmp"), 1);
	expect_one_line(text);
}

static void test_small_file(void **state)
{
	char path[64], text[2048];

	snprintf(path, sizeof path, "/tmp/oriel-test-options-%d", (int)getpid());
	fclose(fopen(path, "w"));
	assert_int_equal(truncate(path, 4 << 20), 0);
	assert_int_equal(run(STDERR_FILENO, text, sizeof text, "--shm", path), 1);
	unlink(path);
	expect_one_line(text);
	assert_non_null(strstr(text, path));
}

/* Every option of --help is in the manual page, and every option of the page in --help. */
static void expect_options_in(const char *from, const char *to)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
	char name[32];

	for (const char *at = strstr(from, "--"); at; at = strstr(at + strlen(name), "--")) {
		snprintf(name, sizeof name, "%.*s", (int)strspn(at, letters), at);
		if (!strstr(to, name))
			fail_msg("%s is only in one of --help and the manual page", name);
	}
}

static void test_manual_page(void **state)
{
	char help[4096], page[8192];

	assert_int_equal(run(STDOUT_FILENO, help, sizeof help, "--help", NULL), 0);
	assert_true(oriel_fd_read_file(ORIEL_GUEST_MAN, page, sizeof page) > 0);
	expect_options_in(help, page);
	expect_options_in(page, help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_auto_takes_sources_options),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_small_file),
		cmocka_unit_test(test_manual_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
