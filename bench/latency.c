/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From "the guest starts writing" to "the pixel is on the X screen". The sides take turns: some
 * frames through oriel-view, some through the floor, and again.
 */
#include "base/time.h"
#include "measure.h"
#include "samples.h"
#include "show.h"
#include "viewer.h"

#define PERIOD_NS (ORIEL_NS_PER_S / 60)
#define WARM_FRAMES 20u
#define LOST_S 2u

struct scene {
	const char *name;
	uint32_t width_px, height_px, block_w_px, block_h_px;
	const char *stock;
};

static const struct scene scenes[] = {
	{"1080p full", 1920, 1080, 1920, 1080, "42-72"},
	{"1080p 64x64", 1920, 1080, 64, 64, ""},
	{"4K full", 3840, 2160, 3840, 2160, "80-292"},
	{"4K 64x64", 3840, 2160, 64, 64, ""},
};

static void run_block(struct bench_guest *guest, const struct bench_screen *screen,
	const struct scene *scene, uint32_t frames, struct bench_samples *samples)
{
	uint64_t due_ns = oriel_time_now_ns();

	for (uint32_t i = 0; i < WARM_FRAMES + frames; i++) {
		uint64_t began_ns;

		due_ns += PERIOD_NS;
		bench_guest_sleep_until(guest, due_ns);
		began_ns = bench_guest_publish(guest, scene->block_w_px, scene->block_h_px);
		if (!bench_viewer_wait_marker(guest, screen, began_ns + LOST_S * ORIEL_NS_PER_S))
			bench_die("a frame (%s) did not appear on the screen", scene->name);
		if (i >= WARM_FRAMES)
			bench_samples_add(samples, (double)(oriel_time_now_ns() - began_ns) / 1e6);
	}
}

static void add_rows(struct bench_run *run, const struct scene *scene, struct bench_samples *sides)
{
	double floor_ms = bench_samples_get_median(&sides[BENCH_SIDE_SPIN]);

	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&sides[BENCH_SIDE_VIEWER]),
			.unit = "ms",
			.compared = floor_ms,
			.compared_with = "floor",
			.spread = bench_samples_get_spread(&sides[BENCH_SIDE_VIEWER]),
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = 1.25,
			.stock = scene->stock},
		"write to X screen, %s", scene->name);
	bench_table_add(run->table,
		(struct bench_row){
			.value = bench_samples_get_quantile(&sides[BENCH_SIDE_VIEWER], 0.99),
			.unit = "ms",
			.compared = bench_samples_get_quantile(&sides[BENCH_SIDE_SPIN], 0.99),
			.compared_with = "floor's p99"},
		"- p99");
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&sides[BENCH_SIDE_POLL]),
			.unit = "ms",
			.compared = floor_ms,
			.compared_with = "floor",
			.spread = bench_samples_get_spread(&sides[BENCH_SIDE_POLL])},
		"- floor with a 1 ms poll");
}

static void measure_scene(struct bench_run *run, const struct scene *scene)
{
	struct bench_samples sides[BENCH_SIDE_COUNT] = {0};
	uint32_t rounds = run->quick ? 2 : 6, frames = run->quick ? 40 : 80;
	struct bench_screen screen;
	struct bench_guest guest;
	struct bench_show show;

	bench_guest_open(&guest, scene->width_px, scene->height_px);
	bench_screen_open(&screen, scene->width_px, scene->height_px);
	for (uint32_t round = 0; round < rounds; round++)
		for (int side = BENCH_SIDE_VIEWER; side <= BENCH_SIDE_POLL; side++) {
			bench_show_start(&show, side, run, &guest, &screen, PERIOD_NS);
			run_block(&guest, &screen, scene, frames, &sides[side]);
			bench_show_stop(&show, &guest);
			bench_process_finish(&show.process);
		}
	add_rows(run, scene, sides);
	for (int side = 0; side < BENCH_SIDE_COUNT; side++)
		bench_samples_finish(&sides[side]);
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_latency(struct bench_run *run)
{
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		measure_scene(run, &scenes[i]);
}
