/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/twin.h"

#include <stdlib.h>

#include "present/soft/depth.h"

struct oriel_gpu_twin {
	struct oriel_soft_canvas canvas;
	struct oriel_damage stale;
};

struct oriel_gpu_twin *oriel_gpu_twin_create(uint32_t width_px, uint32_t height_px)
{
	struct oriel_gpu_twin *twin = calloc(1, sizeof *twin);

	if (!twin || oriel_soft_canvas_init(&twin->canvas, width_px, height_px, NULL)) {
		free(twin);
		return NULL;
	}
	oriel_damage_set_full(&twin->stale);
	return twin;
}

void oriel_gpu_twin_destroy(struct oriel_gpu_twin *twin)
{
	if (twin)
		oriel_soft_canvas_finish(&twin->canvas);
	free(twin);
}

void oriel_gpu_twin_note_rt(struct oriel_gpu_twin *twin, const struct oriel_damage *changed)
{
	oriel_damage_merge(&twin->stale, changed);
}

const struct oriel_soft_canvas *oriel_gpu_twin_get(
	struct oriel_gpu_twin *twin, const struct oriel_soft_canvas *canvas)
{
	struct oriel_rect all = {0, 0, canvas->width_px, canvas->height_px};

	if (twin->stale.full)
		oriel_soft_depth_copy_rt(&twin->canvas, canvas, &all);
	for (uint32_t i = 0; i < twin->stale.count; i++)
		oriel_soft_depth_copy_rt(&twin->canvas, canvas, &twin->stale.rects[i]);
	oriel_damage_clear(&twin->stale);
	return &twin->canvas;
}
