/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens when the device fails while the viewer runs: the soft presenter goes on from the
 * same picture, behind the same struct oriel_presenter. */
#include <stdlib.h>

#include "base/log.h"
#include "present/gpu/gpu.h"

static struct oriel_presenter *soft_of(const struct oriel_presenter *presenter)
{
	return ((const struct oriel_gpu *)presenter)->soft;
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->resize(soft, width_px, height_px, error);
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->set_layout(soft, layout, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->set_overlay(soft, overlay, error);
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->upload_rt(soft, frame, arrival, ret_bytes);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	struct oriel_presenter *soft = soft_of(presenter);

	soft->ops->set_cursor_rt(soft, pointer);
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *soft = soft_of(presenter);

	soft->ops->present_rt(soft);
}

static void expose_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *soft = soft_of(presenter);

	soft->ops->expose_rt(soft);
}

static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->is_busy_rt(soft);
}

static int get_fd(const struct oriel_presenter *presenter)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->get_fd(soft);
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->dispatch_rt(soft);
}

static bool get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	struct oriel_presenter *soft = soft_of(presenter);

	return soft->ops->get_image(soft, ret_image);
}

/* All of them have arrived. */
static int wait_rt(
	void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived_bytes)
{
	*ret_arrived_bytes = frame->size_bytes;
	return 0;
}

/* The picture so far, as one frame of a guest that shows exactly that. */
static int hand_picture_over(struct oriel_gpu *gpu, struct oriel_error *error)
{
	const struct oriel_soft_canvas *canvas = &gpu->picture.canvas;
	struct oriel_arrival arrival = {wait_rt, NULL};
	struct oriel_frame frame = {
		.picture = {.format = ORIEL_PIXEL_BGRA,
			.width_px = canvas->width_px,
			.height_px = canvas->height_px,
			.rows = canvas->height_px,
			.pitch_bytes = (uint32_t)canvas->pitch_bytes},
		.pixels = canvas->pixels,
		.size_bytes = canvas->pitch_bytes * canvas->height_px,
		.damage = {.full = true},
	};
	uint64_t bytes;
	int result;

	if (!canvas->pixels)
		return 0;
	oriel_soft_cursor_lift_rt(&gpu->cursor, canvas);
	result = gpu->soft->ops->set_layout(gpu->soft, &frame.picture, error);
	if (!result)
		result = gpu->soft->ops->upload_rt(gpu->soft, &frame, &arrival, &bytes);
	/* Of the same size: the picture stays. */
	return result ? result : gpu->soft->ops->set_layout(gpu->soft, &gpu->layout, error);
}

static int open_soft(struct oriel_gpu *gpu, struct oriel_error *error)
{
	struct oriel_pointer pointer = {gpu->cursor.x_px, gpu->cursor.y_px, gpu->cursor.visible,
		gpu->cursor.has_shape ? &gpu->cursor.shape : NULL};
	int result = oriel_presenter_soft.create(&gpu->soft, gpu->window, &gpu->options, error);

	if (!result && gpu->width_px)
		result = gpu->soft->ops->resize(gpu->soft, gpu->width_px, gpu->height_px, error);
	if (!result)
		result = hand_picture_over(gpu, error);
	if (!result)
		result = gpu->soft->ops->set_overlay(gpu->soft, gpu->overlay, error);
	if (!result)
		gpu->soft->ops->set_cursor_rt(gpu->soft, &pointer);
	return result;
}

static const struct oriel_presenter_ops forwards = {
	.name = "soft",
	.resize = resize,
	.set_layout = set_layout,
	.set_overlay = set_overlay,
	.upload_rt = upload_rt,
	.set_cursor_rt = set_cursor_rt,
	.present_rt = present_rt,
	.expose_rt = expose_rt,
	.is_busy_rt = is_busy_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
	.get_image = get_image,
};

/* A device that hangs would take whoever closes it with it: it is left to the end of the process.
 */
static void leave_device(struct oriel_gpu *gpu)
{
	struct oriel_gpu_device *device = gpu->device;
	bool hangs;

	device->ops->bind_rt(device);
	hangs = !oriel_gpu_picture_wait_rt(&gpu->picture, device->gpu) &&
		!pl_gpu_is_failed(device->gpu);
	device->ops->unbind_rt(device);
	if (hangs)
		gpu->device = NULL;
	else
		oriel_gpu_close_device(gpu);
}

int oriel_gpu_loss_take_over(struct oriel_gpu *gpu, struct oriel_error *error)
{
	int result = open_soft(gpu, error);

	oriel_log_rt(ORIEL_LOG_WARNING, "%s on %s failed%s%s; going on without it (soft)",
		gpu->device->ops->name, gpu->device->model, gpu->device->complaint[0] ? ": " : "",
		gpu->device->complaint);
	if (!gpu->soft && oriel_presenter_null.create(&gpu->soft, gpu->window, &gpu->options, NULL))
		abort();
	leave_device(gpu);
	gpu->after_loss = forwards;
	gpu->after_loss.destroy = gpu->base.ops->destroy;
	gpu->base.ops = &gpu->after_loss;
	return result;
}
