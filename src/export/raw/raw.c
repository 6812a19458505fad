/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No encoding at all: for machines without FFmpeg's libraries, and for tests. */
#include <errno.h>
#include <stdlib.h>

#include "export/encoder.h"

static int raw_open(struct oriel_encoder **ret_encoder, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_encoder *encoder = calloc(1, sizeof *encoder);

	if (!encoder)
		return oriel_error_set_errno(error, -ENOMEM, "cannot record");
	encoder->ops = &oriel_encoder_raw;
	encoder->track = (struct oriel_matroska_track){
		.codec = "V_UNCOMPRESSED",
		.fourcc = "BGRA",
		.width_px = width_px,
		.height_px = height_px,
	};
	*ret_encoder = encoder;
	return 0;
}

/* Players take the fourth byte for opacity. */
static void make_opaque(struct oriel_tap_slot *slot, size_t bytes)
{
	for (size_t i = 3; i < bytes; i += 4)
		slot->pixels[i] = 0xff;
}

static int raw_encode(struct oriel_encoder *encoder, struct oriel_tap_slot *slot, uint64_t time_ns,
	oriel_encoder_emit emit, void *emit_data, struct oriel_error *error)
{
	size_t bytes = slot ? (size_t)slot->width_px * slot->height_px * 4 : 0;

	if (!slot)
		return 0;
	make_opaque(slot, bytes);
	return emit(emit_data, slot->pixels, bytes, time_ns, true);
}

static void raw_close(struct oriel_encoder *encoder)
{
	free(encoder);
}

const struct oriel_encoder_ops oriel_encoder_raw = {
	.name = "raw",
	.open = raw_open,
	.encode = raw_encode,
	.close = raw_close,
};
