/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A limit of pictures a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "view/limit.h"

#define MS ORIEL_NS_PER_MS

/* Pictures that come every period_ns for ten seconds, looked at late by up to late_ns: how many are
 * shown. */
static unsigned show(struct oriel_limit *limit, uint64_t period_ns, uint64_t late_ns)
{
	unsigned shown = 0;
	uint64_t now_ns = ORIEL_NS_PER_S;

	for (uint64_t end_ns = 11 * ORIEL_NS_PER_S; now_ns < end_ns; now_ns += period_ns) {
		uint64_t look_ns = now_ns + (now_ns / period_ns % 3) * late_ns / 2;

		if (oriel_limit_get_wait_ns(limit, look_ns))
			continue;
		oriel_limit_note(limit, look_ns);
		shown++;
	}
	return shown;
}

static void without_a_limit_nothing_waits(void **state)
{
	struct oriel_limit limit;

	oriel_limit_init(&limit, 0);
	assert_int_equal(show(&limit, MS, 0), 10000);
}

static void no_more_are_shown_and_hardly_fewer(void **state)
{
	static const uint32_t limits[] = {5, 24, 30, 60, 100};

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct oriel_limit limit;

		oriel_limit_init(&limit, limits[i]);
		assert_in_range(
			show(&limit, MS, MS), limits[i] * 10 - limits[i] / 5, limits[i] * 10 + 1);
	}
}

static void after_a_pause_one_comes_at_once_and_no_burst(void **state)
{
	struct oriel_limit limit;
	const uint64_t later_ns = 100 * ORIEL_NS_PER_S;

	oriel_limit_init(&limit, 50);
	oriel_limit_note(&limit, ORIEL_NS_PER_S);
	assert_int_equal(oriel_limit_get_wait_ns(&limit, ORIEL_NS_PER_S + 5 * MS), 15 * MS);
	assert_int_equal(oriel_limit_get_wait_ns(&limit, later_ns), 0);
	oriel_limit_note(&limit, later_ns);
	assert_int_equal(oriel_limit_get_wait_ns(&limit, later_ns), 20 * MS);
	assert_int_equal(oriel_limit_get_wait_ns(&limit, later_ns + 20 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_nothing_waits),
		cmocka_unit_test(no_more_are_shown_and_hardly_fewer),
		cmocka_unit_test(after_a_pause_one_comes_at_once_and_no_burst),
	};

	return cmocka_run_group_tests_name("view-limit", tests, NULL, NULL);
}
