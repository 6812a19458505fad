/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock, and the random numbers. Nothing here measures against a limit from above. */
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

static void test_clock_never_goes_back(void **state)
{
	uint64_t before_ns = oriel_time_now_ns();

	assert_true(before_ns > 0);
	for (int i = 0; i < 10000; i++) {
		uint64_t now_ns = oriel_time_now_ns();

		assert_true(now_ns >= before_ns);
		before_ns = now_ns;
	}
}

static void test_sleep_lasts_at_least_that_long(void **state)
{
	uint64_t until_ns = oriel_time_now_ns() + 3 * ORIEL_NS_PER_MS;

	oriel_time_sharpen();
	oriel_time_sleep_until_ns(until_ns);
	assert_true(oriel_time_now_ns() >= until_ns);
	oriel_time_sleep_until_ns(0);
	oriel_time_sleep_until_ns(until_ns);
}

static void test_random_numbers_differ(void **state)
{
	uint32_t all_bits = 0, before = 0;

	for (int i = 0; i < 200; i++) {
		uint32_t number = oriel_random_u32();

		assert_int_not_equal(number, 0);
		assert_int_not_equal(number, before);
		all_bits |= number;
		before = number;
	}
	assert_int_equal(all_bits, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_never_goes_back),
		cmocka_unit_test(test_sleep_lasts_at_least_that_long),
		cmocka_unit_test(test_random_numbers_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
