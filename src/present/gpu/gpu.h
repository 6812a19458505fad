/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gpu presenter's own state, for its files alone. */
#ifndef ORIEL_PRESENT_GPU_GPU_H
#define ORIEL_PRESENT_GPU_GPU_H

#include "present/gpu/device.h"
#include "present/gpu/draw.h"
#include "present/gpu/import.h"
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
	struct oriel_damage dirty;	     /* of the picture, not shown yet */
	struct oriel_damage shown;	     /* what was dirty at the last present_rt() */
	bool redraw;			     /* the window, whatever is dirty */
	enum oriel_pixel_format said_format; /* whose depth was told last */

	struct oriel_gpu_importer importer;
	bool is_lent;		   /* the picture lies in frame, the cursor alone in the canvas */
	struct oriel_frame frame;  /* the last one, while it is */
	struct oriel_damage stale; /* of the canvas, against frame */
	uint64_t read_bytes;	   /* not told of yet */
	char told[400];		   /* which way the pixels take, and why */
};

/* Has the device take a frame's damage from the guest's memory itself: then it is held until the
 * next one comes or it is to be left. False: it cannot, and the canvas is to take it. *ret_result:
 * what wait_rt() failed with; then the picture is as it was. */
bool oriel_gpu_lend_rt(struct oriel_gpu *gpu, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, int *ret_result);
/* The canvas shows the picture from now on. */
void oriel_gpu_end_lending_rt(struct oriel_gpu *gpu);
/* Has the canvas show the picture as well, in rect or as a whole. The device reads nothing of it.
 */
void oriel_gpu_refresh_rect_rt(struct oriel_gpu *gpu, const struct oriel_rect *rect);
void oriel_gpu_refresh_rt(struct oriel_gpu *gpu);
/* How many bytes were read since it was asked for last. */
uint64_t oriel_gpu_take_read_bytes_rt(struct oriel_gpu *gpu);

/* The presenter's. */
bool oriel_gpu_holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame);
void oriel_gpu_leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes);

/* Waits until the device reads nothing of the canvas. False: it never will, or has failed. */
bool oriel_gpu_wait_device_rt(struct oriel_gpu *gpu);

/* The device and all that was made with it. */
void oriel_gpu_close_device(struct oriel_gpu *gpu);

/* Puts the soft presenter in the device's place, with the same picture, cursor and overlay; from
 * then on every call goes to it. Says so in one line. When that fails as well, nothing is shown any
 * more. */
int oriel_gpu_loss_take_over(struct oriel_gpu *gpu, struct oriel_error *error);

#endif
