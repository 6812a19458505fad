/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that the device takes from the guest's memory itself. The canvas is not brought up to date
 * then, but for what is beneath the cursor: what it misses is read from the frame when somebody
 * wants to see it, when the device fails, or when the guest is to have its frame back and no other
 * one came.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "present/gpu/gpu.h"

/* A device that reads a frame for longer than this hangs. */
#define READ_LIMIT_NS (2 * ORIEL_NS_PER_S)

/* ---- what is lent -------------------------------------------------------------------------------
 */

/* Once for each way and reason, of frames that came from somewhere. */
static void tell(struct oriel_gpu *gpu, const struct oriel_frame *frame, const char *refusal)
{
	const struct oriel_gpu_importer *importer = &gpu->importer;
	char text[sizeof gpu->told];

	if (!refusal)
		snprintf(text, sizeof text,
			"%s: it reads the guest's memory itself, nothing is copied%s%s%s",
			importer->name, importer->refusals[0] ? " (" : "", importer->refusals,
			importer->refusals[0] ? ")" : "");
	else
		snprintf(text, sizeof text, "%s: the processor copies them, since %s",
			gpu->picture.buffer ? "memory that it shares with the processor"
					    : "a copy of its driver's",
			refusal);
	if (!frame->arrived_ns || !strcmp(text, gpu->told))
		return;
	memcpy(gpu->told, text, sizeof text);
	oriel_log_rt(ORIEL_LOG_INFO, "pixels reach the graphics device by %s", text);
}

/* What the texture takes as it lies, as often as it comes. */
static const char *refuse(const struct oriel_gpu *gpu, const struct oriel_frame *frame)
{
	const struct oriel_picture *picture = &frame->picture;
	const struct pl_gpu_limits *limits = &gpu->device->gpu->limits;
	/* A processor knows no better and worse rows. */
	size_t pitch_bytes = gpu->device->is_processor ? 4 : limits->align_tex_xfer_pitch;

	if (picture->rotation != ORIEL_ROTATE_0)
		return "the picture is turned";
	if (!gpu->convert.is_copy || gpu->picture.canvas.is_deep)
		return "they are not the window's";
	if (!limits->buf_transfer || !oriel_gpu_picture_has_parts(&gpu->picture))
		return "the driver takes no parts of pictures from memory";
	if (picture->pitch_bytes % 4 || (pitch_bytes && picture->pitch_bytes % pitch_bytes))
		return "the driver wants rows to lie otherwise";
	return oriel_gpu_importer_refuses(
		&gpu->importer, frame, gpu->picture.plane.texture->params.format);
}

bool oriel_gpu_lend_rt(struct oriel_gpu *gpu, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, int *ret_result)
{
	struct oriel_gpu_picture *picture = &gpu->picture;
	const char *refusal = refuse(gpu, frame);
	struct oriel_gpu_import *import;
	size_t arrived;

	if (refusal) {
		tell(gpu, frame, refusal);
		return false;
	}
	*ret_result = arrival->wait_rt(arrival->data, frame,
		(size_t)frame->picture.rows * frame->picture.pitch_bytes, &arrived);
	if (*ret_result)
		return true;
	gpu->device->ops->bind_rt(gpu->device);
	import = oriel_gpu_importer_get(&gpu->importer, gpu->device, frame,
		picture->plane.texture->params.format, &refusal);
	gpu->device->ops->unbind_rt(gpu->device);
	if (import || refusal)
		tell(gpu, frame, refusal);
	if (!import)
		return false;
	gpu->frame = *frame;
	gpu->is_lent = true;
	oriel_damage_merge(&gpu->stale, &frame->damage);
	picture->frame = (struct oriel_gpu_pixels){.buffer = import->buffer,
		.offset_bytes = frame->offset_bytes - import->offset_bytes,
		.pitch_bytes = frame->picture.pitch_bytes};
	return true;
}

void oriel_gpu_end_lending_rt(struct oriel_gpu *gpu)
{
	gpu->is_lent = false;
	gpu->picture.frame = (struct oriel_gpu_pixels){0};
	oriel_damage_clear(&gpu->stale);
}

/* ---- what the canvas misses ---------------------------------------------------------------------
 */

static void read_frame(struct oriel_gpu *gpu, const struct oriel_damage *damage)
{
	struct oriel_frame frame = gpu->frame;
	uint64_t bytes = 0;

	frame.damage = *damage;
	oriel_soft_upload_rt(&gpu->picture.canvas, &gpu->convert, &frame, &oriel_present_arrived,
		&gpu->tuner, &bytes);
	gpu->read_bytes += bytes;
}

void oriel_gpu_refresh_rect_rt(struct oriel_gpu *gpu, const struct oriel_rect *rect)
{
	struct oriel_damage damage = {.count = 1, .rects = {*rect}};

	if (gpu->is_lent && oriel_soft_upload_touches(&gpu->stale, rect))
		read_frame(gpu, &damage);
}

/* The cursor is lifted meanwhile: what is beneath it is read as well. */
void oriel_gpu_refresh_rt(struct oriel_gpu *gpu)
{
	const struct oriel_soft_canvas *canvas = &gpu->picture.canvas;
	bool is_covered = oriel_soft_upload_touches(&gpu->stale, &gpu->cursor.drawn);
	uint32_t width_px, height_px;

	if (!gpu->is_lent || oriel_damage_is_empty(&gpu->stale))
		return;
	if (is_covered)
		oriel_damage_add(&gpu->dirty, oriel_soft_cursor_lift_rt(&gpu->cursor, canvas));
	read_frame(gpu, &gpu->stale);
	oriel_damage_clear(&gpu->stale);
	if (!is_covered)
		return;
	oriel_soft_upload_get_screen(&gpu->layout, &width_px, &height_px);
	oriel_damage_add(
		&gpu->dirty, oriel_soft_cursor_drop_rt(&gpu->cursor, canvas, width_px, height_px));
}

uint64_t oriel_gpu_take_read_bytes_rt(struct oriel_gpu *gpu)
{
	uint64_t bytes = gpu->read_bytes;

	gpu->read_bytes = 0;
	return bytes;
}

/* ---- giving back --------------------------------------------------------------------------------
 */

bool oriel_gpu_holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	struct oriel_gpu_import *import;
	bool reads;

	if (gpu->is_lent && gpu->frame.lease == frame->lease)
		return true;
	import = oriel_gpu_importer_find_rt(&gpu->importer, frame);
	if (!import || !import->is_read)
		return false;
	gpu->device->ops->bind_rt(gpu->device);
	reads = oriel_gpu_import_is_read_rt(import, gpu->device->gpu);
	gpu->device->ops->unbind_rt(gpu->device);
	return reads;
}

static bool wait_reads(struct oriel_gpu *gpu)
{
	uint64_t deadline_ns = oriel_time_now_ns() + READ_LIMIT_NS;
	bool is_done;

	gpu->device->ops->bind_rt(gpu->device);
	is_done = oriel_gpu_importer_wait_rt(&gpu->importer, gpu->device->gpu, deadline_ns);
	gpu->device->ops->unbind_rt(gpu->device);
	return is_done;
}

void oriel_gpu_leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;

	if (!wait_reads(gpu) || !oriel_gpu_wait_device_rt(gpu)) {
		*ret_bytes = 0;
		oriel_gpu_loss_take_over(gpu, NULL);
		return;
	}
	oriel_gpu_refresh_rt(gpu);
	oriel_gpu_end_lending_rt(gpu);
	*ret_bytes = oriel_gpu_take_read_bytes_rt(gpu);
}
