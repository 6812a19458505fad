/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/depth.h"

#include <stddef.h>
#include <string.h>

#include "present/soft/canvas.h"

static uint32_t narrow(uint32_t pixel)
{
	return 0xff000000u | oriel_soft_depth_narrow_channel(pixel >> 20 & 0x3ff) << 16 |
	       oriel_soft_depth_narrow_channel(pixel >> 10 & 0x3ff) << 8 |
	       oriel_soft_depth_narrow_channel(pixel & 0x3ff);
}

static uint32_t *row_of(const struct oriel_soft_canvas *canvas, uint32_t x, uint32_t y)
{
	return (uint32_t *)(void *)(canvas->pixels + (size_t)y * canvas->pitch_bytes) + x;
}

void oriel_soft_depth_copy_rt(const struct oriel_soft_canvas *to,
	const struct oriel_soft_canvas *from, const struct oriel_rect *part)
{
	for (uint32_t y = part->y; y < part->y + part->h; y++) {
		const uint32_t *in = row_of(from, part->x, y);
		uint32_t *out = row_of(to, part->x, y);

		if (to->is_deep == from->is_deep)
			memcpy(out, in, (size_t)part->w * sizeof *out);
		else if (to->is_deep)
			for (uint32_t x = 0; x < part->w; x++)
				out[x] = oriel_soft_depth_widen(in[x]);
		else
			for (uint32_t x = 0; x < part->w; x++)
				out[x] = narrow(in[x]);
	}
}
