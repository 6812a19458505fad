/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/codec_b7.h"

static uint32_t get_session_id(const struct oriel_codec_map *map)
{
	return oriel_codec_b7_get_session_id(map);
}

const struct oriel_codec_ops oriel_codec_b7 = {
	.name = "B7",
	.place = 0,
	.lgmp_version = B7_LGMP_VERSION,
	.kvmfr_version = B7_KVMFR_VERSION,
	.min_bytes = sizeof(struct b7_header),
	.get_session_id = get_session_id,
	.read_info = oriel_codec_b7_read_info,
	.subscribe = oriel_codec_b7_subscribe,
	.unsubscribe = oriel_codec_b7_unsubscribe,
	.peek = oriel_codec_b7_peek,
	.done = oriel_codec_b7_done,
	.read_frame = oriel_codec_b7_read_frame,
	.read_cursor = oriel_codec_b7_read_cursor,
	.send_cursor = oriel_codec_b7_send_cursor,
};
