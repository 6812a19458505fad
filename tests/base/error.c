/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set(void **state)
{
	struct oriel_error error = {0};

	assert_int_equal(oriel_error_set(&error, -EINVAL, "cannot use %d", 5), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.message, "cannot use 5");
}

static void test_errno_text_is_appended(void **state)
{
	struct oriel_error error = {0};

	assert_int_equal(oriel_error_set_errno(&error, -ENOENT, "cannot open %s", "f"), -ENOENT);
	assert_string_equal(error.message, "cannot open f: No such file or directory");
}

static void test_prefix(void **state)
{
	struct oriel_error error = {0};

	oriel_error_set(&error, -EIO, "broken");
	oriel_error_prefix(&error, "reading %s", "x");
	assert_string_equal(error.message, "reading x: broken");
	assert_int_equal(error.code, -EIO);
}

static void test_error_is_optional(void **state)
{
	assert_int_equal(oriel_error_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(oriel_error_set_errno(NULL, -EIO, "x"), -EIO);
	oriel_error_prefix(NULL, "x");
}

static void test_long_messages_are_cut(void **state)
{
	struct oriel_error error = {0};
	char text[1000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	oriel_error_set_errno(&error, -EIO, "%s", text);
	assert_int_equal(strlen(error.message), sizeof error.message - 1);
	oriel_error_prefix(&error, "%s", text);
	assert_int_equal(strlen(error.message), sizeof error.message - 1);
	oriel_error_set(&error, -EIO, "short");
	oriel_error_prefix(&error, "%s", text);
	assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_errno_text_is_appended),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_error_is_optional),
		cmocka_unit_test(test_long_messages_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
