/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One presenter of oriel-view under measurement: whole frames at a steady rate. */
#ifndef BENCH_PRESENTER_H
#define BENCH_PRESENTER_H

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"
#include "measure.h"
#include "samples.h"
#include "screen.h"

struct bench_presenter_result {
	struct bench_samples latency_ms, start_ms, cpu_ms;
	double resident_mib;
	double copied_mib; /* of the guest's pixels, a frame */
	bool works;
};

/* Adds one run of a viewer with that presenter: the frame that it is started on, and then others.
 */
void bench_presenter_run(const struct bench_run *run, struct bench_guest *guest,
	const struct bench_screen *screen, const char *presenter,
	struct bench_presenter_result *result);
/* The row of results[count], those of --present auto, against the fastest of those before. */
void bench_presenter_add_auto(struct bench_run *run, const char *figure,
	const struct bench_presenter_result *results, size_t count);
void bench_presenter_finish(struct bench_presenter_result *result);

#endif
