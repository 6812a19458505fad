/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "present/soft/depth.h"

int oriel_soft_cursor_init(struct oriel_soft_cursor *cursor)
{
	*cursor = (struct oriel_soft_cursor){0};
	cursor->own_image = malloc(ORIEL_CURSOR_BYTES_MAX);
	cursor->beneath = malloc(ORIEL_CURSOR_BYTES_MAX);
	if (!cursor->own_image || !cursor->beneath) {
		oriel_soft_cursor_finish(cursor);
		return -ENOMEM;
	}
	return 0;
}

void oriel_soft_cursor_finish(struct oriel_soft_cursor *cursor)
{
	free(cursor->own_image);
	free(cursor->beneath);
	*cursor = (struct oriel_soft_cursor){0};
}

/* ---- one row of each type ------------------------------------------------------------------- */

static uint32_t load32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof value);
	return value;
}

/* source + (255 - alpha) / 255 * below, rounded, and never above white whatever a guest sends. */
static uint32_t blend_channel(uint32_t source, uint32_t below, uint32_t alpha, uint32_t max)
{
	uint32_t sum = source + (below * (255 - alpha) + 127) / 255;

	return sum > max ? max : sum;
}

/* What is in an image, in the colours of the canvas. */
static uint32_t convert(uint32_t pixel, const struct oriel_soft_depth *depth)
{
	return depth->bits == 8 ? pixel : oriel_soft_depth_widen(pixel);
}

static void draw_colour(uint32_t *to, const uint8_t *row, const uint8_t *unused, uint32_t x,
	uint32_t w, const struct oriel_soft_depth *depth)
{
	for (uint32_t i = 0; i < w; i++) {
		uint32_t in = load32(row + (size_t)(x + i) * 4);
		uint32_t colour = convert(in, depth), alpha = in >> 24, out = depth->opaque;

		for (uint32_t shift = 0; shift < 3 * depth->bits; shift += depth->bits)
			out |= blend_channel(colour >> shift & depth->max,
				       to[i] >> shift & depth->max, alpha, depth->max)
			       << shift;
		to[i] = out;
	}
}

static bool has_bit(const uint8_t *row, uint32_t x)
{
	return row[x / 8] >> (7 - x % 8) & 1;
}

static void draw_monochrome(uint32_t *to, const uint8_t *and_row, const uint8_t *xor_row,
	uint32_t x, uint32_t w, const struct oriel_soft_depth *depth)
{
	for (uint32_t i = 0; i < w; i++) {
		to[i] = has_bit(and_row, x + i) ? to[i] : to[i] & depth->opaque;
		to[i] = has_bit(xor_row, x + i) ? to[i] ^ ~depth->opaque : to[i];
	}
}

static void draw_masked(uint32_t *to, const uint8_t *row, const uint8_t *unused, uint32_t x,
	uint32_t w, const struct oriel_soft_depth *depth)
{
	for (uint32_t i = 0; i < w; i++) {
		uint32_t in = load32(row + (size_t)(x + i) * 4);
		uint32_t colour = convert(in, depth) & ~depth->opaque;

		to[i] = in >> 24 ? to[i] ^ colour : depth->opaque | colour;
	}
}

/* row: of the image; second_row: the XOR half of a monochrome one. x: first column of the image. */
typedef void (*draw_fn)(uint32_t *to, const uint8_t *row, const uint8_t *second_row, uint32_t x,
	uint32_t w, const struct oriel_soft_depth *depth);

static const draw_fn draws[] = {
	[ORIEL_CURSOR_COLOUR] = draw_colour,
	[ORIEL_CURSOR_MONOCHROME] = draw_monochrome,
	[ORIEL_CURSOR_MASKED] = draw_masked,
};

/* ---- where ---------------------------------------------------------------------------------- */

static uint32_t least_pitch(const struct oriel_cursor_shape *shape)
{
	return shape->type == ORIEL_CURSOR_MONOCHROME ? (shape->width_px + 7) / 8
						      : shape->width_px * 4;
}

bool oriel_soft_cursor_takes(const struct oriel_cursor_shape *shape)
{
	return (unsigned)shape->type < sizeof draws / sizeof draws[0] && shape->width_px &&
	       shape->height_px && shape->width_px <= ORIEL_CURSOR_SIDE_MAX_PX &&
	       shape->height_px <= ORIEL_CURSOR_SIDE_MAX_PX &&
	       shape->pitch_bytes >= least_pitch(shape) &&
	       oriel_cursor_get_image_bytes(shape) <= ORIEL_CURSOR_BYTES_MAX;
}

void oriel_soft_cursor_set_rt(struct oriel_soft_cursor *cursor, const struct oriel_pointer *pointer)
{
	cursor->changed = true;
	cursor->x_px = pointer->x_px;
	cursor->y_px = pointer->y_px;
	cursor->visible = pointer->visible;
	if (!pointer->shape)
		return;
	cursor->has_shape = oriel_soft_cursor_takes(pointer->shape);
	if (!cursor->has_shape)
		return;
	cursor->shape = *pointer->shape;
	cursor->shape.image = cursor->own_image;
	memcpy(cursor->own_image, pointer->shape->image,
		oriel_cursor_get_image_bytes(pointer->shape));
}

/* The part of a side of side_px pixels that begins at at_px and lies within 0..limit_px. */
static void clip_side(int64_t at_px, uint32_t side_px, uint32_t limit_px, uint32_t *ret_start,
	uint32_t *ret_length)
{
	int64_t start = at_px > 0 ? at_px : 0;
	int64_t end = at_px + side_px < limit_px ? at_px + side_px : limit_px;

	*ret_start = (uint32_t)start;
	*ret_length = end > start ? (uint32_t)(end - start) : 0;
}

/* at_px on a side of the screen, as it lies on the canvas. */
static int64_t scale_position(int32_t at_px, uint32_t canvas_px, uint32_t screen_px)
{
	return screen_px == canvas_px ? at_px : (int64_t)at_px * canvas_px / screen_px;
}

static uint32_t *canvas_row(const struct oriel_soft_canvas *canvas, uint32_t x, uint32_t y)
{
	return (uint32_t *)(void *)(canvas->pixels + (size_t)y * canvas->pitch_bytes) + x;
}

struct oriel_rect oriel_soft_cursor_lift_rt(
	struct oriel_soft_cursor *cursor, const struct oriel_soft_canvas *canvas)
{
	struct oriel_rect drawn = cursor->drawn;

	for (uint32_t y = 0; y < drawn.h; y++)
		memcpy(canvas_row(canvas, drawn.x, drawn.y + y),
			cursor->beneath + (size_t)y * drawn.w, (size_t)drawn.w * 4);
	if (drawn.w)
		cursor->changed = true;
	cursor->drawn = (struct oriel_rect){0};
	return drawn;
}

bool oriel_soft_cursor_place_rt(const struct oriel_soft_cursor *cursor, uint32_t width_px,
	uint32_t height_px, uint32_t screen_width_px, uint32_t screen_height_px,
	struct oriel_rect *ret_rect, int64_t *ret_x_px, int64_t *ret_y_px)
{
	const struct oriel_cursor_shape *shape = &cursor->shape;
	struct oriel_rect rect;

	if (!cursor->visible || !cursor->has_shape)
		return false;
	*ret_x_px = scale_position(cursor->x_px, width_px, screen_width_px);
	*ret_y_px = scale_position(cursor->y_px, height_px, screen_height_px);
	clip_side(*ret_x_px, shape->width_px, width_px, &rect.x, &rect.w);
	clip_side(*ret_y_px, shape->height_px, height_px, &rect.y, &rect.h);
	*ret_rect = rect;
	return rect.w && rect.h;
}

struct oriel_rect oriel_soft_cursor_drop_rt(struct oriel_soft_cursor *cursor,
	const struct oriel_soft_canvas *canvas, uint32_t screen_width_px, uint32_t screen_height_px)
{
	const struct oriel_cursor_shape *shape = &cursor->shape;
	struct oriel_rect rect;
	int64_t x, y;

	cursor->changed = false;
	if (!oriel_soft_cursor_place_rt(cursor, canvas->width_px, canvas->height_px,
		    screen_width_px, screen_height_px, &rect, &x, &y))
		return (struct oriel_rect){0};
	for (uint32_t i = 0; i < rect.h; i++) {
		uint32_t *to = canvas_row(canvas, rect.x, rect.y + i);
		const uint8_t *row = shape->image + (size_t)(rect.y + i - y) * shape->pitch_bytes;

		memcpy(cursor->beneath + (size_t)i * rect.w, to, (size_t)rect.w * 4);
		draws[shape->type](to, row, row + (size_t)shape->height_px * shape->pitch_bytes,
			(uint32_t)(rect.x - x), rect.w, oriel_soft_depth_get(canvas->is_deep));
	}
	cursor->drawn = rect;
	return rect;
}
