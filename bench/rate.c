/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A steady 4K guest at 60 frames a second: how many frames reach the screen, what the viewer's
 * processor time is compared with a floor that waits as it should, and how often each damaged pixel
 * is copied on its way.
 */
#include "base/time.h"
#include "measure.h"
#include "samples.h"
#include "show.h"
#include "viewer.h"

#define PERIOD_NS (ORIEL_NS_PER_S / 60)
#define WIDTH_PX 3840u
#define HEIGHT_PX 2160u

struct tally {
	struct bench_samples cpu_ms; /* per frame, one value a block */
	uint32_t shown;
	double seconds;
};

static void run_block(struct bench_guest *guest, const struct bench_screen *screen,
	const struct bench_show *show, uint32_t frames, struct tally *tally)
{
	double cpu_s = bench_process_get_cpu_s(&show->process);
	uint64_t start_ns = oriel_time_now_ns(), due_ns = start_ns;

	for (uint32_t i = 0; i < frames; i++) {
		uint64_t began_ns;

		due_ns += PERIOD_NS;
		bench_guest_sleep_until(guest, due_ns);
		began_ns = bench_guest_publish(guest, WIDTH_PX, HEIGHT_PX);
		tally->shown += bench_viewer_wait_marker(guest, screen, began_ns + PERIOD_NS);
		/* A guest that was held up goes on from there and does not hurry after the clock.
		 */
		if (began_ns > due_ns + PERIOD_NS)
			due_ns = began_ns;
	}
	bench_guest_sleep_until(guest, due_ns + PERIOD_NS);
	tally->seconds += (double)(oriel_time_now_ns() - start_ns - PERIOD_NS) / 1e9;
	cpu_s = bench_process_get_cpu_s(&show->process) - cpu_s;
	bench_samples_add(&tally->cpu_ms, 1000 * cpu_s / frames);
}

static void add_rows(struct bench_run *run, struct tally *tallies)
{
	struct tally *viewer = &tallies[BENCH_SIDE_VIEWER], *floor = &tallies[BENCH_SIDE_PACED];

	bench_table_add(run->table,
		(struct bench_row){.value = viewer->shown / viewer->seconds,
			.unit = "fps",
			.compared = floor->shown / floor->seconds,
			.compared_with = "paced floor",
			.target = BENCH_TARGET_VALUE_AT_LEAST,
			.limit = 59.9, /* a frame's share of the clock's and the timer's grain */
			.stock = "24"},
		"4K at 60 fps, shown");
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&viewer->cpu_ms),
			.unit = "ms",
			.compared = bench_samples_get_median(&floor->cpu_ms),
			.compared_with = "paced floor",
			.spread = bench_samples_get_spread(&viewer->cpu_ms),
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = 1.5},
		"4K at 60 fps, CPU time per frame");
}

static void compare_rates(
	struct bench_run *run, struct bench_guest *guest, const struct bench_screen *screen)
{
	static const enum bench_side sides[] = {BENCH_SIDE_VIEWER, BENCH_SIDE_PACED};
	struct tally tallies[BENCH_SIDE_COUNT] = {0};
	uint32_t rounds = run->quick ? 2 : 5;
	struct bench_show show;

	for (uint32_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
			struct tally warm = {0};

			bench_show_start(&show, sides[i], run, guest, screen, PERIOD_NS);
			run_block(guest, screen, &show, 30, &warm);
			run_block(guest, screen, &show, 120, &tallies[sides[i]]);
			bench_show_stop(&show, guest);
			bench_process_finish(&show.process);
			bench_samples_finish(&warm.cpu_ms);
		}
	add_rows(run, tallies);
	for (int side = 0; side < BENCH_SIDE_COUNT; side++)
		bench_samples_finish(&tallies[side].cpu_ms);
}

/* One viewer from its first whole frame on: everything it says it copied against all that changed.
 */
static void count_copies(struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, uint32_t w_px, uint32_t h_px, const char *name)
{
	uint32_t frames = 120, first = guest->frames + guest->repeats;
	double pixels;
	struct bench_show show;

	bench_show_start(&show, BENCH_SIDE_VIEWER, run, guest, screen, PERIOD_NS);
	pixels = (double)(guest->frames + guest->repeats - first) * WIDTH_PX * HEIGHT_PX;
	for (uint32_t i = 0; i < frames; i++) {
		uint64_t began_ns = bench_guest_publish(guest, w_px, h_px);

		if (!bench_viewer_wait_marker(guest, screen, began_ns + 2 * ORIEL_NS_PER_S))
			bench_die("a frame did not appear on the screen");
		bench_guest_sleep_until(guest, began_ns + PERIOD_NS);
	}
	pixels += (double)frames * w_px * h_px;
	bench_show_stop(&show, guest);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_viewer_get_stat(&show.process, "bytes_copied") /
					    (4 * pixels),
			.unit = "copies",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 1},
		"copies per damaged pixel, 4K %s", name);
	bench_process_finish(&show.process);
}

void bench_measure_rate(struct bench_run *run)
{
	struct bench_screen screen;
	struct bench_guest guest;

	bench_guest_open(&guest, WIDTH_PX, HEIGHT_PX);
	bench_screen_open(&screen, WIDTH_PX, HEIGHT_PX);
	compare_rates(run, &guest, &screen);
	count_copies(run, &guest, &screen, WIDTH_PX, HEIGHT_PX, "full");
	count_copies(run, &guest, &screen, 640, 480, "640x480");
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}
