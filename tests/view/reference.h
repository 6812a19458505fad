/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a picture has to look like, written as plainly as possible: one pixel at a time, colours as
 * doubles, turned by the formulas of protocol 4.4, cursors by the truth tables of 4.3. Shares
 * nothing with the presenter.
 */
#ifndef TESTS_VIEW_REFERENCE_H
#define TESTS_VIEW_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

/* Fills the stored image with noise. RGBA16F gets mostly values of 0 to 1, and some beyond. */
void reference_fill(uint8_t *pixels, const struct oriel_picture *picture, uint32_t seed);

/* Red, green and blue of stored pixel x, y as they should look, 0 to 255. */
void reference_read(const uint8_t *pixels, const struct oriel_picture *picture, uint32_t x,
	uint32_t y, uint8_t ret_rgb[3]);

/* The same pixel of the upright picture. */
void reference_turn(const struct oriel_picture *picture, uint32_t x, uint32_t y, uint32_t *ret_x,
	uint32_t *ret_y);

/* Pixel x, y of the cursor's image over rgb. */
void reference_draw_cursor(
	const struct oriel_cursor_shape *shape, uint32_t x, uint32_t y, uint8_t rgb[3]);

#endif
