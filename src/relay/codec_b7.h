/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the B7 codec; the contract of each is that of its entry in struct oriel_codec_ops.
 * Internal to the codec_b7*.c files. */
#ifndef ORIEL_RELAY_CODEC_B7_H
#define ORIEL_RELAY_CODEC_B7_H

#include "relay/codec.h"
#include "relay/wire.h"
#include "relay/wire_b7.h"

static inline struct b7_header *oriel_codec_b7_header(const struct oriel_codec_map *map)
{
	return (struct b7_header *)(void *)map->base;
}

static inline uint32_t oriel_codec_b7_get_session_id(const struct oriel_codec_map *map)
{
	return oriel_wire_load32(&oriel_codec_b7_header(map)->session_id);
}

/* The magic goes first when a guest program ends or begins anew. */
static inline bool oriel_codec_b7_is_over(const struct oriel_codec_session *session)
{
	return oriel_wire_load32(&oriel_codec_b7_header(&session->map)->magic) != B7_LGMP_MAGIC ||
	       oriel_codec_b7_get_session_id(&session->map) != session->id;
}

int oriel_codec_b7_read_info(const struct oriel_codec_map *map, struct oriel_guest_info *ret_info);

int oriel_codec_b7_subscribe(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
void oriel_codec_b7_unsubscribe(
	struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
int oriel_codec_b7_peek(const struct oriel_codec_session *session, enum oriel_codec_queue_kind kind,
	uint32_t ahead, struct oriel_codec_message *ret_message);
int oriel_codec_b7_done(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind);
int oriel_codec_b7_send_cursor(struct oriel_codec_session *session, int32_t x_px, int32_t y_px);

/* The slot's payload lies inside the mapping, 4-aligned, behind the header, apart from the rings we
 * know, and has at least min_bytes. */
bool oriel_codec_b7_is_sound(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, size_t min_bytes);

int oriel_codec_b7_read_frame(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, struct oriel_codec_frame *ret_frame);
int oriel_codec_b7_read_cursor(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, uint8_t *image,
	struct oriel_cursor_update *ret_update);

#endif
