/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/pattern.h"

uint32_t peer_pattern_get_pixel_bytes(uint32_t type)
{
	static const uint32_t bytes[] = {0, 4, 4, 4, 8, 3, 3};

	return type < sizeof(bytes) / sizeof(bytes[0]) ? bytes[type] : 0;
}

static uint32_t tiles_across(uint32_t px)
{
	return (px + PEER_TILE_PX - 1) / PEER_TILE_PX;
}

/* After so many frames every tile was redrawn; a power of two, so that serials may wrap. */
static uint32_t get_period(uint32_t width_px, uint32_t height_px)
{
	uint32_t tiles = tiles_across(width_px) * tiles_across(height_px);
	uint32_t period = 2;

	while (period * 8 < tiles)
		period *= 2;
	return period;
}

/* The serial that drew this tile last. */
static uint32_t get_tile_serial(uint32_t tile, uint32_t period, uint32_t serial)
{
	return serial - ((serial - tile) & (period - 1));
}

static uint32_t mix(uint32_t x, uint32_t y, uint32_t z)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ z * 0xc2b2ae3du;

	h ^= h >> 15;
	h *= 0x27d4eb2fu;
	return h ^ h >> 13;
}

void peer_pattern_draw_row(uint8_t *row, uint32_t pixel_bytes, uint32_t width_px,
	uint32_t height_px, uint32_t y, uint32_t serial)
{
	uint32_t period = get_period(width_px, height_px);
	uint32_t first_tile = y / PEER_TILE_PX * tiles_across(width_px);
	uint32_t age = 0;

	for (uint32_t x = 0; x < width_px; x++) {
		uint32_t value;

		if (x % PEER_TILE_PX == 0)
			age = get_tile_serial(first_tile + x / PEER_TILE_PX, period, serial);
		value = mix(x, y, age);
		for (uint32_t i = 0; i < pixel_bytes; i++)
			*row++ = (uint8_t)(value >> 8 * (i & 3)) ^ (uint8_t)(i & 4);
	}
}

uint32_t peer_pattern_get_damage(
	struct peer_rect *rects, uint32_t width_px, uint32_t height_px, uint32_t serial)
{
	uint32_t across = tiles_across(width_px);
	uint32_t tiles = across * tiles_across(height_px);
	uint32_t period = get_period(width_px, height_px);
	uint32_t count = 0;

	for (uint32_t tile = serial & (period - 1); tile < tiles; tile += period) {
		struct peer_rect rect = {tile % across * PEER_TILE_PX, tile / across * PEER_TILE_PX,
			PEER_TILE_PX, PEER_TILE_PX};

		if (rect.x + rect.w > width_px)
			rect.w = width_px - rect.x;
		if (rect.y + rect.h > height_px)
			rect.h = height_px - rect.y;
		rects[count++] = rect;
	}
	return count;
}

void peer_pattern_draw_cursor(uint8_t *image, size_t bytes, uint32_t serial)
{
	for (size_t i = 0; i < bytes; i++)
		image[i] = (uint8_t)mix((uint32_t)i, serial, 0xc0ffee);
}
