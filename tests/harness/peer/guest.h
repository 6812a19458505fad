/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's end of LGMP 6 + KVMFR 20 as the stock B7 host behaves: magic written first, a frame
 * posted before its pixels, a write pointer that moves in steps of 1 MiB, slow viewers flagged BAD
 * after a second, cursor buffers reused without looking. One thread.
 */
#ifndef PEER_GUEST_H
#define PEER_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_POSITION_BUFFERS 20u
#define PEER_SHAPE_BUFFERS 3u
#define PEER_SHAPE_BYTES (24u + 512u * 512u * 4u)

/* Which queue block is which: the order in which the stock host creates them. */
enum peer_queue { PEER_FRAME, PEER_POINTER, PEER_QUEUES };

enum peer_damage {
	PEER_DAMAGE_FULL,  /* no rectangle: everything */
	PEER_DAMAGE_TILES, /* what really changed */
	PEER_DAMAGE_OVER,  /* 65 of them: more than the wire allows, to be taken as everything */
};

/* The frames to send, set by the caller before or between frames; 0: derive it. */
struct peer_mode {
	uint32_t type, width_px, height_px;
	uint32_t pitch_bytes; /* 0: the row rounded up to 256 bytes */
	uint32_t rotation;
	uint32_t flags;
	enum peer_damage damage;
	bool short_rows; /* BGR_32 as the B7 host stores it when the width mod 4 is 3 */
};

struct peer_cursor {
	int16_t x, y;
	bool visible;
	bool has_shape;
	uint32_t type, width_px, height_px,
		pitch_bytes; /* height as on the wire: doubled for mono */
	int8_t hot_x, hot_y;
	uint32_t serial; /* what the image shows */
};

struct peer_ring {
	uint32_t block;	   /* offset of the queue block */
	uint32_t slots;	   /* offset of the descriptors */
	uint32_t length;   /* N */
	uint32_t position; /* the host's private copy */
	uint32_t cm_read;  /* client messages */
};

struct peer_guest {
	uint8_t *base;
	size_t size_bytes;
	struct peer_ring rings[PEER_QUEUES];
	uint32_t position_buffers[PEER_POSITION_BUFFERS], next_position;
	uint32_t shape_buffers[PEER_SHAPE_BUFFERS], next_shape, last_shape;
	uint32_t frame_buffers[2], frame_bytes, next_frame;
	struct peer_mode mode;
	struct peer_cursor cursor;
	uint32_t alignment;
	uint32_t serial; /* of the next frame */
	uint32_t format_version;
	bool has_frame;
	uint32_t features;
	uint32_t session_id;
	uint64_t last_process_ms;
	uint64_t frozen_until_ms; /* heartbeat held back */
	/* Called for each "set cursor position"; may be NULL. */
	void (*on_set_cursor)(void *data, int32_t x, int32_t y);
	void *data;
};

/* Begins a session (2.7); session_id as given. Everything but base, size_bytes, mode and the
 * callback is set up anew, serial too. False: does not fit. */
bool peer_guest_begin(struct peer_guest *guest, uint32_t session_id);
/* What the stock host does every 10 ms; to be called often, acts when it is due. */
void peer_guest_pump(struct peer_guest *guest);

/* Any change of guest->mode is followed by this. */
void peer_guest_set_mode(struct peer_guest *guest, const struct peer_mode *mode);
bool peer_guest_has_viewer(const struct peer_guest *guest, enum peer_queue queue);
/* Exchanges the new-subscriber count with 0. */
uint32_t peer_guest_take_new(struct peer_guest *guest, enum peer_queue queue);

/* 1 queued, 0 nobody listens, -1 the ring is full. */
int peer_guest_post(struct peer_guest *guest, enum peer_queue queue, uint32_t udata,
	uint32_t size_bytes, uint32_t offset);
/* The same, waiting (and pumping) while the ring is full. */
int peer_guest_post_wait(struct peer_guest *guest, enum peer_queue queue, uint32_t udata,
	uint32_t size_bytes, uint32_t offset);

/* Sends the next frame by 4.7. until_bytes: where to stop filling in; SIZE_MAX for all of it. */
int peer_guest_send_frame(struct peer_guest *guest, size_t until_bytes);
/* Posts the last frame again under its old serial. */
int peer_guest_repeat_frame(struct peer_guest *guest);
/* Sends guest->cursor; new_shape: image too, in the next shape buffer. */
int peer_guest_send_cursor(struct peer_guest *guest, bool new_shape);
/* The last shape buffer again, with the position of now. */
int peer_guest_repeat_cursor(struct peer_guest *guest);

/* Fills a frame structure and returns the pitch; rows: what the wire says is stored. */
uint32_t peer_guest_fill_frame(
	struct peer_guest *guest, uint32_t offset, uint32_t serial, uint32_t *ret_rows);

#endif
