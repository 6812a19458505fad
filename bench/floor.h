/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The floor: the barest loop that brings the guest's pixels onto an X screen, to compare the viewer
 * with. It follows the write pointer, copies the damage straight into one XShm segment as it comes,
 * and puts it. Runs as a process of its own (bench_process_fork) until it is told to stop.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

enum bench_floor_wait {
	BENCH_FLOOR_SPIN,  /* looks all the time */
	BENCH_FLOOR_POLL,  /* looks every millisecond */
	BENCH_FLOOR_PACED, /* sleeps until BENCH_FLOOR_EARLY_NS before the frame that is due */
};

#define BENCH_FLOOR_EARLY_NS UINT64_C(300000)
#define BENCH_FLOOR_NAP_NS UINT64_C(50000)

struct bench_floor {
	enum bench_floor_wait wait;
	const char *display;
	uint8_t *base; /* the region */
	uint32_t width_px, height_px;
	uint64_t period_ns; /* of the guest, for PACED */
	uint32_t stop;	    /* set by the parent */
};

/* shared: a struct bench_floor in memory from bench_share(). */
void bench_floor_run(void *shared);

#endif
