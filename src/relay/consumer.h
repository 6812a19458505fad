/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's end of the relay (protocol 1.2, 2.11-2.17, 4, 10, 11.2). The guest is hostile:
 * control data is copied once, the copy is checked, only the copy is used.
 *
 * The consumer is a state machine that its owner turns: oriel_consumer_step_rt() opens the file,
 * waits for the guest's heartbeat, subscribes, notices loss and begins again, for ever. One thread.
 * After create, functions ending in _rt allocate nothing and wait for nobody, with two exceptions
 * that have an end: a lock in shared memory is waited for ORIEL_CONSUMER_LOCK_MS at most, and step
 * may open and map the file while there is no session and asks four times a second whether it is
 * still the same one.
 */
#ifndef ORIEL_RELAY_CONSUMER_H
#define ORIEL_RELAY_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"

#define ORIEL_CONSUMER_LOCK_MS 50u
#define ORIEL_CONSUMER_HEARTBEAT_LOSS_MS 1000u
/* Frames that may be out at a time: as many as a guest has slots. */
#define ORIEL_CONSUMER_FRAMES_MAX 2u

struct oriel_consumer;

/* Where the relay stands; each has its sentence in oriel_consumer_get_reason(). */
enum oriel_link {
	ORIEL_LINK_NO_FILE,	  /* path does not exist */
	ORIEL_LINK_NO_PERMISSION, /* path cannot be opened for reading and writing */
	ORIEL_LINK_BAD_FILE,	  /* a directory, or no device where one is meant */
	ORIEL_LINK_TOO_SMALL,	  /* smaller than the protocol's header */
	ORIEL_LINK_NO_GUEST, /* no magic, or one without a heartbeat: guest program not running */
	ORIEL_LINK_UNSUPPORTED, /* alive, but LGMP n / KVMFR m is not spoken here */
	ORIEL_LINK_STARTING,	/* alive, queues or application data not complete yet */
	ORIEL_LINK_LIVE,	/* subscribed */
	ORIEL_LINK_STOPPED,	/* was live; heartbeat lost */
	ORIEL_LINK_BAD_GUEST,	/* breaks the protocol; tried again with growing pauses */
	ORIEL_LINK_COUNT
};

/* What the guest says of itself: bounded, printable UTF-8 or ASCII, empty when not said (4.1). */
struct oriel_guest_info {
	char host_version[33];
	uint32_t lgmp_version, kvmfr_version;
	bool accepts_set_cursor;
	bool has_uuid;
	uint8_t uuid[16];
	char capture[33];
	uint32_t cpus, cores, sockets;
	char cpu_model[128];
	uint32_t os; /* enum oriel_guest_os numbering, 4 for unknown */
	char os_name[128];
};

struct oriel_cursor_update {
	bool has_position;
	int32_t x_px, y_px; /* top-left of the image on the upright desktop; may be negative */
	bool visible;
	bool has_shape;
	struct oriel_cursor_shape
		shape; /* image: the consumer's own copy, valid until the next take */
};

struct oriel_consumer_counts {
	uint64_t frames;     /* handed out */
	uint64_t repeats;    /* same serial again, finished without being handed out */
	uint64_t skipped;    /* superseded by a newer one before being handed out */
	uint64_t rejected;   /* failed a check */
	uint64_t incomplete; /* write pointer did not arrive in time */
	uint64_t sessions;   /* begun */
	uint64_t resubscribed;
};

/* path is copied; need not exist yet. */
int oriel_consumer_create(
	struct oriel_consumer **ret_consumer, const char *path, struct oriel_error *error);
/* Unsubscribes when the session is still the same, unmaps. NULL is fine. */
void oriel_consumer_destroy(struct oriel_consumer *consumer);

/* One turn of the state machine; call at least every 100 ms, and at
 * oriel_consumer_get_wait_ns(). Cheap (some loads) while live. */
enum oriel_link oriel_consumer_step_rt(struct oriel_consumer *consumer, uint64_t now_ns);
enum oriel_link oriel_consumer_get_link(const struct oriel_consumer *consumer);
/* One sentence for the user: what is the matter, with which value, what to do. Owned by the
 * consumer, changes with the link. */
const char *oriel_consumer_get_reason(const struct oriel_consumer *consumer);
/* NULL while there is no session. */
const struct oriel_guest_info *oriel_consumer_get_guest(const struct oriel_consumer *consumer);
void oriel_consumer_get_counts(
	const struct oriel_consumer *consumer, struct oriel_consumer_counts *ret_counts);

/*
 * Takes the newest unread frame: 1 and *ret_frame, or 0. damage covers everything since the frame
 * taken before, skipped ones included, and is full when that is not known. While one is out, the
 * next message is handed out, the newest or a repeat (without damage) or neither; with
 * ORIEL_CONSUMER_FRAMES_MAX out, none is. Give frames back soon: the guest has two slots (T6),
 * writes to neither while both are out, and gives a viewer up that keeps one for a second.
 */
int oriel_consumer_take_frame_rt(
	struct oriel_consumer *consumer, uint64_t now_ns, struct oriel_frame *ret_frame);
/* Bytes of frame->pixels that have arrived, clamped to frame->size_bytes (4.7). A hint: never index
 * with more than this, and never wait for it without a deadline. */
size_t oriel_consumer_get_arrived_bytes_rt(
	const struct oriel_consumer *consumer, const struct oriel_frame *frame);
/*
 * Spins, then naps, until at least bytes have arrived: 0. -ETIMEDOUT at deadline_ns, -ESTALE when
 * the session ended meanwhile.
 */
int oriel_consumer_wait_bytes_rt(struct oriel_consumer *consumer, const struct oriel_frame *frame,
	size_t bytes, uint64_t deadline_ns);
/* Gives a frame back; its message is finished when those before it are. complete false: it was not
 * read to the end, so the next one is full. Returns -ESTALE when the session ended while it was
 * out: what was read may be torn. */
int oriel_consumer_give_frame_rt(
	struct oriel_consumer *consumer, struct oriel_frame *frame, bool complete);

/* Takes the next cursor message: 1 or 0; at most a bounded number per step is handed out. */
int oriel_consumer_take_cursor_rt(
	struct oriel_consumer *consumer, struct oriel_cursor_update *ret_update);

/* Asks the guest to move its cursor. 0, -ENOTCONN, -EOPNOTSUPP (guest does not take it), -EAGAIN.
 */
int oriel_consumer_send_cursor_rt(struct oriel_consumer *consumer, int32_t x_px, int32_t y_px);

/* How long from now_ns the owner may sleep before the next step; 0: step again at once, in a loop
 * with oriel_time_relax(). */
uint64_t oriel_consumer_get_wait_ns(const struct oriel_consumer *consumer, uint64_t now_ns);
/* Input was sent to the guest: a frame is likely soon, look often for a moment. */
void oriel_consumer_expect_rt(struct oriel_consumer *consumer, uint64_t now_ns);

#endif
