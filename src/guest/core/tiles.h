/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds what changed in a picture that tells nothing about it, by comparing with a copy of the
 * picture before. The copy is brought up to date in the same pass, so that every byte is read once
 * from where it may be slow (video memory), and it is consistent: publish from the copy.
 *
 * One thread. Allocates in create only.
 */
#ifndef ORIEL_GUEST_CORE_TILES_H
#define ORIEL_GUEST_CORE_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

/* What changed is reported in cells of this size; rows of a cell that did not change are left out.
 */
#define ORIEL_TILES_BLOCK_BYTES 256u
#define ORIEL_TILES_BAND_ROWS 64u

struct oriel_tiles;

/* A picture of height_px rows of row_bytes useful bytes each. NULL: out of memory, or sizes that no
 * picture has. pixel_bytes: 2, 4 or 8. */
struct oriel_tiles *oriel_tiles_create(
	uint32_t row_bytes, uint32_t height_px, uint32_t pixel_bytes);
void oriel_tiles_destroy(struct oriel_tiles *tiles); /* NULL is fine */

/* Compares pixels with the copy, updates it, and says what changed: in *ret_damage, sorted. The
 * first time everything has. */
void oriel_tiles_update_rt(struct oriel_tiles *tiles, const uint8_t *pixels, size_t pitch_bytes,
	struct oriel_damage *ret_damage);

/* A look that costs an eighth: compares every ORIEL_TILES_PROBE_STEP-th row, beginning at row
 * phase. True: something changed, update to learn what. Anything that is as many rows high is seen
 * at once, anything else after as many looks with phases 0, 1, 2... */
#define ORIEL_TILES_PROBE_STEP 8u
bool oriel_tiles_probe_rt(
	const struct oriel_tiles *tiles, const uint8_t *pixels, size_t pitch_bytes, uint32_t phase);

/* The copy; rows are oriel_tiles_get_pitch_bytes() apart. */
const uint8_t *oriel_tiles_get_pixels(const struct oriel_tiles *tiles);
size_t oriel_tiles_get_pitch_bytes(const struct oriel_tiles *tiles);

#endif
