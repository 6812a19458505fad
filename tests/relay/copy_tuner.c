/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice between kinds of stores, on machines that are made up of two costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/copy_tuner.h"

#define FRAME_BYTES ((size_t)8294400)

struct machine {
	uint64_t cached_ns, stream_ns; /* for one frame */
};

/* Copies that often; returns how many were streamed. */
static uint32_t copy_frames(
	struct oriel_copy_tuner *tuner, const struct machine *machine, uint32_t frames)
{
	uint32_t streamed = 0;

	for (uint32_t i = 0; i < frames; i++) {
		bool stream =
			oriel_copy_tuner_choose_rt(tuner, FRAME_BYTES, false) == ORIEL_COPY_STREAM;

		streamed += stream;
		oriel_copy_tuner_learn_rt(
			tuner, FRAME_BYTES, stream ? machine->stream_ns : machine->cached_ns);
	}
	return streamed;
}

static void finds_the_faster_kind_within_ten_frames(void **state)
{
	const struct machine prefers_stream = {800000, 500000};
	const struct machine prefers_cached = {300000, 500000};
	struct oriel_copy_tuner tuner;

	oriel_copy_tuner_init(&tuner);
	copy_frames(&tuner, &prefers_stream, 10);
	assert_int_equal(copy_frames(&tuner, &prefers_stream, 100), 100);

	oriel_copy_tuner_init(&tuner);
	copy_frames(&tuner, &prefers_cached, 10);
	assert_int_equal(copy_frames(&tuner, &prefers_cached, 100), 0);
}

static void keeps_to_the_cache_where_streaming_gains_little(void **state)
{
	const struct machine nearly_equal = {500000, 450000};
	struct oriel_copy_tuner tuner;

	oriel_copy_tuner_init(&tuner);
	copy_frames(&tuner, &nearly_equal, 10);
	assert_int_equal(copy_frames(&tuner, &nearly_equal, 100), 0);
}

static void follows_a_change_and_tries_seldom(void **state)
{
	const struct machine before = {300000, 500000}, after = {800000, 500000};
	struct oriel_copy_tuner tuner;

	oriel_copy_tuner_init(&tuner);
	copy_frames(&tuner, &before, 10);
	assert_in_range(copy_frames(&tuner, &before, 2560), 1, 51);
	copy_frames(&tuner, &after, 600);
	assert_in_range(copy_frames(&tuner, &after, 2560), 2560 - 51, 2559);
}

static void small_copies_stay_in_the_cache(void **state)
{
	struct oriel_copy_tuner tuner;

	oriel_copy_tuner_init(&tuner);
	for (uint32_t i = 0; i < 600; i++) {
		assert_int_equal(
			oriel_copy_tuner_choose_rt(&tuner, 16384, false), ORIEL_COPY_CACHED);
		oriel_copy_tuner_learn_rt(&tuner, 16384, 1000);
	}
}

static void a_write_combined_target_is_always_streamed(void **state)
{
	struct oriel_copy_tuner tuner;

	oriel_copy_tuner_init(&tuner);
	assert_int_equal(oriel_copy_tuner_choose_rt(&tuner, 16384, true), ORIEL_COPY_STREAM);
	assert_int_equal(oriel_copy_tuner_choose_rt(&tuner, FRAME_BYTES, true), ORIEL_COPY_STREAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_faster_kind_within_ten_frames),
		cmocka_unit_test(keeps_to_the_cache_where_streaming_gains_little),
		cmocka_unit_test(follows_a_change_and_tries_seldom),
		cmocka_unit_test(small_copies_stay_in_the_cache),
		cmocka_unit_test(a_write_combined_target_is_always_streamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
