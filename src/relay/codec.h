/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One protocol version of the relay, seen from the viewer's end. The consumer's state machine, the
 * frame description and everything above know no offset and no version number: a further version
 * (LGMP 12 / KVMFR 34) is one more table in relay/codec.c.
 *
 * Internal to src/relay. All functions work on a mapping whose contents an untrusted peer changes;
 * they return copies that passed every check of protocol section 10. Render thread; bounded: the
 * only waits are those for a lock in shared memory, ORIEL_CONSUMER_LOCK_MS at most each.
 */
#ifndef ORIEL_RELAY_CODEC_H
#define ORIEL_RELAY_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/consumer.h"

#define ORIEL_CODEC_COUNT(array) (sizeof(array) / sizeof(array)[0])

struct oriel_codec_map {
	uint8_t *base; /* 8-aligned */
	size_t size_bytes;
};

/* ---- which version lies there --------------------------------------------------------------- */

/*
 * Generations of LGMP keep their magic at one of these places; what else is needed before the
 * version is known lies at the same offsets for all versions of a place (1.1). A magic proves
 * nothing: the contents survive the guest's restart. A place counts once its timestamp was seen to
 * change (T25).
 */
#define ORIEL_CODEC_PLACES 4u

/* False: no magic at this place, or the mapping ends before it. */
bool oriel_codec_has_magic(const struct oriel_codec_map *map, uint32_t place);
uint64_t oriel_codec_get_timestamp_ms(const struct oriel_codec_map *map, uint32_t place);
/* lgmp_version and, where the generation is known, kvmfr_version (else 0); all else empty. */
void oriel_codec_read_versions(
	const struct oriel_codec_map *map, uint32_t place, struct oriel_guest_info *ret_info);

struct oriel_codec_ops;
/* NULL: nobody here speaks it. */
const struct oriel_codec_ops *oriel_codec_find(uint32_t place, uint32_t lgmp_version);

/* Bytes that any codec needs at the least. */
#define ORIEL_CODEC_MIN_BYTES 5760u

/* ---- a session ------------------------------------------------------------------------------ */

enum oriel_codec_queue_kind {
	ORIEL_CODEC_FRAMES,
	ORIEL_CODEC_POINTER,
	ORIEL_CODEC_QUEUES,
};

/* Checked and cached at subscribe: nothing here is read from shared memory again. */
struct oriel_codec_queue {
	bool subscribed;
	uint32_t index; /* block */
	uint32_t length;
	uint32_t messages_offset;
	uint32_t max_time_ms;
	uint32_t subscriber; /* our bit */
	uint32_t next;	     /* private read index */
};

struct oriel_codec_session {
	struct oriel_codec_map map;
	uint32_t id;	    /* copied when the session was joined; another one there: it is over */
	uint32_t client_id; /* ours, random */
	struct oriel_codec_queue queues[ORIEL_CODEC_QUEUES];
};

struct oriel_codec_message {
	uint32_t udata;
	uint32_t size_bytes;
	uint32_t offset_bytes;
	uint32_t behind; /* newer ones that wait */
};

/* A frame header after its checks. damage: against the previous serial, in image pixels. */
struct oriel_codec_frame {
	struct oriel_picture picture;
	struct oriel_damage damage;
	uint32_t serial;
	uint32_t format_version;
	size_t pointer_offset; /* of the write pointer, from the mapping's base; 4-aligned */
	size_t pixels_offset;
	size_t size_bytes; /* of readable pixel bytes: rows * pitch */
};

/*
 * Errors that several functions share:
 * -ESTALE    the session is over; nothing of it may be written any more (T5)
 * -ETIMEDOUT our subscription is gone (we were too slow, T10): subscribe again
 * -EBUSY     somebody held a lock for the whole ORIEL_CONSUMER_LOCK_MS (T1)
 * -EBADMSG   a value that breaks the protocol
 */
struct oriel_codec_ops {
	const char *name; /* "B7" */
	uint32_t place;
	uint32_t lgmp_version, kvmfr_version;
	size_t min_bytes;
	uint32_t (*get_session_id)(const struct oriel_codec_map *map);
	/* 0; -EAGAIN: not complete yet; -EPROTONOSUPPORT: *ret_info has the versions; -EBADMSG. */
	int (*read_info)(const struct oriel_codec_map *map, struct oriel_guest_info *ret_info);
	/* 0; -EAGAIN: no such queue yet; -ENOSPC: every place is taken; -ESTALE, -EBUSY, -EBADMSG.
	 */
	int (*subscribe)(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
	/* Touches nothing when session or slot are no longer ours (T5). */
	void (*unsubscribe)(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
	/* 1: the message ahead of our read index by so many, 0: none; -ESTALE, -ETIMEDOUT,
	 * -EBADMSG. */
	int (*peek)(const struct oriel_codec_session *session, enum oriel_codec_queue_kind kind,
		uint32_t ahead, struct oriel_codec_message *ret_message);
	/* Finishes the message at our read index, which was peeked, and moves on: 0; -ESTALE,
	 * -ETIMEDOUT, -EBUSY, -EBADMSG. */
	int (*done)(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
	/* 0; -EBADMSG: drop the message. */
	int (*read_frame)(const struct oriel_codec_session *session,
		const struct oriel_codec_message *message, struct oriel_codec_frame *ret_frame);
	/* image: room for ORIEL_CURSOR_BYTES_MAX; written only when there is a shape. Errors as
	 * above. */
	int (*read_cursor)(const struct oriel_codec_session *session,
		const struct oriel_codec_message *message, uint8_t *image,
		struct oriel_cursor_update *ret_update);
	/* 0; -EAGAIN: full; -ESTALE, -ETIMEDOUT, -EBUSY, -EBADMSG. */
	int (*send_cursor)(struct oriel_codec_session *session, int32_t x_px, int32_t y_px);
};

extern const struct oriel_codec_ops oriel_codec_b7;

#endif
