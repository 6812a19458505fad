/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recording costs the picture on the screen: from "the guest starts writing" to "the pixel
 * is on the X screen", some frames with one and some without, in turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "measure.h"
#include "samples.h"
#include "screen.h"
#include "viewer.h"

#define PERIOD_NS (ORIEL_NS_PER_S / 60)
#define WARM_FRAMES 20u
#define LOST_S 5u
#define WIDTH_PX 1920
#define HEIGHT_PX 1080

struct scene {
	const char *name;
	uint32_t block_w_px, block_h_px;
};

static const struct scene scenes[] = {
	{"1080p full", WIDTH_PX, HEIGHT_PX},
	{"1080p 64x64", 64, 64},
};

/* The recording's; taken away however the program ends. */
static char folder[] = "/tmp/oriel-bench-XXXXXX", file[sizeof(folder) + 16];

static void forget_file(void)
{
	unlink(file);
	rmdir(folder);
}

enum side { SIDE_PLAIN, SIDE_RECORDING, SIDE_COUNT };

struct result {
	struct bench_samples latency_ms[SIDE_COUNT], cpu_ms[SIDE_COUNT];
	double recorded, missed;
};

static void run_frames(struct bench_guest *guest, const struct bench_screen *screen,
	const struct scene *scene, uint32_t frames, struct bench_samples *samples)
{
	uint64_t due_ns = oriel_time_now_ns();

	for (uint32_t i = 0; i < frames; i++) {
		uint64_t began_ns;

		due_ns += PERIOD_NS;
		bench_guest_sleep_until(guest, due_ns);
		began_ns = bench_guest_publish(guest, scene->block_w_px, scene->block_h_px);
		if (!bench_viewer_wait_marker(guest, screen, began_ns + LOST_S * ORIEL_NS_PER_S))
			bench_die("a frame (%s) did not appear on the screen", scene->name);
		if (samples)
			bench_samples_add(samples, (double)(oriel_time_now_ns() - began_ns) / 1e6);
	}
}

static void run_side(struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, const struct scene *scene, enum side side,
	struct result *result)
{
	uint32_t frames = run->quick ? 60 : 120;
	struct bench_process viewer;
	double cpu_s;

	if (side == SIDE_RECORDING)
		bench_viewer_start_recording(&viewer, run->viewer, file, guest, screen);
	else
		bench_viewer_start(&viewer, run->viewer, "auto", guest, screen);
	bench_viewer_wait_shown(guest, screen, "oriel-view");
	run_frames(guest, screen, scene, WARM_FRAMES, NULL);
	cpu_s = bench_process_get_cpu_s(&viewer);
	run_frames(guest, screen, scene, frames, &result->latency_ms[side]);
	cpu_s = bench_process_get_cpu_s(&viewer) - cpu_s;
	bench_samples_add(&result->cpu_ms[side], 1000 * cpu_s / frames);
	bench_process_stop(&viewer);
	if (side == SIDE_RECORDING) {
		result->recorded += bench_viewer_get_stat(&viewer, "recorded");
		result->missed += bench_viewer_get_stat(&viewer, "recording_missed");
	}
	if (!bench_guest_wait_watched(guest, false))
		bench_die("a viewer that was stopped is still subscribed");
	bench_process_finish(&viewer);
	unlink(file);
}

static void add_rows(struct bench_run *run, const struct scene *scene, struct result *result)
{
	struct bench_samples *latency = result->latency_ms, *cpu = result->cpu_ms;

	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&latency[SIDE_RECORDING]),
			.unit = "ms",
			.compared = bench_samples_get_median(&latency[SIDE_PLAIN]),
			.compared_with = "not recording",
			.spread = bench_samples_get_spread(&latency[SIDE_RECORDING])},
		"write to X screen, recording %s", scene->name);
	bench_table_add(run->table,
		(struct bench_row){
			.value = bench_samples_get_quantile(&latency[SIDE_RECORDING], 0.99),
			.unit = "ms",
			.compared = bench_samples_get_quantile(&latency[SIDE_PLAIN], 0.99),
			.compared_with = "not recording"},
		"- p99");
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&cpu[SIDE_RECORDING]),
			.unit = "ms",
			.compared = bench_samples_get_median(&cpu[SIDE_PLAIN]),
			.compared_with = "not recording"},
		"- processor time a frame");
	bench_table_add(run->table, (struct bench_row){.value = result->missed, .unit = "pictures"},
		"- missed, besides %.0f recorded", result->recorded);
}

static void measure_scene(struct bench_run *run, const struct scene *scene)
{
	uint32_t rounds = run->quick ? 2 : 5;
	struct result result = {0};
	struct bench_screen screen;
	struct bench_guest guest;

	bench_guest_open(&guest, WIDTH_PX, HEIGHT_PX);
	bench_screen_open(&screen, WIDTH_PX, HEIGHT_PX);
	for (uint32_t round = 0; round < rounds; round++)
		for (int side = 0; side < SIDE_COUNT; side++)
			run_side(run, &guest, &screen, scene, (enum side)side, &result);
	add_rows(run, scene, &result);
	for (int side = 0; side < SIDE_COUNT; side++) {
		bench_samples_finish(&result.latency_ms[side]);
		bench_samples_finish(&result.cpu_ms[side]);
	}
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_record(struct bench_run *run)
{
	if (!mkdtemp(folder))
		bench_die("cannot make a folder in /tmp");
	snprintf(file, sizeof(file), "%s/film.mkv", folder);
	atexit(forget_file);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		measure_scene(run, &scenes[i]);
}
