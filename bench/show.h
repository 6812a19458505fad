/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sides of a comparison on the screen: oriel-view and the floor's loops, started and stopped
 * alike. */
#ifndef BENCH_SHOW_H
#define BENCH_SHOW_H

#include "floor.h"
#include "guest.h"
#include "measure.h"
#include "process.h"
#include "screen.h"

enum bench_side {
	BENCH_SIDE_VIEWER,
	BENCH_SIDE_SPIN,
	BENCH_SIDE_POLL,
	BENCH_SIDE_PACED,
	BENCH_SIDE_COUNT
};

struct bench_show {
	struct bench_process process;
	struct bench_floor *floor; /* NULL for the viewer */
};

/* Starts the side and returns when it shows the guest's frames. */
void bench_show_start(struct bench_show *ret_show, enum bench_side side,
	const struct bench_run *run, struct bench_guest *guest, const struct bench_screen *screen,
	uint64_t period_ns);
/* Stops it and returns when the guest has no viewer any more; the viewer's output stays until
 * bench_process_finish(&show->process). */
void bench_show_stop(struct bench_show *show, struct bench_guest *guest);

#endif
