/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned lines;
static enum oriel_log_level last_level;
static char last_line[1200];

static void keep(void *data, enum oriel_log_level level, const char *line)
{
	assert_ptr_equal(data, &lines);
	lines++;
	last_level = level;
	strncpy(last_line, line, sizeof last_line - 1);
}

static int setup(void **state)
{
	lines = 0;
	oriel_log_set_sink(keep, &lines);
	oriel_log_set_level(ORIEL_LOG_INFO);
	return 0;
}

static int teardown(void **state)
{
	oriel_log_set_sink(NULL, NULL);
	return 0;
}

/* Before the program named itself there is no ring: the first case, therefore. */
static void test_rt_without_a_ring_is_counted(void **state)
{
	unsigned count = oriel_log_count_rt();

	oriel_log_rt(ORIEL_LOG_DEBUG, "not wanted");
	assert_int_equal(oriel_log_count_rt(), count);
	oriel_log_rt(ORIEL_LOG_INFO, "lost");
	assert_int_equal(oriel_log_count_rt(), count + 1);
	assert_int_equal(lines, 0);
	oriel_log_flush();
	assert_int_equal(lines, 1);
	assert_int_equal(last_level, ORIEL_LOG_WARNING);
	assert_non_null(strstr(last_line, "1 lines"));
	oriel_log_set_program("test");
}

static void test_levels(void **state)
{
	oriel_log(ORIEL_LOG_DEBUG, "no");
	assert_int_equal(lines, 0);
	oriel_log(ORIEL_LOG_INFO, "value %d of %s", 3, "x");
	assert_int_equal(lines, 1);
	assert_string_equal(last_line, "value 3 of x");
	oriel_log_set_level(ORIEL_LOG_ERROR);
	oriel_log(ORIEL_LOG_WARNING, "no");
	oriel_log_rt(ORIEL_LOG_WARNING, "no");
	oriel_log_flush();
	assert_int_equal(lines, 1);
	oriel_log(ORIEL_LOG_ERROR, "yes");
	assert_int_equal(last_level, ORIEL_LOG_ERROR);
}

static void test_long_lines_are_cut(void **state)
{
	char text[2000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	oriel_log(ORIEL_LOG_INFO, "%s", text);
	assert_int_equal(strlen(last_line), 1023);
	oriel_log_rt(ORIEL_LOG_INFO, "%s", text);
	memset(last_line, 0, sizeof last_line);
	oriel_log_flush();
	assert_int_equal(strlen(last_line), 240);
}

static void test_rt_lines_wait_for_flush(void **state)
{
	oriel_log_rt(ORIEL_LOG_WARNING, "first");
	oriel_log_rt(ORIEL_LOG_INFO, "second %u", 2u);
	assert_int_equal(lines, 0);
	oriel_log_flush();
	assert_int_equal(lines, 2);
	assert_string_equal(last_line, "second 2");
	oriel_log_flush();
	assert_int_equal(lines, 2);
}

static void test_rt_lines_that_do_not_fit_are_counted(void **state)
{
	for (int i = 0; i < 70; i++)
		oriel_log_rt(ORIEL_LOG_INFO, "line %d", i);
	oriel_log_flush();
	assert_int_equal(lines, 64 + 1);
	assert_non_null(strstr(last_line, "6 lines"));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_rt_without_a_ring_is_counted),
		CASE(test_levels),
		CASE(test_long_lines_are_cut),
		CASE(test_rt_lines_wait_for_flush),
		CASE(test_rt_lines_that_do_not_fit_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
