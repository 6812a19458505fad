/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the picture's texture to the window: placed, scaled, overlays on top.
 *
 * One thread, with the device bound. Internal to src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_DRAW_H
#define ORIEL_PRESENT_GPU_DRAW_H

#include <libplacebo/renderer.h>

#include "present/gpu/device.h"
#include "present/gpu/picture.h"
#include "present/gpu/shader.h"
#include "present/present.h"

/* More than these are not shown. */
#define ORIEL_GPU_OVERLAYS_MAX 8

struct oriel_gpu_draw {
	pl_renderer renderer;
	struct oriel_gpu_shader shader; /* the user's own */
	pl_tex white;			/* one pixel, for what darkens */
	pl_tex offscreen;		/* what stands for the window where there is none */
	bool is_deep;			/* the window, or that */
	uint32_t width_px, height_px;
	bool is_resized; /* the window; not told to the device yet */
	const struct oriel_overlay *overlays[ORIEL_GPU_OVERLAYS_MAX];
	pl_tex overlay_textures[ORIEL_GPU_OVERLAYS_MAX];
	uint32_t overlay_count;
	uint32_t failures; /* in a row */
	bool is_shown;	   /* what was drawn last; the window may take nothing for a moment */
};

/* -ENOMEM: the driver has no memory left; or what oriel_gpu_shader_open() says. */
int oriel_gpu_draw_init(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	const struct oriel_present_options *options, struct oriel_error *error);
void oriel_gpu_draw_finish(struct oriel_gpu_draw *draw, pl_gpu gpu);

/* Whether a window of ten bits a channel can be had, or what stands for it. */
bool oriel_gpu_draw_can_be_deep(const struct oriel_gpu_device *device);
/* The window gets ten bits a channel, or eight: see is_deep. */
int oriel_gpu_draw_set_depth(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	bool is_deep, struct oriel_error *error);
/* The window has this size now. */
int oriel_gpu_draw_resize(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	uint32_t width_px, uint32_t height_px, struct oriel_error *error);
/* The pixels are copied. */
int oriel_gpu_draw_set_overlay(struct oriel_gpu_draw *draw, pl_gpu gpu,
	const struct oriel_overlay *overlay, struct oriel_error *error);

/* Brings the picture to the device, draws everything and waits until the device has done it. False:
 * it cannot, for good. */
bool oriel_gpu_draw_rt(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options);

#endif
