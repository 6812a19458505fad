/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a peer draws: a picture that follows from its serial number alone, so that whoever receives
 * it can check every byte without having seen what came before. The screen is cut into tiles; each
 * frame redraws a few of them, which are its damage. A receiver that misses a rectangle, or applies
 * one to the wrong frame, shows a tile of the wrong age.
 */
#ifndef PEER_PATTERN_H
#define PEER_PATTERN_H

#include <stddef.h>
#include <stdint.h>

struct peer_rect {
	uint32_t x, y, w, h;
};

#define PEER_TILE_PX 16u
#define PEER_RECTS_MAX 64u

/* Bytes per pixel of a frame type on the wire (4.5), 0 for an unknown one. */
uint32_t peer_pattern_get_pixel_bytes(uint32_t type);

/* Row y of a picture width_px x height_px, tightly packed, as the wire's memory order has it. */
void peer_pattern_draw_row(uint8_t *row, uint32_t pixel_bytes, uint32_t width_px,
	uint32_t height_px, uint32_t y, uint32_t serial);

/* What differs between serial - 1 and serial; returns the number of rectangles, at most
 * PEER_RECTS_MAX. */
uint32_t peer_pattern_get_damage(
	struct peer_rect *rects, uint32_t width_px, uint32_t height_px, uint32_t serial);

/* bytes of a cursor image. */
void peer_pattern_draw_cursor(uint8_t *image, size_t bytes, uint32_t serial);

#endif
