/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The presenters one by one, as --present names them: from "the guest starts writing" to "the pixel
 * is on the X screen", processor time, memory, and from exec to the first picture. Where there is
 * no graphics device, those of the gpu draw with the processor.
 */
#include "base/time.h"
#include "measure.h"
#include "samples.h"
#include "screen.h"
#include "viewer.h"

#define PERIOD_NS (ORIEL_NS_PER_S / 60)
#define WARM_FRAMES 20u
#define LOST_S 5u

static const char *const presenters[] = {"soft", "vulkan", "opengl"};

#define PRESENTERS (sizeof(presenters) / sizeof(presenters[0]))

/* limits: half of what the stock client's faster renderer was measured at. */
struct scene {
	const char *name;
	uint32_t width_px, height_px;
	double median_limit_ms, p95_limit_ms, cpu_limit_ms;
	const char *stock, *stock_p95, *stock_cpu;
};

static const struct scene scenes[] = {
	{"1080p", 1920, 1080, 21, 24.5, 57, "42", "49", "57"},
	{"4K", 3840, 2160, 40, 48, 450, "80", "96", "450"},
};

struct result {
	struct bench_samples latency_ms, start_ms, cpu_ms;
	double resident_mib;
	bool works;
};

static void run_frames(struct bench_guest *guest, const struct bench_screen *screen,
	const char *presenter, uint32_t frames, struct bench_samples *samples)
{
	uint64_t due_ns = oriel_time_now_ns();

	for (uint32_t i = 0; i < frames; i++) {
		uint64_t began_ns;

		due_ns += PERIOD_NS;
		bench_guest_sleep_until(guest, due_ns);
		began_ns = bench_guest_publish(
			guest, guest->picture.width_px, guest->picture.height_px);
		if (!bench_viewer_wait_marker(guest, screen, began_ns + LOST_S * ORIEL_NS_PER_S))
			bench_die("a frame (%s) did not appear on the screen", presenter);
		if (samples)
			bench_samples_add(samples, (double)(oriel_time_now_ns() - began_ns) / 1e6);
		if (began_ns > due_ns + PERIOD_NS)
			due_ns = began_ns;
	}
}

/* The frame that it is started on, and then frames at a steady rate. */
static void run_block(struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, const char *presenter, struct result *result)
{
	uint32_t frames = run->quick ? 40 : 80;
	struct bench_process viewer;
	double cpu_s;

	bench_guest_publish(guest, guest->picture.width_px, guest->picture.height_px);
	bench_viewer_start(&viewer, run->viewer, presenter, guest, screen);
	result->works = bench_viewer_wait_marker(
		guest, screen, oriel_time_now_ns() + LOST_S * ORIEL_NS_PER_S);
	if (result->works) {
		bench_samples_add(&result->start_ms,
			(double)(oriel_time_now_ns() - bench_process_get_exec_ns()) / 1e6);
		run_frames(guest, screen, presenter, WARM_FRAMES, NULL);
		cpu_s = bench_process_get_cpu_s(&viewer);
		run_frames(guest, screen, presenter, frames, &result->latency_ms);
		cpu_s = bench_process_get_cpu_s(&viewer) - cpu_s;
		bench_samples_add(&result->cpu_ms, 1000 * cpu_s / frames);
		result->resident_mib =
			(double)bench_process_get_resident_bytes(&viewer) / (1024 * 1024);
	}
	bench_process_stop(&viewer);
	bench_process_finish(&viewer);
	bench_guest_wait_watched(guest, false);
}

static void add_latency(struct bench_run *run, const struct scene *scene, const char *presenter,
	const struct result *result)
{
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&result->latency_ms),
			.unit = "ms",
			.spread = bench_samples_get_spread(&result->latency_ms),
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = scene->median_limit_ms,
			.stock = scene->stock},
		"write to X screen, %s, %s", scene->name, presenter);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_quantile(&result->latency_ms, 0.95),
			.unit = "ms",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = scene->p95_limit_ms,
			.stock = scene->stock_p95},
		"- p95");
}

static void add_costs(struct bench_run *run, const struct scene *scene, const struct result *result)
{
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&result->cpu_ms),
			.unit = "ms",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = scene->cpu_limit_ms,
			.stock = scene->stock_cpu},
		"- processor time of a frame");
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&result->start_ms),
			.unit = "ms",
			.spread = bench_samples_get_spread(&result->start_ms),
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 150,
			.stock = "540-1500"},
		"- exec to first frame");
	bench_table_add(run->table,
		(struct bench_row){.value = result->resident_mib, .unit = "MiB"}, "- memory");
}

static void measure_scene(struct bench_run *run, const struct scene *scene)
{
	uint32_t rounds = run->quick ? 2 : 6;
	struct result results[PRESENTERS] = {0};
	struct bench_screen screen;
	struct bench_guest guest;

	bench_guest_open(&guest, scene->width_px, scene->height_px);
	bench_screen_open(&screen, scene->width_px, scene->height_px);
	for (uint32_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < PRESENTERS; i++)
			if (!round || results[i].works)
				run_block(run, &guest, &screen, presenters[i], &results[i]);
	for (size_t i = 0; i < PRESENTERS; i++) {
		if (results[i].works) {
			add_latency(run, scene, presenters[i], &results[i]);
			add_costs(run, scene, &results[i]);
		} else {
			bench_table_skip(run->table, presenters[i], "it shows nothing here");
		}
		bench_samples_finish(&results[i].latency_ms);
		bench_samples_finish(&results[i].start_ms);
		bench_samples_finish(&results[i].cpu_ms);
	}
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_drivers(struct bench_run *run)
{
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		measure_scene(run, &scenes[i]);
}
