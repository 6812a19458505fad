/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the render thread is taken to stand still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "view/watch.h"

static struct oriel_watch watch;

static int set_up(void **state)
{
	watch = (struct oriel_watch){0};
	return 0;
}

/* After how many looks at one beat it is taken to stand still; 0: never. */
static int looks_until_stuck(unsigned beat)
{
	for (int looks = 1; looks < 100; looks++)
		if (oriel_watch_look(&watch, beat))
			return looks;
	return 0;
}

static void who_works_and_rests_is_well(void **state)
{
	for (unsigned beat = 0; beat < 100; beat++)
		assert_false(oriel_watch_look(&watch, beat));
	/* Each time at work, with many turns between. */
	for (unsigned beat = 1; beat < 10000; beat += 100)
		assert_false(oriel_watch_look(&watch, beat));
}

static void a_long_rest_is_none(void **state)
{
	assert_int_equal(looks_until_stuck(4), 0);
}

static void one_piece_of_work_that_does_not_end_is(void **state)
{
	assert_int_equal(looks_until_stuck(5), ORIEL_WATCH_LOOKS + 1);
	assert_true(oriel_watch_look(&watch, 5));
}

static void it_is_well_again_with_the_next_beat(void **state)
{
	assert_int_not_equal(looks_until_stuck(5), 0);
	assert_false(oriel_watch_look(&watch, 6));
	assert_int_equal(looks_until_stuck(7), ORIEL_WATCH_LOOKS + 1);
}

/* All stood still, the looks too: the first one after that says nothing. */
static void a_computer_that_slept_is_not_blamed(void **state)
{
	assert_false(oriel_watch_look(&watch, 5));
	assert_false(oriel_watch_look(&watch, 5));
	assert_false(oriel_watch_look(&watch, 7));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		CASE(who_works_and_rests_is_well),
		CASE(a_long_rest_is_none),
		CASE(one_piece_of_work_that_does_not_end_is),
		CASE(it_is_well_again_with_the_next_beat),
		CASE(a_computer_that_slept_is_not_blamed),
	};

	return cmocka_run_group_tests_name("view-watch", tests, NULL, NULL);
}
