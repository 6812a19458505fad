/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture as the graphics device knows it: a texture, and memory that the device and the
 * processor share ("canvas", upright), from which damaged parts are sent to the texture.
 * Damage goes from the guest's memory straight into the canvas, each pixel once; or the device
 * takes it from the guest's memory itself, and of the canvas only what is above the guest's
 * picture.
 *
 * One thread, with the device bound. Internal to src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_PICTURE_H
#define ORIEL_PRESENT_GPU_PICTURE_H

#include <libplacebo/gpu.h>
#include <libplacebo/renderer.h>

#include "base/error.h"
#include "present/gpu/device.h"
#include "present/gpu/twin.h"
#include "present/soft/upload.h"

/* What the device takes pixels from. */
struct oriel_gpu_pixels {
	pl_buf buffer;
	const uint8_t *own; /* without a buffer */
	size_t offset_bytes, pitch_bytes;
};

struct oriel_gpu_picture {
	struct oriel_soft_canvas canvas; /* no pixels: there is no picture */
	struct pl_plane plane;		 /* its texture, ready to be drawn */
	pl_buf buffer;			 /* canvas lies in it; NULL: in own_pixels */
	uint8_t *own_pixels;
	struct oriel_damage unsent; /* what the texture misses of the picture */
	bool sends_parts;	    /* straight to their place */
	pl_tex part; /* where they go first if not; NULL: the whole picture is sent */
	struct oriel_gpu_twin *twin; /* of a deep canvas */
	/* Of a frame where it lies, which shows all of the picture but patch: that is the canvas's.
	 * Without a buffer, the canvas shows all. Only of pictures that can be sent in parts. */
	struct oriel_gpu_pixels frame;
	struct oriel_rect patch;
};

bool oriel_gpu_picture_has_parts(const struct oriel_gpu_picture *picture);

/* Whether the device has textures for a deep canvas (present/soft/depth.h). */
bool oriel_gpu_picture_can_be_deep(pl_gpu gpu);
/* A black picture of this size. Without a change of size what is on it stays. */
int oriel_gpu_picture_set_size(struct oriel_gpu_picture *picture, struct oriel_gpu_device *device,
	uint32_t width_px, uint32_t height_px, bool is_deep, struct oriel_error *error);
void oriel_gpu_picture_finish(struct oriel_gpu_picture *picture, pl_gpu gpu);

/* The canvas, or what it is with eight bits a channel. */
const struct oriel_soft_canvas *oriel_gpu_picture_get_narrow(
	const struct oriel_gpu_picture *picture);

/* Waits until the device reads nothing of the canvas: it may be written then. False: the device
 * hangs, or has failed. */
bool oriel_gpu_picture_wait_rt(const struct oriel_gpu_picture *picture, pl_gpu gpu);
/* Brings what the texture misses of the picture to it. False: the device failed. */
bool oriel_gpu_picture_send_rt(struct oriel_gpu_picture *picture, pl_gpu gpu);
/* Brings a part of the picture to another texture of the same format, past the picture's own: where
 * the processor draws, that spares a copy. at: of its upper left corner there; anywhere but in the
 * corner of the texture only if the picture has parts. */
bool oriel_gpu_picture_send_past_rt(const struct oriel_gpu_picture *picture, pl_gpu gpu,
	const struct oriel_rect *part, pl_tex texture, uint32_t x, uint32_t y);

#endif
