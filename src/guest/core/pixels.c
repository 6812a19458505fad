/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/pixels.h"

#include <string.h>

/* Screen memory need not be aligned to its pixels. */
static uint32_t load32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof value);
	return value;
}

static void swap_10(uint8_t *to, const uint8_t *from, size_t count_px)
{
	for (size_t i = 0; i < count_px; i++) {
		uint32_t in = load32(from + 4 * i);
		uint32_t out = (in & 0xc00ffc00) | (in >> 20 & 0x3ff) | (in & 0x3ff) << 20;

		memcpy(to + 4 * i, &out, sizeof out);
	}
}

/* Widened by repeating the upper bits, so that black stays 0 and white becomes 255. */
static void widen_565(uint8_t *to, const uint8_t *from, size_t count_px)
{
	for (size_t i = 0; i < count_px; i++) {
		uint32_t in = from[2 * i] | (uint32_t)from[2 * i + 1] << 8;
		uint32_t r = in >> 11, g = in >> 5 & 0x3f, b = in & 0x1f;

		to[4 * i] = (uint8_t)(b << 3 | b >> 2);
		to[4 * i + 1] = (uint8_t)(g << 2 | g >> 4);
		to[4 * i + 2] = (uint8_t)(r << 3 | r >> 2);
		to[4 * i + 3] = 0xff;
	}
}

const struct oriel_pixels_way oriel_pixels_bgra = {ORIEL_PIXEL_BGRA, 4, NULL};
const struct oriel_pixels_way oriel_pixels_rgba = {ORIEL_PIXEL_RGBA, 4, NULL};
const struct oriel_pixels_way oriel_pixels_rgba10 = {ORIEL_PIXEL_RGBA10, 4, NULL};
const struct oriel_pixels_way oriel_pixels_from_bgra10 = {ORIEL_PIXEL_RGBA10, 4, swap_10};
const struct oriel_pixels_way oriel_pixels_from_rgb565 = {ORIEL_PIXEL_BGRA, 2, widen_565};

static void convert_rect(const struct oriel_pixels_way *way, uint8_t *to, size_t to_pitch_bytes,
	const uint8_t *from, size_t from_pitch_bytes, const struct oriel_rect *rect)
{
	size_t to_bytes = oriel_pixel_get_info(way->format)->bytes;

	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		way->convert(to + y * to_pitch_bytes + rect->x * to_bytes,
			from + y * from_pitch_bytes + rect->x * (size_t)way->source_bytes, rect->w);
}

void oriel_pixels_convert_rt(const struct oriel_pixels_way *way, uint8_t *to, size_t to_pitch_bytes,
	const uint8_t *from, size_t from_pitch_bytes, uint32_t width_px, uint32_t height_px,
	const struct oriel_damage *damage)
{
	struct oriel_rect all = {0, 0, width_px, height_px};

	if (damage->full)
		convert_rect(way, to, to_pitch_bytes, from, from_pitch_bytes, &all);
	for (uint32_t i = 0; i < damage->count; i++)
		convert_rect(way, to, to_pitch_bytes, from, from_pitch_bytes, &damage->rects[i]);
}
