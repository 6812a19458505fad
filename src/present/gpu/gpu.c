/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The presenter that lets a graphics device place, scale and show the picture.
 *
 * The processor reads each damaged pixel of the guest's memory once, turns and converts it as the
 * soft presenter does and draws the cursor as it does, so both show the same picture; the device
 * takes what changed and does the rest. Where the device can, it takes what changed from the
 * guest's memory itself (lend.c), and the processor draws nothing but the cursor.
 */
#include "present/gpu/gpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "present/gpu/surface.h"

/* ---- sizes --------------------------------------------------------------------------------------
 */

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	int result;

	gpu->width_px = width_px;
	gpu->height_px = height_px;
	gpu->redraw = true;
	gpu->device->ops->bind_rt(gpu->device);
	result = oriel_gpu_draw_resize(&gpu->draw, gpu->device, width_px, height_px, error);
	gpu->device->ops->unbind_rt(gpu->device);
	return result ? oriel_gpu_loss_take_over(gpu, error) : 0;
}

static void lift_cursor(struct oriel_gpu *gpu)
{
	oriel_damage_add(
		&gpu->dirty, oriel_soft_cursor_lift_rt(&gpu->cursor, &gpu->picture.canvas));
}

bool oriel_gpu_wait_device_rt(struct oriel_gpu *gpu)
{
	bool idle;

	gpu->device->ops->bind_rt(gpu->device);
	idle = oriel_gpu_picture_wait_rt(&gpu->picture, gpu->device->gpu);
	gpu->device->ops->unbind_rt(gpu->device);
	return idle;
}

/* What is beyond eight bits costs bandwidth: never for a guest that has no more. */
static bool choose_depth(const struct oriel_gpu *gpu, const struct oriel_picture *layout)
{
	return oriel_pixel_get_info(layout->format)->colour_bits > 8 &&
	       oriel_gpu_draw_can_be_deep(gpu->device) &&
	       oriel_gpu_picture_can_be_deep(gpu->device->gpu);
}

static void say_depth(struct oriel_gpu *gpu, const struct oriel_picture *layout)
{
	const struct oriel_pixel_info *info = oriel_pixel_get_info(layout->format);
	const char *why = "the window can be had so";

	if (gpu->said_format == layout->format || info->colour_bits <= 8)
		return;
	gpu->said_format = layout->format;
	if (!oriel_gpu_draw_can_be_deep(gpu->device))
		why = "the window cannot be had with ten";
	else if (!gpu->picture.canvas.is_deep)
		why = "the driver takes no pictures of ten";
	oriel_log(ORIEL_LOG_INFO, "the guest's %s is shown with %s bits a channel: %s", info->name,
		gpu->picture.canvas.is_deep ? "ten" : "eight", why);
}

/* Whatever is on the picture stays there unless the size changes. */
static int set_picture(
	struct oriel_gpu *gpu, const struct oriel_picture *layout, struct oriel_error *error)
{
	bool is_deep = choose_depth(gpu, layout);
	uint32_t width_px, height_px;
	int result;

	oriel_soft_upload_get_upright(layout, &width_px, &height_px);
	if (gpu->picture.canvas.pixels && gpu->picture.canvas.is_deep != is_deep) {
		if (!oriel_gpu_wait_device_rt(gpu))
			return oriel_error_set(
				error, -EIO, "%s does not answer", gpu->device->ops->name);
		lift_cursor(gpu);
	}
	gpu->device->ops->bind_rt(gpu->device);
	result = oriel_gpu_draw_set_depth(&gpu->draw, gpu->device, is_deep, error);
	if (!result)
		result = oriel_gpu_picture_set_size(
			&gpu->picture, gpu->device, width_px, height_px, gpu->draw.is_deep, error);
	gpu->device->ops->unbind_rt(gpu->device);
	return result;
}

/* The picture stays until there is another one, and what is to come may not be lent. */
static void leave_layout(struct oriel_gpu *gpu, const struct oriel_picture *layout)
{
	if (!gpu->is_lent || oriel_picture_is_same_layout(layout, &gpu->frame.picture))
		return;
	if (oriel_gpu_wait_device_rt(gpu))
		oriel_gpu_refresh_rt(gpu);
	oriel_gpu_end_lending_rt(gpu);
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	const uint8_t *before = gpu->picture.canvas.pixels;
	int result;

	leave_layout(gpu, layout);
	result = set_picture(gpu, layout, error);
	if (result) {
		result = oriel_gpu_loss_take_over(gpu, error);
		return result ? result
			      : gpu->stand_in.base.ops->set_layout(presenter, layout, error);
	}
	say_depth(gpu, layout);
	gpu->layout = *layout;
	gpu->convert = oriel_soft_convert_choose(
		layout, &gpu->options.colours, gpu->picture.canvas.is_deep);
	if (gpu->picture.canvas.pixels == before)
		return 0;
	gpu->cursor.drawn = (struct oriel_rect){0};
	gpu->cursor.changed = true;
	gpu->redraw = true;
	oriel_damage_set_full(&gpu->dirty);
	return 0;
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	int result;

	gpu->overlay = overlay;
	gpu->redraw = true;
	gpu->device->ops->bind_rt(gpu->device);
	result = oriel_gpu_draw_set_overlay(&gpu->draw, gpu->device->gpu, overlay, error);
	gpu->device->ops->unbind_rt(gpu->device);
	return result ? oriel_gpu_loss_take_over(gpu, error) : 0;
}

/* ---- frames -------------------------------------------------------------------------------------
 */

/* What the canvas misses of earlier frames is in this one as well. */
static int copy(struct oriel_gpu *gpu, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_frame all = *frame;

	oriel_damage_merge(&all.damage, &gpu->stale);
	oriel_gpu_end_lending_rt(gpu);
	return oriel_soft_upload_rt(
		&gpu->picture.canvas, &gpu->convert, &all, arrival, &gpu->tuner, ret_bytes);
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	struct oriel_damage upright;
	uint64_t bytes = 0;
	int result;

	if (!oriel_gpu_wait_device_rt(gpu)) {
		oriel_gpu_loss_take_over(gpu, NULL);
		return gpu->stand_in.base.ops->upload_rt(presenter, frame, arrival, ret_bytes);
	}
	oriel_soft_upload_map_damage(frame, &upright);
	if (oriel_soft_upload_touches(&upright, &gpu->cursor.drawn))
		lift_cursor(gpu);
	oriel_damage_merge(&gpu->dirty, &upright);
	if (!oriel_gpu_lend_rt(gpu, frame, arrival, &result))
		result = copy(gpu, frame, arrival, &bytes);
	*ret_bytes = bytes + oriel_gpu_take_read_bytes_rt(gpu);
	return result;
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	oriel_soft_cursor_set_rt(&((struct oriel_gpu *)presenter)->cursor, pointer);
}

static void draw_cursor(struct oriel_gpu *gpu)
{
	const struct oriel_soft_canvas *canvas = &gpu->picture.canvas;
	uint32_t width_px, height_px;
	struct oriel_rect rect;
	int64_t x_px, y_px;

	if (!canvas->pixels || !gpu->cursor.changed)
		return;
	oriel_soft_upload_get_screen(&gpu->layout, &width_px, &height_px);
	lift_cursor(gpu);
	if (oriel_soft_cursor_place_rt(&gpu->cursor, canvas->width_px, canvas->height_px, width_px,
		    height_px, &rect, &x_px, &y_px))
		oriel_gpu_refresh_rect_rt(gpu, &rect);
	oriel_damage_add(
		&gpu->dirty, oriel_soft_cursor_drop_rt(&gpu->cursor, canvas, width_px, height_px));
}

/* False: the device is of no use any more. */
static bool put(struct oriel_gpu *gpu)
{
	struct oriel_gpu_device *device = gpu->device;
	bool done;

	device->ops->bind_rt(device);
	done = oriel_gpu_picture_wait_rt(&gpu->picture, device->gpu);
	if (done) {
		draw_cursor(gpu);
		gpu->picture.patch = gpu->cursor.drawn;
		oriel_damage_merge(&gpu->picture.unsent, &gpu->dirty);
		if (gpu->picture.twin)
			oriel_gpu_twin_note_rt(gpu->picture.twin, &gpu->dirty);
	}
	done = done && oriel_gpu_draw_rt(&gpu->draw, device, &gpu->picture, &gpu->options);
	device->ops->unbind_rt(device);
	return done;
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;

	if (!gpu->width_px ||
		(!gpu->redraw && !gpu->cursor.changed && oriel_damage_is_empty(&gpu->dirty))) {
		oriel_damage_clear(&gpu->shown);
		return;
	}
	if (!put(gpu)) {
		oriel_gpu_loss_take_over(gpu, NULL);
		gpu->stand_in.base.ops->present_rt(presenter);
		return;
	}
	if (gpu->draw.is_shown && gpu->device->window.ops->note_put_rt)
		gpu->device->window.ops->note_put_rt(&gpu->device->window);
	/* What is not shown yet is in the picture's unsent damage. */
	gpu->redraw = !gpu->draw.is_shown;
	gpu->shown = gpu->dirty;
	oriel_damage_clear(&gpu->dirty);
}

static void expose_rt(struct oriel_presenter *presenter)
{
	((struct oriel_gpu *)presenter)->redraw = true;
}

/* present_rt() returns when the device is done; the display server may not be. */
static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	const struct oriel_gpu_surface *window =
		&((const struct oriel_gpu *)presenter)->device->window;

	return window->ops->is_busy_rt && window->ops->is_busy_rt(window);
}

/* What comes is read by the window. */
static int get_fd(const struct oriel_presenter *presenter)
{
	return -1;
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct oriel_gpu_surface *window = &((struct oriel_gpu *)presenter)->device->window;

	return window->ops->dispatch_rt ? window->ops->dispatch_rt(window) : 0;
}

static bool get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;
	const struct oriel_soft_canvas *canvas;

	if (!gpu->picture.canvas.pixels)
		return false;
	if (gpu->is_lent && oriel_gpu_wait_device_rt(gpu))
		oriel_gpu_refresh_rt(gpu);
	canvas = oriel_gpu_picture_get_narrow(&gpu->picture);
	*ret_image = (struct oriel_image){canvas->pixels, canvas->pitch_bytes, canvas->width_px,
		canvas->height_px, &gpu->shown};
	return true;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

/* The best first. */
static const struct oriel_gpu_device_ops *const devices[] = {
	&oriel_gpu_device_vulkan,
	&oriel_gpu_device_opengl,
};

#define DEVICES (sizeof devices / sizeof devices[0])

static enum oriel_probe probe(const struct oriel_native *native)
{
	return oriel_gpu_surface_takes(native) ? ORIEL_PROBE_ASKED : ORIEL_PROBE_NO;
}

/* Without any of these, a driver could only draw with the processor. */
static bool has_hardware(void)
{
	static const char *const nodes[] = {
		"/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidia0"};

	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
		if (!access(nodes[i], R_OK | W_OK))
			return true;
	return false;
}

static enum oriel_probe probe_hardware(const struct oriel_native *native)
{
	enum oriel_probe found = probe(native);

	return found == ORIEL_PROBE_ASKED && native->kind != ORIEL_NATIVE_HEADLESS && has_hardware()
		       ? ORIEL_PROBE_GOOD
		       : found;
}

void oriel_gpu_close_device(struct oriel_gpu *gpu)
{
	if (!gpu->device)
		return;
	gpu->device->ops->bind_rt(gpu->device);
	oriel_gpu_end_lending_rt(gpu);
	oriel_gpu_importer_finish(&gpu->importer, gpu->device->gpu);
	oriel_gpu_picture_finish(&gpu->picture, gpu->device->gpu);
	oriel_gpu_draw_finish(&gpu->draw, gpu->device->gpu);
	gpu->device->ops->close(gpu->device);
	gpu->device = NULL;
}

static void destroy(struct oriel_presenter *presenter)
{
	struct oriel_gpu *gpu = (struct oriel_gpu *)presenter;

	if (!gpu)
		return;
	oriel_stand_in_end(&gpu->stand_in);
	oriel_gpu_close_device(gpu);
	oriel_soft_cursor_finish(&gpu->cursor);
	free(gpu);
}

static int open_device(
	struct oriel_gpu *gpu, const struct oriel_gpu_device_ops *ops, struct oriel_error *error)
{
	struct oriel_native native;
	int result;

	gpu->window->ops->get_native(gpu->window, &native);
	result = ops->open(&gpu->device, &native, &gpu->options, error);
	if (result)
		return result;
	result = oriel_gpu_draw_init(&gpu->draw, gpu->device, &gpu->options, error);
	gpu->device->ops->unbind_rt(gpu->device);
	if (result)
		oriel_gpu_close_device(gpu);
	else
		oriel_log(ORIEL_LOG_INFO, "the picture is drawn by %s on %s", ops->name,
			gpu->device->model);
	return result;
}

/* Why none of them works is told together. */
static int open_any(struct oriel_gpu *gpu, size_t first, size_t count, struct oriel_error *error)
{
	struct oriel_error reasons[DEVICES] = {0};
	int result = -ENODEV;

	for (size_t i = first; i < first + count && result == -ENODEV; i++)
		result = open_device(gpu, devices[i], &reasons[i]);
	if (!result)
		return 0;
	for (size_t i = first; i < first + count && result != -ENODEV; i++)
		if (reasons[i].code == result)
			return oriel_error_set(error, result, "%s", reasons[i].message);
	return oriel_error_set(error, result,
		"no graphics driver can draw on this window; use --present soft (%s%s%s)",
		reasons[first].message, count > 1 ? "; " : "",
		count > 1 ? reasons[first + 1].message : "");
}

static int create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, const struct oriel_presenter_ops *ops,
	size_t first, size_t count, struct oriel_error *error)
{
	struct oriel_gpu *gpu = calloc(1, sizeof *gpu);
	int result;

	if (!gpu || oriel_soft_cursor_init(&gpu->cursor)) {
		free(gpu);
		return oriel_error_set_errno(error, -ENOMEM, "cannot make the gpu presenter");
	}
	gpu->stand_in.base.ops = ops;
	gpu->window = window;
	gpu->options = *options;
	oriel_copy_tuner_init(&gpu->tuner);
	oriel_gpu_importer_init(&gpu->importer, oriel_makers);
	result = open_any(gpu, first, count, error);
	if (result) {
		destroy(&gpu->stand_in.base);
		return result;
	}
	*ret_presenter = &gpu->stand_in.base;
	return 0;
}

static int create_gpu(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	return create(ret_presenter, window, options, &oriel_presenter_gpu, 0, DEVICES, error);
}

static int create_vulkan(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	return create(ret_presenter, window, options, &oriel_presenter_vulkan, 0, 1, error);
}

static int create_opengl(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	return create(ret_presenter, window, options, &oriel_presenter_opengl, 1, 1, error);
}

#define OPS                                                                                        \
	.is_slow = true, .destroy = destroy, .resize = resize, .set_layout = set_layout,           \
	.set_overlay = set_overlay, .upload_rt = upload_rt, .holds_rt = oriel_gpu_holds_rt,        \
	.leave_rt = oriel_gpu_leave_rt, .set_cursor_rt = set_cursor_rt, .present_rt = present_rt,  \
	.expose_rt = expose_rt, .is_busy_rt = is_busy_rt, .get_fd = get_fd,                        \
	.dispatch_rt = dispatch_rt, .get_image = get_image

const struct oriel_presenter_ops oriel_presenter_gpu = {
	.name = "gpu", .probe = probe_hardware, .create = create_gpu, OPS};
const struct oriel_presenter_ops oriel_presenter_vulkan = {
	.name = "vulkan", .probe = probe, .create = create_vulkan, OPS};
const struct oriel_presenter_ops oriel_presenter_opengl = {
	.name = "opengl", .probe = probe, .create = create_opengl, OPS};
