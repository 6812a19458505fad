/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "presenter.h"

#include "base/time.h"
#include "viewer.h"

#define PERIOD_NS (ORIEL_NS_PER_S / 60)
/* Until then drivers are loaded, and auto has found out who is the fastest. */
#define WARM_FRAMES 32u
#define LOST_S 5u

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

void bench_presenter_run(const struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, const char *presenter,
	struct bench_presenter_result *result)
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
	result->copied_mib = bench_viewer_get_stat(&viewer, "bytes_copied") /
			     bench_viewer_get_stat(&viewer, "frames") / (1024 * 1024);
	bench_process_finish(&viewer);
	bench_guest_wait_watched(guest, false);
}

void bench_presenter_add_auto(struct bench_run *run, const char *figure,
	const struct bench_presenter_result *results, size_t count)
{
	const struct bench_presenter_result *chosen = &results[count];
	double fastest_ms = 0;

	if (!chosen->works) {
		bench_table_skip(run->table, "auto", "it shows nothing here");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		double median_ms =
			results[i].works ? bench_samples_get_median(&results[i].latency_ms) : 0;

		if (median_ms > 0 && (fastest_ms <= 0 || median_ms < fastest_ms))
			fastest_ms = median_ms;
	}
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&chosen->latency_ms),
			.unit = "ms",
			.compared = fastest_ms,
			.compared_with = "fastest by its name",
			.spread = bench_samples_get_spread(&chosen->latency_ms),
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = 1.25},
		"%s, auto", figure);
}

void bench_presenter_finish(struct bench_presenter_result *result)
{
	bench_samples_finish(&result->latency_ms);
	bench_samples_finish(&result->start_ms);
	bench_samples_finish(&result->cpu_ms);
}
