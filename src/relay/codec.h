/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One protocol version of the relay, seen from the viewer's end. The consumer's state machine, the
 * frame description and everything above know no offset and no version number: a further version
 * (LGMP 12 / KVMFR 34) is one more table in relay/codecs.c.
 *
 * Internal to src/relay. All functions work on a mapping whose contents an untrusted peer changes;
 * they return copies that passed every check of protocol section 10. Render thread; bounded.
 */
#ifndef ORIEL_RELAY_CODEC_H
#define ORIEL_RELAY_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/consumer.h"

/* What the session layer and the codecs share about one mapping. */
struct oriel_codec_map {
	uint8_t *base;
	size_t size_bytes;
};

struct oriel_codec_queue {
	uint32_t index;		  /* block */
	uint32_t length;	  /* N, checked and cached at subscribe */
	uint32_t messages_offset; /* checked and cached at subscribe */
	uint32_t subscriber;	  /* our bit */
	uint32_t client_id;
	uint32_t next; /* private read index */
	uint32_t max_time_ms;
	bool subscribed;
};

struct oriel_codec_message {
	uint32_t slot;
	uint32_t udata;
	uint32_t size_bytes;
	uint32_t offset_bytes;
};

/* A frame header after its checks. damage: against the previous serial, in image pixels. */
struct oriel_codec_frame {
	struct oriel_picture picture;
	struct oriel_damage damage;
	uint32_t serial;
	uint32_t format_version;
	size_t pointer_offset; /* of the write pointer, from the mapping's base */
	size_t pixels_offset;
	size_t size_bytes; /* of readable pixel bytes */
};

enum oriel_codec_probe { ORIEL_PROBE_ABSENT, ORIEL_PROBE_OTHER_VERSION, ORIEL_PROBE_MATCH };

struct oriel_codec_ops {
	const char *name; /* "B7" */
	size_t min_bytes;
	/* Is this version's magic there; *ret_version: the LGMP version found. */
	enum oriel_codec_probe (*probe)(const struct oriel_codec_map *map, uint32_t *ret_version);
	uint64_t (*get_timestamp_ms)(const struct oriel_codec_map *map);
	uint32_t (*get_session_id)(const struct oriel_codec_map *map);
	/* 0, -EAGAIN (not complete yet), -EPROTONOSUPPORT (*ret_info has the versions). */
	int (*read_info)(const struct oriel_codec_map *map, struct oriel_guest_info *ret_info);
	/* 0, -EAGAIN (no such queue yet), -EBUSY (lock), -EUSERS (full), -ESTALE (session),
	 * -EBADMSG. */
	int (*subscribe)(const struct oriel_codec_map *map, bool pointer, uint32_t session_id,
		uint32_t client_id, struct oriel_codec_queue *ret_queue);
	/* Touches nothing when session or slot are no longer ours (T5). */
	void (*unsubscribe)(const struct oriel_codec_map *map, uint32_t session_id,
		struct oriel_codec_queue *queue);
	/* 1 message, 0 none, -ESTALE / -ETIMEDOUT (re-subscribe), -EBADMSG (corrupted). */
	int (*peek)(const struct oriel_codec_map *map, struct oriel_codec_queue *queue,
		struct oriel_codec_message *ret_message);
	/* Finishes the message at queue->next and moves on. Same errors as peek, and -EBUSY. */
	int (*done)(const struct oriel_codec_map *map, struct oriel_codec_queue *queue);
	/* -EBADMSG: drop the message. */
	int (*read_frame)(const struct oriel_codec_map *map,
		const struct oriel_codec_message *message, struct oriel_codec_frame *ret_frame);
	/* image: room for ORIEL_CURSOR_BYTES_MAX. */
	int (*read_cursor)(const struct oriel_codec_map *map,
		const struct oriel_codec_message *message, uint8_t *image,
		struct oriel_cursor_update *ret_update);
	/* 0, -EAGAIN (full), -EBUSY (lock), others as peek. */
	int (*send_cursor)(const struct oriel_codec_map *map, struct oriel_codec_queue *queue,
		int32_t x_px, int32_t y_px);
};

extern const struct oriel_codec_ops oriel_codec_b7;
/* Ends with NULL; tried in order. */
extern const struct oriel_codec_ops *const oriel_codecs[];

#endif
