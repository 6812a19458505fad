/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The least that reads frames from the relay: loads and stores at the places where B7 has them, not
 * one check, no reconnection. It exists to tell what the protocol itself costs; nothing that faces
 * a real guest may look like this.
 */
#ifndef BENCH_RAWLINK_H
#define BENCH_RAWLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/wire_b7.h"

struct bench_rawlink {
	uint8_t *base;
	struct b7_queue *queue;
	struct b7_message *messages;
	uint32_t subscriber; /* bit number */
	uint32_t next;	     /* slot of the next message */
};

/* base: a mapping with a running producer. */
void bench_rawlink_subscribe(struct bench_rawlink *ret_link, uint8_t *base);
/* The slot of a floor that is killed instead would hold the queue up for a second. */
void bench_rawlink_unsubscribe(struct bench_rawlink *link);
/* The next frame's header, or NULL when none has been posted. */
struct b7_frame *bench_rawlink_peek(struct bench_rawlink *link);
/* Gives that frame's slot back. */
void bench_rawlink_done(struct bench_rawlink *link);
/* Bytes of the frame that have been written so far. */
uint32_t bench_rawlink_get_written_bytes(const struct b7_frame *frame);
const uint8_t *bench_rawlink_get_pixels(const struct b7_frame *frame);

#endif
