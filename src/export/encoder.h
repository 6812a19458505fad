/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns pictures into the packets of a lossless video, each picture again to the bit.
 *
 * Implementations are tables of struct oriel_encoder_ops: h264 and ffv1 by FFmpeg's libavcodec,
 * which is looked for when it is first needed, and raw, which always works. Belongs to one thread
 * and uses several of its own; may take long.
 */
#ifndef ORIEL_EXPORT_ENCODER_H
#define ORIEL_EXPORT_ENCODER_H

#include "base/error.h"
#include "export/matroska.h"
#include "export/tap.h"

/* 0, or a negative errno, which ends the encoding. data is borrowed. */
typedef int (*oriel_encoder_emit)(
	void *emit_data, const uint8_t *data, size_t bytes, uint64_t time_ns, bool is_key);

struct oriel_encoder {
	const struct oriel_encoder_ops *ops;
	struct oriel_matroska_track track;
};

struct oriel_encoder_ops {
	const char *name;
	/* NULL where there is nothing to load. */
	void (*prepare)(void);
	/* -ENOSYS: not on this machine; the reason says what is missing. */
	int (*open)(struct oriel_encoder **ret_encoder, uint32_t width_px, uint32_t height_px,
		struct oriel_error *error);
	/* The fourth byte of each pixel may be changed. slot NULL: nothing comes after it. What
	 * emit failed with is returned without touching error. */
	int (*encode)(struct oriel_encoder *encoder, struct oriel_tap_slot *slot, uint64_t time_ns,
		oriel_encoder_emit emit, void *emit_data, struct oriel_error *error);
	/* NULL is fine. */
	void (*close)(struct oriel_encoder *encoder);
};

/* The best first, ends with NULL. */
extern const struct oriel_encoder_ops *const oriel_encoders[];

extern const struct oriel_encoder_ops oriel_encoder_h264;
extern const struct oriel_encoder_ops oriel_encoder_ffv1;
extern const struct oriel_encoder_ops oriel_encoder_raw;

/* Loads what the encoders need, so that the first one opens quickly. Any thread. */
void oriel_encoder_prepare(void);
/* name: one of the table, or "auto": the first of it that works. */
int oriel_encoder_open(struct oriel_encoder **ret_encoder, const char *name, uint32_t width_px,
	uint32_t height_px, struct oriel_error *error);

#endif
