/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's end of the relay: LGMP 6 + KVMFR 20 (protocol 2.7-2.10, 4, 11.1).
 *
 * One producer belongs to the capture thread; oriel_producer_step() may run on one other thread at
 * the same time (the heartbeat must not wait for a slow capture). Nothing waits without a deadline:
 * locks in shared memory are given up after ORIEL_PRODUCER_LOCK_MS and the session is begun anew,
 * since only a dead viewer can hold one that long. Allocates only in create.
 */
#ifndef ORIEL_RELAY_PRODUCER_H
#define ORIEL_RELAY_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"

#define ORIEL_PRODUCER_LOCK_MS 100u
#define ORIEL_PRODUCER_STEP_MS 10u
#define ORIEL_PRODUCER_MIN_BYTES (8u * 1024 * 1024)

struct oriel_producer;

/* Numbers as on the wire (4.1). */
enum oriel_guest_os {
	ORIEL_GUEST_OS_LINUX,
	ORIEL_GUEST_OS_BSD,
	ORIEL_GUEST_OS_MACOS,
	ORIEL_GUEST_OS_WINDOWS,
	ORIEL_GUEST_OS_OTHER,
};

/* Strings are copied and cut to what the wire has room for; NULL means "". */
struct oriel_producer_options {
	const char *host_version; /* 31 bytes */
	uint8_t uuid[16];	  /* of the VM, textual order; zeros: unknown */
	const char *capture;	  /* 31 bytes: name of the capture source */
	uint8_t cpus, cores, sockets;
	const char *cpu_model;
	enum oriel_guest_os os;
	const char *os_name;
	bool accepts_set_cursor;
	bool write_combined;	/* the mapping is: copies are streamed */
	size_t alignment_bytes; /* of pixel data; power of two, 0: 4096 */
	uint32_t session_id;	/* 0: random; a fixed one is for tests */
};

/* base: a mapping of size_bytes that outlives the producer. -ENOSPC when it is too small, -EFBIG
 * from 4 GiB on, -EINVAL for an alignment that is no power of two from 4096 to 1 MiB. */
int oriel_producer_create(struct oriel_producer **ret_producer, uint8_t *base, size_t size_bytes,
	const struct oriel_producer_options *options, uint64_t now_ms, struct oriel_error *error);
/* Clears the magic, so that viewers see at once that the guest program ended. NULL is fine. */
void oriel_producer_destroy(struct oriel_producer *producer);

/*
 * Heartbeat, retirement of read messages, flagging of slow viewers (2.9); every
 * ORIEL_PRODUCER_STEP_MS. Returns true when the session had to be begun anew (the region was wiped,
 * or a lock was held by nobody): everything known must be sent again.
 */
bool oriel_producer_step(struct oriel_producer *producer, uint64_t now_ms);

/* True while any viewer is subscribed to frames and not flagged as lost: capture only then. */
bool oriel_producer_is_watched(const struct oriel_producer *producer);
/* True once after each new viewer of the frame queue: send the last frame again. */
bool oriel_producer_take_new_viewer(struct oriel_producer *producer);
/* True once after each new subscriber of the pointer queue: send shape and position again. */
bool oriel_producer_take_new_pointer_viewer(struct oriel_producer *producer);

/* Pixel bytes one frame slot can hold. */
size_t oriel_producer_get_slot_bytes(const struct oriel_producer *producer);
/* The power-of-two size of a region, in MiB, that is recommended for such frames (6.5). */
size_t oriel_producer_get_needed_mib(uint32_t pitch_bytes, uint32_t height_px);

/*
 * True when a frame can be published without waiting: fewer than two are unread. A viewer that does
 * not read is flagged by step() after a second.
 */
bool oriel_producer_is_ready(const struct oriel_producer *producer);

/*
 * Publishes one frame: pixels in picture's format, picture->pitch_bytes apart. The wire's own pitch
 * is the row rounded up to 256 bytes. damage: what changed since the frame published before; NULL
 * or full copies everything, empty publishes nothing and returns 0. Only what the slot lacks is
 * copied. Rows that do not fit are left out and the truncated flag is set. Returns 1 published, 0
 * nothing to do, -EAGAIN not ready (nothing changed; damage stays the caller's to send again),
 * -EINVAL a picture the wire cannot carry: unknown format, a side of 0 or above 16384, not one row
 * fits.
 */
int oriel_producer_publish_rt(struct oriel_producer *producer, const struct oriel_picture *picture,
	const uint8_t *pixels, const struct oriel_damage *damage);

/* Publishes the last frame again with the same serial (4.8), for a new viewer. 1, 0 (there is
 * none), -EAGAIN. */
int oriel_producer_repeat_rt(struct oriel_producer *producer);

/*
 * Cursor. shape NULL: position and visibility only. Shapes are copied and sent again to newcomers
 * by oriel_producer_repeat_cursor_rt(). 0, -EAGAIN when the queue is full or no shape buffer has
 * been read yet, -EINVAL for a shape that the wire cannot carry.
 */
int oriel_producer_publish_cursor_rt(struct oriel_producer *producer, int32_t x_px, int32_t y_px,
	bool visible, const struct oriel_cursor_shape *shape);
int oriel_producer_repeat_cursor_rt(struct oriel_producer *producer);

/* The newest "set cursor position" of a viewer, checked and clamped to 16 bits. True when there was
 * one since the last call; the viewer is told that it was acted upon at the next call or step. */
bool oriel_producer_take_set_cursor_rt(
	struct oriel_producer *producer, int32_t *ret_x_px, int32_t *ret_y_px);

/* Bytes copied into shared memory since creation. */
uint64_t oriel_producer_get_copied_bytes(const struct oriel_producer *producer);

#endif
