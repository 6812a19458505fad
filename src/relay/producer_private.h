/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a producer and what they may ask of each other. Only src/relay/producer*.c.
 *
 * Everything here that changes is guarded by producer->mutex, unless it says otherwise. The mutex
 * is never held across a copy of pixels; under it a lock in shared memory is waited for
 * ORIEL_PRODUCER_LOCK_MS at most.
 */
#ifndef ORIEL_RELAY_PRODUCER_PRIVATE_H
#define ORIEL_RELAY_PRODUCER_PRIVATE_H

#include <pthread.h>

#include "relay/copy.h"
#include "relay/copy_tuner.h"
#include "relay/producer.h"
#include "relay/wire_b7.h"

#define PRODUCER_FRAME_SLOTS 2u
#define PRODUCER_SHAPE_BUFFERS 3u
#define PRODUCER_POSITION_BUFFERS 20u
#define PRODUCER_UDATA_MAX_BYTES 512u

/* ---- producer_layout.c: where everything lies (2.8, 4.2); never changes after create -------- */

struct producer_layout {
	uint32_t frame_ring; /* offsets from the start of the region */
	uint32_t pointer_ring;
	uint32_t position_buffers; /* one after the other */
	uint32_t shape_buffers;	   /* likewise */
	uint32_t frame_slots;	   /* likewise */
	uint32_t frame_slot_bytes;
	uint32_t alignment_bytes;
};

#define PRODUCER_POSITION_BYTES ((uint32_t)sizeof(struct b7_cursor))
#define PRODUCER_SHAPE_BYTES ((uint32_t)sizeof(struct b7_cursor) + ORIEL_CURSOR_BYTES_MAX)

/* -ENOSPC when the frames do not fit. */
int oriel_producer_layout_plan(struct producer_layout *ret_layout, size_t region_bytes,
	uint32_t udata_bytes, size_t alignment_bytes);

/* ---- producer_udata.c: what the guest says of itself (4.1) ---------------------------------- */

/* ret_udata: room for PRODUCER_UDATA_MAX_BYTES. Returns the bytes used. */
uint32_t oriel_producer_udata_build(
	const struct oriel_producer_options *options, uint8_t *ret_udata);

/* ---- producer_queue.c: one queue block and its ring (2.3, 2.9, 2.10) ------------------------ */

struct producer_queue {
	/* Constant after init. */
	struct b7_queue *shared;
	struct b7_message *ring; /* length entries in shared memory */
	uint32_t ring_offset;
	uint32_t id;
	uint32_t length; /* N */
	/* Of this session. */
	uint32_t position;		     /* ours; only ever written to shared memory */
	uint64_t posted;		     /* messages queued so far */
	uint32_t owners[B7_SUBSCRIBERS_MAX]; /* client ids last seen, to notice a change of owner */
};

void oriel_producer_queue_init(struct producer_queue *queue, uint8_t *base, uint32_t index,
	uint32_t id, uint32_t configured_length, uint32_t ring_offset);
/* Fills the block, whose memory and whose ring's memory are zero, and forgets the session before.
 */
void oriel_producer_queue_begin(struct producer_queue *queue);
/* 1 queued, 0 nobody listens, -EAGAIN full, -ETIMEDOUT the lock is held by nobody, -EBADMSG the
 * block holds impossible values. */
int oriel_producer_queue_post(struct producer_queue *queue, uint64_t now_ms, uint32_t udata,
	uint32_t size_bytes, uint32_t offset);
/* 0, or the last two of post. */
int oriel_producer_queue_process(struct producer_queue *queue, uint64_t now_ms);
/* Un-retired messages; more than the ring can hold when the block is damaged. Any thread. */
uint32_t oriel_producer_queue_count(const struct producer_queue *queue);
/* Somebody subscribed who is not flagged as lost (T8). Any thread. */
bool oriel_producer_queue_is_watched(const struct producer_queue *queue);
/* Any thread. */
bool oriel_producer_queue_take_new_subscriber(struct producer_queue *queue);

/* ---- producer_message.c: what clients send (2.17, 4.9) -------------------------------------- */

struct producer_messages {
	uint32_t read_index; /* 0..9 */
	uint32_t
		unacknowledged; /* read, belonging to a position that the guest has yet to act on */
	bool has_position;
	int16_t x_px, y_px; /* the newest asked for */
};

/* Reads all there is; 0, or the errors of oriel_producer_queue_process(). */
int oriel_producer_messages_drain(
	struct producer_messages *messages, struct producer_queue *queue, bool accepts_set_cursor);
/* Tells the clients that what was read has been acted upon. */
void oriel_producer_messages_acknowledge(
	struct producer_messages *messages, struct producer_queue *queue);

/* ---- the producer --------------------------------------------------------------------------- */

struct producer_slot {
	struct oriel_damage lacks; /* against the newest picture */
};

struct producer_frames {
	struct producer_slot slots[PRODUCER_FRAME_SLOTS];
	struct oriel_picture picture; /* as on the wire: its own pitch and rows */
	uint32_t format_version;
	uint32_t next_serial;
	uint32_t newest;	/* slot of the newest picture */
	bool has_layout;	/* picture is what both slots are laid out for */
	bool has_newest;	/* newest is complete */
	bool newest_was_posted; /* somebody may be reading it: the next goes to the other slot */
};

struct producer_cursor {
	uint32_t next_position; /* buffer */
	uint32_t next_shape;	/* buffer */
	int32_t newest_shape;	/* buffer, -1: none known */
	uint64_t
		shape_posted[PRODUCER_SHAPE_BUFFERS]; /* queue's count when last posted, 0: never */
	int16_t x_px, y_px;
	bool visible;
};

struct oriel_producer {
	/* Constant after create. */
	uint8_t *base;
	struct b7_header *header;
	struct producer_layout layout;
	uint8_t udata[PRODUCER_UDATA_MAX_BYTES];
	uint32_t udata_bytes;
	bool accepts_set_cursor;
	bool write_combined;

	pthread_mutex_t mutex;
	uint64_t now_ms; /* of the last step */
	uint32_t session_id;
	uint32_t sessions;  /* begun; tells a copy that the session changed under it */
	const char *broken; /* what does not make sense in shared memory, so that step begins a
			     * session; NULL: nothing */
	struct producer_queue frame_queue, pointer_queue;
	struct producer_messages messages;
	struct producer_frames frames;
	struct producer_cursor cursor;

	struct oriel_copy_tuner tuner; /* capture thread only */

	uint64_t copied_bytes; /* written by the capture thread, read by any: atomic */
};

/* Notes what a queue function returned: errors that only a new session mends become -EAGAIN. */
int oriel_producer_check(struct oriel_producer *producer, int rc);

/* Coordinates are 16 bits on the wire. */
static inline int16_t producer_clamp16(int32_t value)
{
	if (value < INT16_MIN)
		return INT16_MIN;
	return value > INT16_MAX ? INT16_MAX : (int16_t)value;
}

void oriel_producer_frames_begin(struct producer_frames *frames);
void oriel_producer_cursor_begin(struct producer_cursor *cursor);

#endif
