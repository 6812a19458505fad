/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/tiles.h"

#include <stdlib.h>
#include <string.h>

#define ROW_BYTES_MAX (16384u * 8)
#define BLOCKS_MAX (ROW_BYTES_MAX / ORIEL_TILES_BLOCK_BYTES)

/* Which rows of a band changed within one block's columns; none while end is 0. */
struct cell {
	uint32_t first_row, end_row;
};

struct oriel_tiles {
	uint32_t row_bytes, height_px, pixel_bytes;
	uint32_t blocks;
	size_t pitch_bytes;
	bool is_filled;
	uint8_t *copy;
	struct cell cells[BLOCKS_MAX]; /* of the band in work */
};

struct oriel_tiles *oriel_tiles_create(uint32_t row_bytes, uint32_t height_px, uint32_t pixel_bytes)
{
	struct oriel_tiles *tiles;

	if (!row_bytes || !height_px || row_bytes > ROW_BYTES_MAX || row_bytes % pixel_bytes)
		return NULL;
	tiles = calloc(1, sizeof *tiles);
	if (!tiles)
		return NULL;
	tiles->row_bytes = row_bytes;
	tiles->height_px = height_px;
	tiles->pixel_bytes = pixel_bytes;
	tiles->blocks = (row_bytes + ORIEL_TILES_BLOCK_BYTES - 1) / ORIEL_TILES_BLOCK_BYTES;
	tiles->pitch_bytes = (size_t)tiles->blocks * ORIEL_TILES_BLOCK_BYTES;
	tiles->copy = malloc(tiles->pitch_bytes * height_px);
	if (tiles->copy)
		return tiles;
	free(tiles);
	return NULL;
}

void oriel_tiles_destroy(struct oriel_tiles *tiles)
{
	if (!tiles)
		return;
	free(tiles->copy);
	free(tiles);
}

static uint32_t get_block_end(const struct oriel_tiles *tiles, uint32_t block)
{
	uint32_t end = (block + 1) * ORIEL_TILES_BLOCK_BYTES;

	return end < tiles->row_bytes ? end : tiles->row_bytes;
}

/* The C library's memcmp picks the widest instructions the processor has; a home-made loop was not
 * faster. Most rows of a desktop are equal and cost one call. */
static void update_row(struct oriel_tiles *tiles, uint32_t y, const uint8_t *row)
{
	uint8_t *copy = tiles->copy + y * tiles->pitch_bytes;

	if (!memcmp(copy, row, tiles->row_bytes))
		return;
	for (uint32_t block = 0; block < tiles->blocks; block++) {
		uint32_t from = block * ORIEL_TILES_BLOCK_BYTES;
		uint32_t bytes = get_block_end(tiles, block) - from;
		struct cell *cell = &tiles->cells[block];

		if (!memcmp(copy + from, row + from, bytes))
			continue;
		memcpy(copy + from, row + from, bytes);
		if (!cell->end_row)
			cell->first_row = y;
		cell->end_row = y + 1;
	}
}

/* Neighbours in a band that changed in the same rows become one rectangle. */
static void report_band(struct oriel_tiles *tiles, struct oriel_damage *damage)
{
	uint32_t block = 0;

	while (block < tiles->blocks) {
		const struct cell *cell = &tiles->cells[block];
		uint32_t begin = block++;
		struct oriel_rect rect;

		if (!cell->end_row)
			continue;
		while (block < tiles->blocks && !memcmp(cell, &tiles->cells[block], sizeof *cell))
			block++;
		rect.x = begin * ORIEL_TILES_BLOCK_BYTES / tiles->pixel_bytes;
		rect.y = cell->first_row;
		rect.w = get_block_end(tiles, block - 1) / tiles->pixel_bytes - rect.x;
		rect.h = cell->end_row - cell->first_row;
		oriel_damage_add(damage, rect);
	}
}

static void fill(struct oriel_tiles *tiles, const uint8_t *pixels, size_t pitch_bytes)
{
	for (uint32_t y = 0; y < tiles->height_px; y++)
		memcpy(tiles->copy + y * tiles->pitch_bytes, pixels + y * pitch_bytes,
			tiles->row_bytes);
	tiles->is_filled = true;
}

void oriel_tiles_update_rt(struct oriel_tiles *tiles, const uint8_t *pixels, size_t pitch_bytes,
	struct oriel_damage *ret_damage)
{
	oriel_damage_clear(ret_damage);
	if (!tiles->is_filled) {
		fill(tiles, pixels, pitch_bytes);
		oriel_damage_set_full(ret_damage);
		return;
	}
	for (uint32_t top = 0; top < tiles->height_px; top += ORIEL_TILES_BAND_ROWS) {
		uint32_t end = top + ORIEL_TILES_BAND_ROWS;

		memset(tiles->cells, 0, tiles->blocks * sizeof tiles->cells[0]);
		for (uint32_t y = top; y < end && y < tiles->height_px; y++)
			update_row(tiles, y, pixels + y * pitch_bytes);
		report_band(tiles, ret_damage);
	}
	oriel_damage_sort(ret_damage);
}

bool oriel_tiles_probe_rt(
	const struct oriel_tiles *tiles, const uint8_t *pixels, size_t pitch_bytes, uint32_t phase)
{
	if (!tiles->is_filled)
		return true;
	for (uint32_t y = phase % ORIEL_TILES_PROBE_STEP; y < tiles->height_px;
		y += ORIEL_TILES_PROBE_STEP)
		if (memcmp(tiles->copy + y * tiles->pitch_bytes, pixels + y * pitch_bytes,
			    tiles->row_bytes))
			return true;
	return false;
}

const uint8_t *oriel_tiles_get_pixels(const struct oriel_tiles *tiles)
{
	return tiles->copy;
}

size_t oriel_tiles_get_pitch_bytes(const struct oriel_tiles *tiles)
{
	return tiles->pitch_bytes;
}
