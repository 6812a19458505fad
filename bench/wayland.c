/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Wayland compositor that draws with the processor, in a window that fills the X screen: frames
 * that it is given copied (soft) against frames that it reads where the guest wrote them (direct).
 * The compositor's own work is in the time to the screen, and the same on both sides. Then auto,
 * which is to find out what is faster.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "presenter.h"

#define SOCKET "oriel-bench"
#define START_NS (5 * ORIEL_NS_PER_S)

enum side { SIDE_SOFT, SIDE_DIRECT, SIDE_AUTO, SIDES };

static const char *const presenters[SIDES] = {"soft", "direct", "auto"};

struct compositor {
	struct bench_process process;
	char folder[32];
};

static void wait_socket(const struct compositor *compositor)
{
	uint64_t end_ns = oriel_time_now_ns() + START_NS;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", compositor->folder, SOCKET);
	while (access(path, F_OK)) {
		if (oriel_time_now_ns() > end_ns)
			bench_die("weston did not start within %d s",
				(int)(START_NS / ORIEL_NS_PER_S));
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 10 * ORIEL_NS_PER_MS);
	}
}

/* ret_seen: the screen, as clients of the compositor reach it. */
static void open_compositor(struct compositor *compositor, const struct bench_screen *screen,
	struct bench_screen *ret_seen)
{
	char width[32], height[32];
	char *argv[] = {(char[]){"weston"}, (char[]){"--backend=x11-backend.so"},
		(char[]){"--use-pixman"}, (char[]){"--no-config"},
		(char[]){"--shell=kiosk-shell.so"}, (char[]){"--idle-time=0"},
		(char[]){"--socket=" SOCKET}, width, height, NULL};

	memcpy(compositor->folder, "/tmp/oriel-bench-XXXXXX", sizeof("/tmp/oriel-bench-XXXXXX"));
	if (!mkdtemp(compositor->folder))
		bench_die("cannot make a folder in /tmp: %s", strerror(errno));
	snprintf(width, sizeof(width), "--width=%u", screen->width_px);
	snprintf(height, sizeof(height), "--height=%u", screen->height_px);
	setenv("XDG_RUNTIME_DIR", compositor->folder, 1);
	bench_process_exec(&compositor->process, argv, screen->display, -1);
	wait_socket(compositor);
	*ret_seen = *screen;
	memcpy(ret_seen->display, SOCKET, sizeof(SOCKET));
}

static void close_compositor(struct compositor *compositor)
{
	static const char *const left[] = {SOCKET, SOCKET ".lock"};
	char path[64];

	bench_process_finish(&compositor->process);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", compositor->folder, left[i]);
		unlink(path);
	}
	rmdir(compositor->folder);
}

static void add_rows(
	struct bench_run *run, const char *scene, const struct bench_presenter_result *results)
{
	const struct bench_presenter_result *soft = &results[SIDE_SOFT],
					    *direct = &results[SIDE_DIRECT];

	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&direct->latency_ms),
			.unit = "ms",
			.compared = bench_samples_get_median(&soft->latency_ms),
			.compared_with = "soft",
			.spread = bench_samples_get_spread(&direct->latency_ms)},
		"write to screen through weston, %s, direct", scene);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&direct->cpu_ms),
			.unit = "ms",
			.compared = bench_samples_get_median(&soft->cpu_ms),
			.compared_with = "soft",
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = 1},
		"- processor time of a frame");
	bench_table_add(run->table,
		(struct bench_row){.value = direct->copied_mib,
			.unit = "MiB",
			.compared = soft->copied_mib,
			.compared_with = "soft",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 0},
		"- copied of a frame");
}

static void add_auto_row(
	struct bench_run *run, const char *scene, const struct bench_presenter_result *results)
{
	char figure[40];

	snprintf(figure, sizeof(figure), "- write to screen, %s", scene);
	bench_presenter_add_auto(run, figure, results, SIDE_AUTO);
}

static void measure_scene(
	struct bench_run *run, const char *name, uint32_t width_px, uint32_t height_px)
{
	struct bench_presenter_result results[SIDES] = {0};
	struct compositor compositor = {0};
	struct bench_screen screen, seen;
	struct bench_guest guest;

	bench_guest_open(&guest, width_px, height_px);
	bench_screen_open(&screen, width_px, height_px);
	open_compositor(&compositor, &screen, &seen);
	for (uint32_t round = 0; round < (run->quick ? 2u : 6u); round++)
		for (int side = 0; side < SIDES; side++)
			bench_presenter_run(run, &guest, &seen, presenters[side], &results[side]);
	if (results[SIDE_SOFT].works && results[SIDE_DIRECT].works) {
		add_rows(run, name, results);
		add_auto_row(run, name, results);
	} else {
		bench_table_skip(run->table, name, "nothing is shown through weston here");
	}
	for (int side = 0; side < SIDES; side++)
		bench_presenter_finish(&results[side]);
	close_compositor(&compositor);
	bench_screen_close(&screen);
	bench_guest_close(&guest);
}

void bench_measure_wayland(struct bench_run *run)
{
	if (!bench_program_exists("weston")) {
		bench_table_skip(run->table, "frames through weston", "weston is not installed");
		return;
	}
	measure_scene(run, "1080p", 1920, 1080);
	measure_scene(run, "4K", 3840, 2160);
}
