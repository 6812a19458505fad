/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's end of LGMP 6 + KVMFR 20 as the stock B7 client behaves (try-lock when finishing,
 * stale bits left alone), with one difference: it keeps a picture of its own, to which it applies
 * damage as the wire describes it, and compares every byte with what the pattern says. One thread.
 */
#ifndef PEER_VIEWER_H
#define PEER_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_status {
	PEER_OK,
	PEER_EMPTY,
	PEER_NO_SESSION,
	PEER_NO_QUEUE,
	PEER_FULL,
	PEER_TIMEOUT, /* flagged BAD: subscribe again */
	PEER_UNSUBSCRIBED,
	PEER_CORRUPTED,
};

struct peer_subscription {
	uint32_t block, slots, length;
	uint32_t id, read;
	bool active;
};

struct peer_counts {
	uint32_t frames, repeats, wrong, incomplete, skipped, partial, truncated;
	uint32_t cursors, shapes, wrong_shapes;
};

struct peer_viewer {
	uint8_t *base;
	size_t size_bytes;
	uint32_t session_id, client_id;
	uint64_t timestamp, changed_ms;
	uint32_t features;
	char host_version[33];
	struct peer_subscription frame, pointer;
	struct peer_counts counts;

	/* The last frame's structure, and the picture as shown. */
	uint32_t words[14];
	uint32_t flags;
	bool has_picture;
	uint32_t rows;
	uint8_t *picture;
	size_t row_bytes;

	int16_t cursor_x, cursor_y;
	bool cursor_visible;
	uint32_t cursor_type, cursor_width, cursor_height, cursor_pitch;
	int8_t hot_x, hot_y;
	uint32_t cursor_serial; /* what images are expected to show */
};

/* Words of the frame structure (4.4). */
enum peer_word {
	PEER_W_FORMAT_VERSION,
	PEER_W_SERIAL,
	PEER_W_TYPE,
	PEER_W_SCREEN_WIDTH,
	PEER_W_SCREEN_HEIGHT,
	PEER_W_DATA_WIDTH,
	PEER_W_DATA_HEIGHT,
	PEER_W_FRAME_WIDTH,
	PEER_W_FRAME_HEIGHT,
	PEER_W_ROTATION,
	PEER_W_STRIDE,
	PEER_W_PITCH,
	PEER_W_OFFSET,
	PEER_W_DAMAGE_COUNT,
};

/* Waits for the heartbeat, then reads the application data (2.11, 4.1). */
enum peer_status peer_viewer_attach(struct peer_viewer *viewer, uint32_t wait_ms);
/* 2.12. */
bool peer_viewer_is_valid(struct peer_viewer *viewer);
enum peer_status peer_viewer_subscribe(
	struct peer_viewer *viewer, struct peer_subscription *subscription, uint32_t queue_id);
enum peer_status peer_viewer_unsubscribe(
	struct peer_viewer *viewer, struct peer_subscription *subscription);
/* Each takes one message, checks it and finishes it. */
enum peer_status peer_viewer_take_frame(struct peer_viewer *viewer);
enum peer_status peer_viewer_take_cursor(struct peer_viewer *viewer);
/* Sends and waits for the acknowledgement (2.17). */
enum peer_status peer_viewer_set_cursor(
	struct peer_viewer *viewer, int32_t x, int32_t y, uint32_t wait_ms);
void peer_viewer_finish(struct peer_viewer *viewer);

#endif
