/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gpu presenter's own state, for its files alone. */
#ifndef ORIEL_PRESENT_GPU_GPU_H
#define ORIEL_PRESENT_GPU_GPU_H

#include "present/gpu/device.h"
#include "present/gpu/draw.h"
#include "present/gpu/picture.h"
#include "present/present.h"
#include "present/soft/convert.h"
#include "present/soft/cursor.h"
#include "present/stand_in.h"

struct oriel_gpu {
	struct oriel_stand_in stand_in;
	const struct oriel_window *window;
	struct oriel_present_options options;

	struct oriel_gpu_device *device; /* NULL: lost, soft has taken over */

	uint32_t width_px, height_px; /* of the window */
	const struct oriel_overlay *overlay;
	struct oriel_picture layout; /* of the guest's frames */
	struct oriel_soft_convert convert;
	struct oriel_copy_tuner tuner;
	struct oriel_gpu_picture picture;
	struct oriel_gpu_draw draw;
	struct oriel_soft_cursor cursor;
	struct oriel_damage dirty;	     /* of the canvas, not shown yet */
	struct oriel_damage shown;	     /* what was dirty at the last present_rt() */
	bool redraw;			     /* the window, whatever is dirty */
	enum oriel_pixel_format said_format; /* whose depth was told last */
};

/* The device and all that was made with it. */
void oriel_gpu_close_device(struct oriel_gpu *gpu);

/* Puts the soft presenter in the device's place, with the same picture, cursor and overlay; from
 * then on every call goes to it. Says so in one line. When that fails as well, nothing is shown any
 * more. */
int oriel_gpu_loss_take_over(struct oriel_gpu *gpu, struct oriel_error *error);

#endif
