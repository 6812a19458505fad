/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/present.h"

/* Between an overlay at a side and that side. */
#define GAP_PX 16

static int32_t place(enum oriel_side side, uint32_t overlay_px, uint32_t window_px)
{
	int64_t free_px = (int64_t)window_px - overlay_px;

	if (side == ORIEL_SIDE_START)
		return GAP_PX;
	return (int32_t)(side == ORIEL_SIDE_END ? free_px - GAP_PX : free_px / 2);
}

void oriel_overlay_place(const struct oriel_overlay *overlay, uint32_t width_px, uint32_t height_px,
	int32_t *ret_x_px, int32_t *ret_y_px)
{
	*ret_x_px = place(overlay->x_side, overlay->width_px, width_px);
	*ret_y_px = place(overlay->y_side, overlay->height_px, height_px);
}
