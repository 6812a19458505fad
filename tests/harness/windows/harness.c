/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmocka.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where a failed assertion goes on: after the step that is running. */
static jmp_buf after_step;

void harness_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	longjmp(after_step, 1);
}

void print_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

void harness_check_integers(bool equal, uintmax_t a, uintmax_t b, const char *file, int line)
{
	if ((a == b) != equal)
		harness_fail(
			file, line, "0x%" PRIxMAX " %s 0x%" PRIxMAX, a, equal ? "is not" : "is", b);
}

void harness_check_range(
	uintmax_t value, uintmax_t least, uintmax_t most, const char *file, int line)
{
	if (value < least || value > most)
		harness_fail(file, line, "%" PRIuMAX " is not from %" PRIuMAX " to %" PRIuMAX,
			value, least, most);
}

void harness_check_strings(const char *a, const char *b, const char *file, int line)
{
	if (strcmp(a, b))
		harness_fail(file, line, "\"%s\" is not \"%s\"", a, b);
}

void harness_check_memory(const void *a, const void *b, size_t size, const char *file, int line)
{
	const uint8_t *left = a, *right = b;

	for (size_t i = 0; i < size; i++)
		if (left[i] != right[i])
			harness_fail(file, line, "byte %zu of %zu: 0x%02x is not 0x%02x", i, size,
				left[i], right[i]);
}

static bool run_fixture(CMFixtureFunction *fixture, void **state)
{
	if (!fixture)
		return true;
	if (setjmp(after_step))
		return false;
	return !fixture(state);
}

static bool run_body(const struct CMUnitTest *test, void **state)
{
	if (setjmp(after_step))
		return false;
	test->test_func(state);
	return true;
}

static bool run_case(const struct CMUnitTest *test, void **state)
{
	bool passed = run_fixture(test->setup_func, state);

	if (passed)
		passed = run_body(test, state);
	/* Also after a failure, as the next case finds what this one leaves. */
	return run_fixture(test->teardown_func, state) && passed;
}

int harness_run(const struct CMUnitTest *tests, size_t count, CMFixtureFunction *setup,
	CMFixtureFunction *teardown)
{
	void *state = NULL;
	int failed = 0;

	printf("1..%zu\n", count);
	if (!run_fixture(setup, &state)) {
		printf("Bail out! the set-up of all cases failed\n");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		bool passed = run_case(&tests[i], &state);

		printf("%s %zu - %s\n", passed ? "ok" : "not ok", i + 1, tests[i].name);
		fflush(stdout);
		failed += !passed;
	}
	return run_fixture(teardown, &state) ? failed : failed + 1;
}
