/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames on their way from the guest in this process to a reader in another. */
#ifndef BENCH_CROSSING_H
#define BENCH_CROSSING_H

#include <stddef.h>
#include <stdint.h>

#include "guest.h"

/* In shared memory. */
struct bench_crossing {
	const struct bench_guest *guest;
	size_t bytes;	 /* of a frame */
	uint8_t *slots;	 /* two plain ones, for copies without the protocol */
	uint32_t posted; /* plain frames */
	uint32_t taken;	 /* by the reader, plain frames */
	uint32_t stop;	 /* the reader of the relay shall end */
	uint32_t marker; /* of the frame that the reader has read last */
};

struct bench_crossing *bench_crossing_open(const struct bench_guest *guest);
void bench_crossing_close(struct bench_crossing *crossing);

/* The reader: memory for one frame of its own, touched. */
uint8_t *bench_crossing_make_target(const struct bench_crossing *crossing);
/* The reader: has read a frame; last_pixel: of its damage. */
void bench_crossing_note(struct bench_crossing *crossing, const uint8_t *last_pixel);
/* The guest: spins, with ticks, until the newest frame has been read. */
void bench_crossing_wait(const struct bench_crossing *crossing, struct bench_guest *guest);

#endif
