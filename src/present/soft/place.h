/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where on a window a picture goes, and which of its parts goes where. Pure arithmetic. */
#ifndef ORIEL_PRESENT_SOFT_PLACE_H
#define ORIEL_PRESENT_SOFT_PLACE_H

#include "present/present.h"

struct oriel_soft_place {
	uint32_t picture_width_px, picture_height_px;
	/* The whole picture in window pixels; x and y are negative where it is cut off. */
	int32_t x_px, y_px;
	uint32_t width_px, height_px;
	/* Of the window, what shows picture. */
	struct oriel_rect seen;
	bool is_1to1;
	bool is_whole; /* nothing is cut off */
	bool nearest;  /* the filter to scale with */
};

/* All sizes are at least 1. */
struct oriel_soft_place oriel_soft_place_make(uint32_t window_width_px, uint32_t window_height_px,
	uint32_t picture_width_px, uint32_t picture_height_px, enum oriel_scale scale,
	enum oriel_filter filter);

/* The window pixels that a rectangle of the picture has a say in, clipped to what is seen. */
struct oriel_rect oriel_soft_place_map(
	const struct oriel_soft_place *place, const struct oriel_rect *rect);

#endif
