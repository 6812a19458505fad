/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of cmocka's interface that the tests of base and relay use, for Windows, where Debian
 * packages no cmocka. The test sources are the same on both systems; this writes TAP.
 */
#ifndef ORIEL_TESTS_HARNESS_WINDOWS_CMOCKA_H
#define ORIEL_TESTS_HARNESS_WINDOWS_CMOCKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef void CMUnitTestFunction(void **state);
typedef int CMFixtureFunction(void **state);

struct CMUnitTest {
	const char *name;
	CMUnitTestFunction *test_func;
	CMFixtureFunction *setup_func;
	CMFixtureFunction *teardown_func;
};

/* Ends the running case as failed. */
__attribute__((noreturn)) void harness_fail(const char *file, int line, const char *format, ...)
	ORIEL_PRINTF(3, 4);

void harness_check_integers(bool equal, uintmax_t a, uintmax_t b, const char *file, int line);
void harness_check_range(
	uintmax_t value, uintmax_t least, uintmax_t most, const char *file, int line);
void harness_check_strings(const char *a, const char *b, const char *file, int line);
void harness_check_memory(const void *a, const void *b, size_t size, const char *file, int line);

/* Returns the number of failed cases; fixtures may be NULL. */
int harness_run(const struct CMUnitTest *tests, size_t count, CMFixtureFunction *setup,
	CMFixtureFunction *teardown);

void print_message(const char *format, ...) ORIEL_PRINTF(1, 2);

#define fail_msg(...) harness_fail(__FILE__, __LINE__, __VA_ARGS__)

#define assert_true(condition)                                                                     \
	((condition) ? (void)0 : harness_fail(__FILE__, __LINE__, "not true: %s", #condition))
#define assert_false(condition)                                                                    \
	((condition) ? harness_fail(__FILE__, __LINE__, "not false: %s", #condition) : (void)0)
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b) assert_true((const void *)(a) != (const void *)(b))
#define assert_int_equal(a, b)                                                                     \
	harness_check_integers(true, (uintmax_t)(a), (uintmax_t)(b), __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                 \
	harness_check_integers(false, (uintmax_t)(a), (uintmax_t)(b), __FILE__, __LINE__)
#define assert_in_range(value, least, most)                                                        \
	harness_check_range(                                                                       \
		(uintmax_t)(value), (uintmax_t)(least), (uintmax_t)(most), __FILE__, __LINE__)
#define assert_string_equal(a, b) harness_check_strings(a, b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size) harness_check_memory(a, b, size, __FILE__, __LINE__)

#define cmocka_unit_test(function)                                                                 \
	{                                                                                          \
#function, function, NULL, NULL                                                    \
	}
#define cmocka_unit_test_setup_teardown(function, setup, teardown)                                 \
	{                                                                                          \
#function, function, setup, teardown                                               \
	}
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	harness_run(tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
	cmocka_run_group_tests(tests, setup, teardown)

#endif
