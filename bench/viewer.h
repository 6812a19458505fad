/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-view as a process under measurement, at 1:1 in the corner of a screen of the guest's size.
 */
#ifndef BENCH_VIEWER_H
#define BENCH_VIEWER_H

#include <stdbool.h>

#include "guest.h"
#include "process.h"
#include "screen.h"

/* screen NULL: headless. present: as in --present. Its --stats end up in the process's output. */
void bench_viewer_start(struct bench_process *ret_process, const char *program, const char *present,
	const struct bench_guest *guest, const struct bench_screen *screen);
/* Likewise, by the presenter that auto takes, and records to a file that is not there yet. */
void bench_viewer_start_recording(struct bench_process *ret_process, const char *program,
	const char *file, const struct bench_guest *guest, const struct bench_screen *screen);
/* A number of the statistics of a viewer that was stopped; NAN when it is not there. */
double bench_viewer_get_stat(const struct bench_process *process, const char *key);
/* Publishes whole frames until the screen shows one; ends the program when that takes too long.
 * who: for the message. */
void bench_viewer_wait_shown(
	struct bench_guest *guest, const struct bench_screen *screen, const char *who);
/* Ticks and naps until the newest frame's marker is on the screen. False: not before end_ns. */
bool bench_viewer_wait_marker(
	struct bench_guest *guest, const struct bench_screen *screen, uint64_t end_ns);

#endif
