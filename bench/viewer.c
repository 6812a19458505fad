/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "viewer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define SHOWN_S 10u
/* On a busy machine the first frames take their time. */
#define FRAME_NS (ORIEL_NS_PER_S / 4)
/* The observer must not take the processor from those it watches. */
#define NAP_NS (20 * ORIEL_NS_PER_US)

static void start(struct bench_process *ret_process, const char *program, const char *present,
	const char *record, const struct bench_guest *guest, const struct bench_screen *screen)
{
	char source[64];
	const char *headless = screen ? NULL : "--headless";
	const char *argv[] = {program, "--source", source, "--present", present, "--stats",
		"--allow-root", record ? "--record" : headless, record ? record : NULL,
		record ? headless : NULL, NULL};

	/* Its own descriptor: in its sandbox a viewer cannot look at another process's. */
	snprintf(source, sizeof(source), "/proc/self/fd/%d", guest->fd);
	bench_process_exec(
		ret_process, (char *const *)argv, screen ? screen->display : NULL, guest->fd);
}

void bench_viewer_start(struct bench_process *ret_process, const char *program, const char *present,
	const struct bench_guest *guest, const struct bench_screen *screen)
{
	start(ret_process, program, present, NULL, guest, screen);
}

void bench_viewer_start_recording(struct bench_process *ret_process, const char *program,
	const char *file, const struct bench_guest *guest, const struct bench_screen *screen)
{
	start(ret_process, program, "auto", file, guest, screen);
}

double bench_viewer_get_stat(const struct bench_process *process, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = process->output ? strstr(process->output, quoted) : NULL;
	return at ? strtod(at + strlen(quoted), NULL) : NAN;
}

bool bench_viewer_wait_marker(
	struct bench_guest *guest, const struct bench_screen *screen, uint64_t end_ns)
{
	const struct oriel_rect *changed = &guest->changed;
	uint32_t x = changed->x + changed->w - 1, y = changed->y + changed->h - 1;

	while (bench_screen_get_pixel(screen, x, y) != guest->marker) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns)
			return false;
		bench_guest_tick(guest);
		oriel_time_sleep_until_ns(now_ns + NAP_NS);
	}
	return true;
}

void bench_viewer_wait_shown(
	struct bench_guest *guest, const struct bench_screen *screen, const char *who)
{
	uint64_t end_ns = oriel_time_now_ns() + SHOWN_S * ORIEL_NS_PER_S;
	bool shown = false;

	if (!bench_guest_wait_watched(guest, true))
		bench_die("%s did not subscribe to the guest's frames", who);
	while (!shown) {
		uint64_t began_ns = bench_guest_publish(
			guest, guest->picture.width_px, guest->picture.height_px);

		shown = bench_viewer_wait_marker(guest, screen, began_ns + FRAME_NS);
		if (!shown && began_ns >= end_ns)
			bench_die("%s shows no frame at the upper left of its screen", who);
	}
}
