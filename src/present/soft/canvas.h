/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory that a picture is in: upright, B,G,R,X, or as present/soft/depth.h has it. One thread;
 * functions without _rt allocate. */
#ifndef ORIEL_PRESENT_SOFT_CANVAS_H
#define ORIEL_PRESENT_SOFT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct oriel_soft_canvas {
	uint8_t *pixels;
	size_t pitch_bytes;
	uint32_t width_px, height_px;
	bool is_deep;
};

/* Black, with memory of its own, which costs nothing before it is used. 0, or -ENOMEM and
 * *ret_canvas is untouched. */
int oriel_soft_canvas_init(struct oriel_soft_canvas *ret_canvas, uint32_t width_px,
	uint32_t height_px, struct oriel_error *error);
/* Of one that init made, or of zeros; it is zeros then. */
void oriel_soft_canvas_finish(struct oriel_soft_canvas *canvas);

/* Both are of one size and depth. */
void oriel_soft_canvas_copy_rt(
	const struct oriel_soft_canvas *to, const struct oriel_soft_canvas *from);
void oriel_soft_canvas_blacken_rt(const struct oriel_soft_canvas *canvas);

#endif
