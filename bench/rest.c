/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What oriel-view costs while nothing happens, and how long it takes from exec to a picture. */
#include "base/time.h"
#include "guest.h"
#include "measure.h"
#include "process.h"
#include "samples.h"
#include "screen.h"
#include "viewer.h"

#define SETTLE_S 2u
#define START_S 5u

static void add_idle(struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, const char *name)
{
	double seconds = run->quick ? 3 : 10, cpu_s;
	struct bench_process viewer;

	bench_viewer_start(&viewer, run->viewer, "auto", guest, screen);
	if (!bench_guest_wait_watched(guest, true))
		bench_die("oriel-view did not subscribe to the guest's frames");
	for (uint32_t i = 0; i < 30; i++) {
		uint64_t began_ns = bench_guest_publish(guest, 64, 64);

		bench_guest_sleep_until(guest, began_ns + ORIEL_NS_PER_S / 60);
	}
	bench_guest_sleep_until(guest, oriel_time_now_ns() + SETTLE_S * ORIEL_NS_PER_S);
	cpu_s = bench_process_get_cpu_s(&viewer);
	bench_guest_sleep_until(
		guest, oriel_time_now_ns() + (uint64_t)(seconds * (double)ORIEL_NS_PER_S));
	cpu_s = bench_process_get_cpu_s(&viewer) - cpu_s;
	bench_process_finish(&viewer);
	bench_table_add(run->table,
		(struct bench_row){.value = 100 * cpu_s / seconds,
			.unit = "% core",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 0.5,
			.stock = "40-176"},
		"idle guest, %s", name);
}

void bench_measure_idle(struct bench_run *run)
{
	struct bench_screen screen;
	struct bench_guest guest;

	bench_guest_open(&guest, 1920, 1080);
	bench_screen_open(&screen, 1920, 1080);
	add_idle(run, &guest, &screen, "X11");
	bench_guest_wait_watched(&guest, false);
	add_idle(run, &guest, NULL, "headless");
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

/* Milliseconds from exec to the whole picture on the screen. */
static double start_once(
	struct bench_run *run, struct bench_guest *guest, const struct bench_screen *screen)
{
	uint64_t end_ns = oriel_time_now_ns() + START_S * ORIEL_NS_PER_S, shown_ns;
	struct bench_process viewer;
	bool exact;

	bench_viewer_start(&viewer, run->viewer, "auto", guest, screen);
	if (!bench_viewer_wait_marker(guest, screen, end_ns))
		bench_die("oriel-view shows no frame within %u s", START_S);
	shown_ns = oriel_time_now_ns();
	exact = bench_screen_shows(
		screen, guest->pixels, guest->picture.width_px, guest->picture.height_px);
	bench_process_finish(&viewer);
	bench_guest_wait_watched(guest, false);
	if (!exact)
		bench_die("oriel-view's first frame on the screen is not the guest's picture");
	return (double)(shown_ns - bench_process_get_exec_ns()) / 1e6;
}

static void add_start(struct bench_run *run, uint32_t width_px, uint32_t height_px)
{
	struct bench_samples samples = {0};
	struct bench_screen screen;
	struct bench_guest guest;

	bench_guest_open(&guest, width_px, height_px);
	bench_screen_open(&screen, width_px, height_px);
	bench_guest_publish(&guest, width_px, height_px);
	for (uint32_t i = 0; i < (run->quick ? 5 : 15); i++) {
		/* A new marker: the screen must not hold the answer already. */
		bench_guest_publish(&guest, width_px, height_px);
		bench_samples_add(&samples, start_once(run, &guest, &screen));
	}
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&samples),
			.unit = "ms",
			.spread = bench_samples_get_spread(&samples),
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 100,
			.stock = "540-1500"},
		"exec to first exact frame, %ux%u", width_px, height_px);
	bench_samples_finish(&samples);
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_start(struct bench_run *run)
{
	add_start(run, 1920, 1080);
	add_start(run, 3840, 2160);
}
