/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pace against guests made of numbers: when a frame is posted, how late each look is, all from
 * one fixed random sequence; nothing here measures time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "relay/pace.h"

#define US ORIEL_NS_PER_US
#define MS ORIEL_NS_PER_MS
#define FRAMES 400u
#define SETTLED 50u /* frames until the rhythm is known */

struct guest {
	uint64_t period_ns;
	uint64_t jitter_ns;
	uint32_t skips_each;	/* every so many frames one is left out; 0: none */
	uint32_t stumbles_each; /* every so many frames one comes a quarter late; 0: none */
};

struct outcome {
	uint64_t median_ns, p99_ns;
	uint32_t looks_per_frame;
};

static uint64_t random_state;

static uint64_t random_below(uint64_t end)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return end ? (random_state >> 33) % end : 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* A sleep ends 30 to 100 us late, as on the machines that were measured. */
static struct outcome watch(const struct guest *guest)
{
	static uint64_t late_ns[FRAMES];
	struct outcome outcome = {0};
	struct oriel_pace pace;
	uint64_t now_ns = 1000 * MS, due_ns = now_ns, post_ns = now_ns;
	uint32_t looks = 0, seen = 0;

	random_state = 1;
	oriel_pace_init(&pace);
	while (seen < FRAMES) {
		looks += seen >= SETTLED;
		if (now_ns >= post_ns) {
			late_ns[seen++] = now_ns - post_ns;
			oriel_pace_arrived(&pace, now_ns, 1);
			due_ns += guest->period_ns;
			if (guest->skips_each && seen % guest->skips_each == 0)
				due_ns += guest->period_ns;
			post_ns = due_ns + random_below(guest->jitter_ns);
			if (guest->stumbles_each && seen % guest->stumbles_each == 0)
				post_ns += guest->period_ns / 4;
		}
		now_ns += oriel_pace_get_wait_ns(&pace, now_ns) + 30 * US + random_below(70 * US);
	}
	qsort(late_ns + SETTLED, FRAMES - SETTLED, sizeof *late_ns, compare);
	outcome.median_ns = late_ns[SETTLED + (FRAMES - SETTLED) / 2];
	outcome.p99_ns = late_ns[SETTLED + (FRAMES - SETTLED) * 99 / 100];
	outcome.looks_per_frame = looks / (FRAMES - SETTLED);
	return outcome;
}

static void steady_guests_are_seen_at_once(void **state)
{
	static const struct guest guests[] = {
		{16666667, 0, 0},
		{16666667, 200 * US, 0},
		{16666667, 1000 * US, 0},
		{16666667, 200 * US, 3},
		{4166667, 0, 0},
		{4166667, 200 * US, 0},
		{4166667, 200 * US, 5},
		{6944444, 300 * US, 0},
		{33333333, 300 * US, 0},
	};

	for (size_t i = 0; i < sizeof guests / sizeof guests[0]; i++) {
		struct outcome outcome = watch(&guests[i]);

		if (outcome.median_ns > 100 * US || outcome.p99_ns > 500 * US)
			fail_msg("guest %zu: median %llu us, p99 %llu us", i,
				(unsigned long long)(outcome.median_ns / US),
				(unsigned long long)(outcome.p99_ns / US));
		if (outcome.looks_per_frame > 20)
			fail_msg("guest %zu: %u looks per frame", i, outcome.looks_per_frame);
	}
}

/* Only the late frames themselves may be seen late, not those that follow them on the beat. */
static void a_late_frame_does_not_delay_the_next(void **state)
{
	static const struct guest guests[] = {
		{16666667, 100 * US, 0, 30},
		{4166667, 100 * US, 0, 30},
	};

	for (size_t i = 0; i < sizeof guests / sizeof guests[0]; i++) {
		struct outcome outcome = watch(&guests[i]);

		assert_in_range(outcome.median_ns, 0, 100 * US);
		assert_in_range(outcome.p99_ns, 0, 500 * US);
	}
}

static void settle(struct oriel_pace *pace, uint64_t period_ns, uint64_t *now_ns)
{
	for (int i = 0; i < 20; i++) {
		*now_ns += period_ns;
		oriel_pace_arrived(pace, *now_ns, 1);
	}
}

static void idle_guest_is_looked_at_seldom(void **state)
{
	struct oriel_pace pace;
	uint64_t now_ns = 1000 * MS, end_ns;
	uint32_t looks = 0;

	oriel_pace_init(&pace);
	assert_in_range(oriel_pace_get_wait_ns(&pace, now_ns), 8 * MS, 20 * MS);
	settle(&pace, 16666667, &now_ns);
	now_ns += 500 * MS;
	for (end_ns = now_ns + 1000 * MS; now_ns < end_ns; looks++)
		now_ns += oriel_pace_get_wait_ns(&pace, now_ns);
	assert_in_range(looks, 50, 125);
}

static void one_frame_is_no_rhythm(void **state)
{
	struct oriel_pace pace;

	oriel_pace_init(&pace);
	oriel_pace_arrived(&pace, 1000 * MS, 1);
	assert_int_equal(pace.period_ns, 0);
	assert_in_range(oriel_pace_get_wait_ns(&pace, 1000 * MS), 100 * US, 300 * US);
	assert_in_range(oriel_pace_get_wait_ns(&pace, 1016 * MS), 100 * US, 1100 * US);
}

static void irregular_guest_has_no_rhythm(void **state)
{
	struct oriel_pace pace;
	uint64_t now_ns = 1000 * MS;

	random_state = 7;
	oriel_pace_init(&pace);
	for (int i = 0; i < 40; i++) {
		now_ns += MS + random_below(60 * MS);
		oriel_pace_arrived(&pace, now_ns, 1);
	}
	assert_int_equal(pace.period_ns, 0);
}

static void pause_does_not_disturb_the_rhythm(void **state)
{
	struct oriel_pace pace;
	uint64_t now_ns = 1000 * MS;

	oriel_pace_init(&pace);
	settle(&pace, 16666667, &now_ns);
	now_ns += 60000 * MS;
	oriel_pace_arrived(&pace, now_ns, 1);
	assert_int_equal(pace.period_ns, 16666667);
	assert_in_range(oriel_pace_get_wait_ns(&pace, now_ns), 15 * MS, 16666667);
}

/* Two frames at one look: the guest is faster than the looks are. */
static void faster_guest_is_caught_up_with(void **state)
{
	struct oriel_pace pace;
	uint64_t now_ns = 1000 * MS;

	oriel_pace_init(&pace);
	settle(&pace, 16 * MS, &now_ns);
	for (int i = 0; i < 16; i++) {
		now_ns += 8 * MS;
		oriel_pace_arrived(&pace, now_ns, 2);
	}
	assert_int_equal(pace.period_ns, 4 * MS);
}

static void expectation_shortens_the_waits(void **state)
{
	struct oriel_pace pace;

	oriel_pace_init(&pace);
	oriel_pace_expect(&pace, 1100 * MS);
	oriel_pace_expect(&pace, 1050 * MS);
	assert_in_range(oriel_pace_get_wait_ns(&pace, 1090 * MS), 1, 300 * US);
	assert_in_range(oriel_pace_get_wait_ns(&pace, 1101 * MS), 8 * MS, 20 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_guests_are_seen_at_once),
		cmocka_unit_test(a_late_frame_does_not_delay_the_next),
		cmocka_unit_test(idle_guest_is_looked_at_seldom),
		cmocka_unit_test(one_frame_is_no_rhythm),
		cmocka_unit_test(irregular_guest_has_no_rhythm),
		cmocka_unit_test(pause_does_not_disturb_the_rhythm),
		cmocka_unit_test(faster_guest_is_caught_up_with),
		cmocka_unit_test(expectation_shortens_the_waits),
	};

	return cmocka_run_group_tests_name("relay-pace", tests, NULL, NULL);
}
