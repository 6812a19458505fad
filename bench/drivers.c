/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The presenters one by one, as --present names them: from "the guest starts writing" to "the pixel
 * is on the X screen", processor time, memory, and from exec to the first picture. Where there is
 * no graphics device, those of the gpu draw with the processor.
 */
#include <stdio.h>

#include "presenter.h"

/* The last of them is to be as fast as the fastest of the others. */
static const char *const presenters[] = {"soft", "vulkan", "opengl", "auto"};

#define PRESENTERS (sizeof(presenters) / sizeof(presenters[0]))
#define NAMED (PRESENTERS - 1)

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

static void add_latency(struct bench_run *run, const struct scene *scene, const char *presenter,
	const struct bench_presenter_result *result)
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

static void add_costs(struct bench_run *run, const struct scene *scene,
	const struct bench_presenter_result *result)
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
	struct bench_presenter_result results[PRESENTERS] = {0};
	struct bench_screen screen;
	struct bench_guest guest;
	char figure[40];

	bench_guest_open(&guest, scene->width_px, scene->height_px);
	bench_screen_open(&screen, scene->width_px, scene->height_px);
	for (uint32_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < PRESENTERS; i++)
			if (!round || results[i].works)
				bench_presenter_run(
					run, &guest, &screen, presenters[i], &results[i]);
	for (size_t i = 0; i < NAMED; i++) {
		if (results[i].works) {
			add_latency(run, scene, presenters[i], &results[i]);
			add_costs(run, scene, &results[i]);
		} else {
			bench_table_skip(run->table, presenters[i], "it shows nothing here");
		}
	}
	snprintf(figure, sizeof(figure), "write to X screen, %s", scene->name);
	bench_presenter_add_auto(run, figure, results, NAMED);
	for (size_t i = 0; i < PRESENTERS; i++)
		bench_presenter_finish(&results[i]);
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_drivers(struct bench_run *run)
{
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		measure_scene(run, &scenes[i]);
}
