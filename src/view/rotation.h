/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turning by the user: what the guest shows stands upright on the guest's own screen, and what is
 * seen is that, turned clockwise by an enum oriel_rotation. Here is how pictures, places, ways and
 * cursors follow. Pure.
 */
#ifndef ORIEL_VIEW_ROTATION_H
#define ORIEL_VIEW_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"

/* A part of a screen; it may reach beyond it. */
struct oriel_rotation_area {
	int64_t x_px, y_px, width_px, height_px;
};

/* What turns back. */
enum oriel_rotation oriel_rotation_invert(enum oriel_rotation by);

/* The same stored pixels, of a picture that counts as upright when it is seen turned. */
void oriel_rotation_turn_picture(enum oriel_rotation by, struct oriel_picture *picture);

/* On its side, width and height change places. */
void oriel_rotation_turn_size(
	enum oriel_rotation by, uint32_t *inout_width_px, uint32_t *inout_height_px);

/* Where area, on a screen of that size before it is turned, is after. */
void oriel_rotation_turn_area(enum oriel_rotation by, struct oriel_rotation_area *inout_area,
	uint32_t width_px, uint32_t height_px);

/* A way, right and down. */
void oriel_rotation_turn_way(enum oriel_rotation by, double *inout_x_px, double *inout_y_px);

/* shape, which is one that oriel_soft_cursor_takes(), with its image turned into image:
 * ORIEL_CURSOR_BYTES_MAX bytes, which *ret_shape then borrows. */
void oriel_rotation_turn_shape(enum oriel_rotation by, const struct oriel_cursor_shape *shape,
	uint8_t *image, struct oriel_cursor_shape *ret_shape);

#endif
