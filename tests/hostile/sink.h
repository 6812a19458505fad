/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our consumer at work in a thread of the test, as a viewer does it: it takes frames and cursors,
 * applies damage to a picture of its own and compares every byte of it with the peers' pattern.
 * Everything below may be called from the test's thread.
 */
#ifndef HOSTILE_SINK_H
#define HOSTILE_SINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/consumer.h"

struct sink_seen {
	uint32_t good;	     /* frames equal to the pattern */
	uint32_t partial;    /* of them with rectangles */
	uint32_t wrong;	     /* frames that are not */
	uint32_t unfinished; /* pixels did not come, or the session ended meanwhile */
	uint32_t cursors, shapes, wrong_shapes;
	uint32_t links; /* bit per enum oriel_link that was shown */
	enum oriel_link link;
	char reason[640];
	struct oriel_picture picture; /* of the last good frame */
	uint32_t serial;
	struct oriel_cursor_update cursor; /* the last one; its image is gone */
	struct oriel_cursor_shape shape;   /* the last one; likewise */
	struct oriel_guest_info guest;
	struct oriel_consumer_counts counts;
	uint64_t longest_ns; /* that one turn took, waiting for pixels left out */
};

struct sink {
	struct oriel_consumer *consumer;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards the rest */
	bool quit;
	uint32_t cursor_serial; /* what images are expected to show */
	uint8_t *picture;
	struct sink_seen seen;
};

void sink_start(struct sink *sink, const char *path);
void sink_stop(struct sink *sink);
struct sink_seen sink_look(struct sink *sink);
/* Begins counting anew. */
void sink_clear(struct sink *sink);
void sink_expect_cursor(struct sink *sink, uint32_t serial);
int sink_send_cursor(struct sink *sink, int32_t x_px, int32_t y_px);
/* True once count good frames were seen since the last clear; false after wait_ms. */
bool sink_wait_good(struct sink *sink, uint32_t count, uint32_t wait_ms);
/* True once link was shown since the last clear. */
bool sink_wait_link(struct sink *sink, enum oriel_link link, uint32_t wait_ms);

#endif
