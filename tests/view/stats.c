/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Percentiles without a list of values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "view/figures.h"
#include "view/stats.h"

static void empty_spread_is_zero(void **state)
{
	struct oriel_stats_spread spread = {0};

	assert_int_equal(oriel_stats_spread_get_ns(&spread, 50), 0);
	assert_int_equal(oriel_stats_spread_get_ns(&spread, 100), 0);
}

static void one_value_is_every_percentile(void **state)
{
	static const uint64_t values[] = {0, 1, 15, 16, 17, 999, 123456789, UINT64_MAX};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct oriel_stats_spread spread = {0};

		oriel_stats_spread_add_rt(&spread, values[i]);
		assert_int_equal(oriel_stats_spread_get_ns(&spread, 1), values[i]);
		assert_int_equal(oriel_stats_spread_get_ns(&spread, 100), values[i]);
	}
}

/* 1 to 100000 ns: percentile p lies at 1000 * p, within a step of a sixteenth. */
static void percentiles_are_near(void **state)
{
	struct oriel_stats_spread spread = {0};

	for (uint64_t i = 1; i <= 100000; i++)
		oriel_stats_spread_add_rt(&spread, i);
	for (uint32_t percent = 1; percent <= 99; percent++)
		assert_in_range(oriel_stats_spread_get_ns(&spread, percent), percent * 1000,
			percent * 1000 + percent * 1000 / 16);
	assert_int_equal(oriel_stats_spread_get_ns(&spread, 100), 100000);
	assert_int_equal(spread.max_ns, 100000);
}

static void json_has_every_figure(void **state)
{
	static const char *const parts[] = {"\"frames\": 3,", "\"unique_frames\": 2,",
		"\"bytes_copied\": 4096,", "\"refreshes_missed\": 5,",
		"\"held_ms\": {\"p50\": 3.0000,", "\"fps\": 2.000,", "\"ups\": 1.000,",
		"\"upload_latency_ms\": {\"p50\": 1.0000,", "\"cpu_seconds\": 0.2500,",
		"\"render_latency_ms\": {\"p50\": 1.5000,",
		"\"arrival_latency_ms\": {\"p50\": 0.0000,",
		"\"present_latency_ms\": {\"p50\": 2.0000, \"p90\": 2.0000, \"p99\": 2.0000, "
		"\"max\": 2.0000}",
		"\"sound\": {\"latency_ms\": 13.250, \"speed_ppm\": -200, \"gaps\": 1, "
		"\"skips\": 0, \"late\": 2, \"lost\": 0}"};
	struct oriel_stats stats = {
		.frames = 3,
		.unique_frames = 2,
		.bytes_copied = 4096,
		.refreshes_missed = 5,
		.first_frame_ns = 1000000000,
		.last_frame_ns = 2000000000,
		.sound = {.gaps = 1, .late = 2, .speed_ppm = -200, .latency_us = 13250},
		.has_sound = true,
	};
	char text[2048] = "";
	FILE *file = fmemopen(text, sizeof text, "w");

	oriel_stats_spread_add_rt(&stats.upload, 1000000);
	oriel_stats_spread_add_rt(&stats.render, 1500000);
	oriel_stats_spread_add_rt(&stats.present, 2000000);
	oriel_stats_spread_add_rt(&stats.held, 3000000);
	oriel_stats_write(&stats, 0.25, file);
	fclose(file);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		assert_non_null(strstr(text, parts[i]));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

/* What the overlay shows: rates, the latency of each stage, and what changed. */
static void what_is_shown_is_in_the_json_too(void **state)
{
	struct oriel_stats stats = {0};
	char text[2048] = "", key[64];
	FILE *file = fmemopen(text, sizeof text, "w");

	oriel_stats_write(&stats, 0.0, file);
	fclose(file);
	for (int i = 0; i < ORIEL_STAGE_COUNT; i++) {
		snprintf(key, sizeof key, "\"%s_latency_ms\": {",
			oriel_sample_get_stage_name((enum oriel_stage)i));
		assert_non_null(strstr(text, key));
	}
	assert_non_null(strstr(text, "\"fps\": "));
	assert_non_null(strstr(text, "\"ups\": "));
	assert_non_null(strstr(text, "\"bytes_damaged\": "));
}

/* Of so many frames a second, every second one new, for three seconds. */
static void check_rates(uint64_t rate)
{
	struct oriel_figures *figures = oriel_figures_create();
	uint64_t begin_ns = 5 * ORIEL_NS_PER_S, now_ns = begin_ns;
	double frames, unique;

	for (uint64_t i = 0; i < 3 * rate; i++) {
		struct oriel_sample sample = {.is_unique = i % 2};

		now_ns = sample.shown_ns = begin_ns + i * ORIEL_NS_PER_S / rate;
		oriel_figures_add(figures, &sample);
	}
	oriel_figures_get_rates(figures, now_ns, &frames, &unique);
	assert_float_equal(frames, (double)rate, (double)rate / 50);
	assert_float_equal(unique, (double)rate / 2, (double)rate / 50);
	/* A second later nothing more has come. */
	oriel_figures_get_rates(figures, now_ns + ORIEL_NS_PER_S, &frames, &unique);
	assert_true(frames < (double)rate / 2);
	oriel_figures_get_rates(figures, now_ns + 2 * ORIEL_NS_PER_S, &frames, &unique);
	assert_true(frames == 0.0 && unique == 0.0);
	oriel_figures_destroy(figures);
}

static void rates_are_those_of_slow_and_fast_guests(void **state)
{
	static const uint64_t rates[] = {60, 144, 360, 500, 1000};

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
		check_rates(rates[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_spread_is_zero),
		cmocka_unit_test(one_value_is_every_percentile),
		cmocka_unit_test(percentiles_are_near),
		cmocka_unit_test(json_has_every_figure),
		cmocka_unit_test(what_is_shown_is_in_the_json_too),
		cmocka_unit_test(rates_are_those_of_slow_and_fast_guests),
	};

	return cmocka_run_group_tests_name("view-stats", tests, NULL, NULL);
}
