/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's cursor on the picture: drawn over it, with what was beneath kept aside, so that
 * moving it touches two small rectangles.
 *
 * colour: picture = cursor + (1 - alpha) * picture (premultiplied). monochrome: picture = (picture
 * AND mask) XOR mask. masked: alpha 0 replaces the pixel, anything else XORs into it. Protocol 4.3.
 *
 * One thread; nothing but init allocates or blocks.
 */
#ifndef ORIEL_PRESENT_SOFT_CURSOR_H
#define ORIEL_PRESENT_SOFT_CURSOR_H

#include "present/present.h"
#include "present/soft/upload.h"

struct oriel_soft_cursor {
	struct oriel_cursor_shape shape; /* image: own_image */
	uint8_t *own_image;
	uint32_t *beneath;	 /* what drawn covers */
	struct oriel_rect drawn; /* empty: not on the canvas now */
	int32_t x_px, y_px;	 /* top-left of the image on the canvas */
	bool has_shape;
	bool visible;
	bool changed; /* the canvas does not show it as it is now */
};

/* 0 or -ENOMEM. */
int oriel_soft_cursor_init(struct oriel_soft_cursor *cursor);
void oriel_soft_cursor_finish(struct oriel_soft_cursor *cursor);

/* Whether shape can be shown: of a known type, within ORIEL_CURSOR_SIDE_MAX_PX and
 * ORIEL_CURSOR_BYTES_MAX, with rows that do not overlap. */
bool oriel_soft_cursor_takes(const struct oriel_cursor_shape *shape);

/* A shape that it does not take hides the cursor. */
void oriel_soft_cursor_set_rt(
	struct oriel_soft_cursor *cursor, const struct oriel_pointer *pointer);

/* Where it is on a picture of that size, which shows a screen of that size: x_px, y_px its image's
 * top-left, rect what of it lies on the picture. False: nothing. */
bool oriel_soft_cursor_place_rt(const struct oriel_soft_cursor *cursor, uint32_t width_px,
	uint32_t height_px, uint32_t screen_width_px, uint32_t screen_height_px,
	struct oriel_rect *ret_rect, int64_t *ret_x_px, int64_t *ret_y_px);

/* Takes it off the canvas. Returns where it was; empty when it was not there. */
struct oriel_rect oriel_soft_cursor_lift_rt(
	struct oriel_soft_cursor *cursor, const struct oriel_soft_canvas *canvas);
/* Puts it on the canvas, lifted before, which shows a screen of that size. Returns where it is;
 * empty when it is hidden or outside. The image itself is not scaled. */
struct oriel_rect oriel_soft_cursor_drop_rt(struct oriel_soft_cursor *cursor,
	const struct oriel_soft_canvas *canvas, uint32_t screen_width_px,
	uint32_t screen_height_px);

#endif
