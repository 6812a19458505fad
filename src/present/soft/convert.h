/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of any pixel format turned into a canvas's: 4 bytes B,G,R,X; those of more than eight bits a
 * channel also into deep ones (present/soft/depth.h).
 *
 * 8-bit channels pass unchanged, 10-bit ones as well or rounded to the nearest. RGBA16F is linear
 * scRGB with 1.0 = 80 nits = the white of an ordinary screen. RGBA10 with the HDR flag is linear
 * (1.0 = white) or, with the PQ flag, PQ with white at 203 nits. All of these are brought to 0..1
 * as struct oriel_colours says, encoded with the sRGB curve and rounded; the primaries are taken as
 * they are. Alpha is ignored: it is undefined on the wire.
 *
 * Any thread; nothing blocks. oriel_soft_convert_choose() may build a table on its first call for a
 * format with a curve; call it when a layout changes, on one thread at a time.
 */
#ifndef ORIEL_PRESENT_SOFT_CONVERT_H
#define ORIEL_PRESENT_SOFT_CONVERT_H

#include <stdint.h>

#include "base/frame.h"
#include "present/soft/colour.h"

/* to: count pixels, one per 32 bits. from: unaligned pixels that another process may be changing.
 */
typedef void (*oriel_soft_convert_fn)(
	uint32_t *to, const uint8_t *from, uint32_t count, const void *curve);

struct oriel_soft_convert {
	oriel_soft_convert_fn row;
	const void *curve; /* of the channel's code, NULL where there is none */
	uint32_t pixel_bytes;
	bool is_copy; /* the pixels are B,G,R,X already */
	/* What comes after row; NULL: nothing. */
	void (*apply)(const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count);
	struct oriel_soft_colour colour;
};

/* picture->format must be a valid one; is_deep: for a deep canvas, and of more than eight bits. */
struct oriel_soft_convert oriel_soft_convert_choose(
	const struct oriel_picture *picture, const struct oriel_colours *colours, bool is_deep);

static inline void oriel_soft_convert_row_rt(
	const struct oriel_soft_convert *convert, uint32_t *to, const uint8_t *from, uint32_t count)
{
	convert->row(to, from, count, convert->curve);
	if (convert->apply)
		convert->apply(&convert->colour, to, count);
}

#endif
