/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pixel formats of screens that the protocol does not have, turned into ones that it has. Plain
 * functions; any thread; nothing blocks.
 */
#ifndef ORIEL_GUEST_CORE_PIXELS_H
#define ORIEL_GUEST_CORE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

/* How a screen's pixels become the protocol's. */
struct oriel_pixels_way {
	enum oriel_pixel_format format; /* afterwards */
	uint32_t source_bytes;		/* per pixel, before */
	/* One run of pixels; NULL: they are the protocol's already. to and from may be the same
	 * when both have 4 bytes. */
	void (*convert)(uint8_t *to, const uint8_t *from, size_t count_px);
};

extern const struct oriel_pixels_way oriel_pixels_bgra;	       /* B,G,R,x */
extern const struct oriel_pixels_way oriel_pixels_rgba;	       /* R,G,B,x */
extern const struct oriel_pixels_way oriel_pixels_rgba10;      /* x:B:G:R 2:10:10:10 */
extern const struct oriel_pixels_way oriel_pixels_from_bgra10; /* x:R:G:B 2:10:10:10 */
extern const struct oriel_pixels_way oriel_pixels_from_rgb565; /* R:G:B 5:6:5 */

/* Converts the damaged parts of a picture of width_px x height_px; way->convert must not be NULL.
 */
void oriel_pixels_convert_rt(const struct oriel_pixels_way *way, uint8_t *to, size_t to_pitch_bytes,
	const uint8_t *from, size_t from_pitch_bytes, uint32_t width_px, uint32_t height_px,
	const struct oriel_damage *damage);

#endif
