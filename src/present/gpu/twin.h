/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture with eight bits a channel, of a canvas that has ten (present/soft/depth.h): for
 * screenshots, recordings and the presenter that takes over. Made when somebody asks, of what
 * changed until then.
 *
 * One thread. Internal to src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_TWIN_H
#define ORIEL_PRESENT_GPU_TWIN_H

#include "base/frame.h"
#include "present/soft/canvas.h"

struct oriel_gpu_twin;

/* NULL: no memory. */
struct oriel_gpu_twin *oriel_gpu_twin_create(uint32_t width_px, uint32_t height_px);
/* NULL is fine. */
void oriel_gpu_twin_destroy(struct oriel_gpu_twin *twin);
/* The canvas is another one there. */
void oriel_gpu_twin_note_rt(struct oriel_gpu_twin *twin, const struct oriel_damage *changed);
/* Brings it up to date with the canvas, which has its size. Valid as long as the twin. */
const struct oriel_soft_canvas *oriel_gpu_twin_get(
	struct oriel_gpu_twin *twin, const struct oriel_soft_canvas *canvas);

#endif
