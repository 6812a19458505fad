/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest draws and the test expects: no two seeds and hardly two pixels are alike. */
#ifndef ORIEL_TESTS_BED_PATTERN_H
#define ORIEL_TESTS_BED_PATTERN_H

#include <stdint.h>

#define PATTERN_CURSOR_PX 64u
#define PATTERN_CURSOR_X_PX 100
#define PATTERN_CURSOR_Y_PX 50

/* Red, green and blue in bits 23 to 0. */
static inline uint32_t pattern_get_pixel(uint32_t seed, uint32_t x, uint32_t y)
{
	uint32_t mix = (x * 0x9e3779b1u) ^ (y * 0x85ebca6bu) ^ (seed * 0xc2b2ae35u);

	mix ^= mix >> 15;
	mix *= 0x2c1b3c6du;
	return (mix ^ mix >> 13) & 0xffffff;
}

/* Premultiplied, alpha in bits 31 to 24: a ring of full and half cover around nothing. */
static inline uint32_t pattern_get_cursor_pixel(uint32_t x, uint32_t y)
{
	uint32_t edge = x < y ? x : y;

	if (edge < 8)
		return 0xffe02040;
	return edge < 16 ? 0x80204060 : 0;
}

#endif
