/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pixels of a canvas have eight bits a channel (B,G,R,X in memory) or, of a deep one, ten: blue in
 * bits 0-9 of a 32-bit word, green 10-19, red 20-29. Both are the window's colours, so that one is
 * made of the other without a curve; what was eight bits is so again after being ten.
 *
 * Thread: any. Nothing blocks.
 */
#ifndef ORIEL_PRESENT_SOFT_DEPTH_H
#define ORIEL_PRESENT_SOFT_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"

struct oriel_soft_canvas;

struct oriel_soft_depth {
	uint32_t bits;	 /* of a channel; blue is the lowest */
	uint32_t max;	 /* of a channel */
	uint32_t opaque; /* the bits above red, all set */
};

static inline const struct oriel_soft_depth *oriel_soft_depth_get(bool is_deep)
{
	static const struct oriel_soft_depth depths[] = {
		{8, 255, 0xff000000u}, {10, 1023, 0xc0000000u}};

	return &depths[is_deep];
}

static inline uint32_t oriel_soft_depth_narrow_channel(uint32_t deep)
{
	return (deep * 255 + 511) / 1023;
}

/* A pixel of eight bits a channel with ten. */
static inline uint32_t oriel_soft_depth_widen(uint32_t pixel)
{
	uint32_t red = pixel >> 16 & 0xff, green = pixel >> 8 & 0xff, blue = pixel & 0xff;

	return 0xc0000000u | (red << 2 | red >> 6) << 20 | (green << 2 | green >> 6) << 10 |
	       (blue << 2 | blue >> 6);
}

/* Copies a part, which lies in both, to its place in another canvas, of whatever depth. */
void oriel_soft_depth_copy_rt(const struct oriel_soft_canvas *to,
	const struct oriel_soft_canvas *from, const struct oriel_rect *part);

#endif
