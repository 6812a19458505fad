/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/picture.h"

#include <errno.h>
#include <libplacebo/utils/upload.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "present/soft/depth.h"

/* A device that works on one picture for longer than this hangs. */
#define WAIT_LIMIT_NS (2 * ORIEL_NS_PER_S)

static size_t align_up(size_t value, size_t alignment)
{
	return alignment ? (value + alignment - 1) / alignment * alignment : value;
}

/* As windows have it where there is a choice: what has the same order can be copied, which a device
 * that draws with the processor does ten times as fast as it draws. */
static pl_fmt choose_format(pl_gpu gpu, int ret_map[4])
{
	static const int straight[4] = {0, 1, 2, 3};
	const struct pl_plane_data layout = {
		.type = PL_FMT_UNORM,
		.component_size = {8, 8, 8, 8},
		.component_map = {2, 1, 0, 3},
		.pixel_stride = 4,
	};
	const enum pl_fmt_caps needed = PL_FMT_CAP_SAMPLEABLE | PL_FMT_CAP_BLITTABLE;
	pl_fmt format = pl_find_named_fmt(gpu, "bgra8");

	if (!format || (format->caps & needed) != needed)
		return pl_plane_find_fmt(gpu, ret_map, &layout);
	memcpy(ret_map, straight, sizeof straight);
	return format;
}

/* Pixels of a deep canvas as they lie. Newer releases of libplacebo have it for OpenGL, too. */
static pl_fmt choose_deep_format(pl_gpu gpu, int ret_map[4])
{
	static const int reversed[4] = {2, 1, 0, 3};
	pl_fmt format = pl_find_named_fmt(gpu, "rgb10a2");

	memcpy(ret_map, reversed, sizeof reversed);
	return format && format->caps & PL_FMT_CAP_SAMPLEABLE ? format : NULL;
}

bool oriel_gpu_picture_can_be_deep(pl_gpu gpu)
{
	int map[4];

	return choose_deep_format(gpu, map);
}

static pl_tex make_texture(
	struct oriel_gpu_device *device, pl_fmt format, uint32_t width_px, uint32_t height_px)
{
	bool can_copy = format->caps & PL_FMT_CAP_BLITTABLE;
	pl_gpu gpu = device->gpu;
	pl_tex texture = pl_tex_create(
		gpu, pl_tex_params(.w = (int)width_px, .h = (int)height_px, .format = format,
			     .sampleable = true, .host_writable = true, .blit_src = can_copy,
			     .blit_dst = can_copy,
			     .host_readable = !!(format->caps & PL_FMT_CAP_HOST_READABLE)));

	/* Otherwise software drivers draw what comes, and compile shaders for it first. */
	if (texture && device->ops->store_as_window && format == pl_find_named_fmt(gpu, "bgra8"))
		device->ops->store_as_window(device, texture);
	return texture;
}

/* Some releases of libplacebo, 4.208 among them, take the far corner of a part for its size with
 * Vulkan and so write too much, unless it begins in the corner of the texture. Looks whether this
 * one does, where it can do no harm. */
static bool sends_parts(struct oriel_gpu_device *device, pl_fmt format)
{
	pl_gpu gpu = device->gpu;
	uint32_t in[4 * 4] = {0}, out[4 * 4] = {0};
	pl_tex texture = make_texture(device, format, 4, 4);
	pl_buf buffer = pl_buf_create(gpu, pl_buf_params(.size = sizeof in, .initial_data = in));
	bool good = buffer && texture && texture->params.host_readable;

	memset(in, 0xff, sizeof in);
	good = good && pl_tex_upload(gpu, pl_tex_transfer_params(.tex = texture, .ptr = in));
	good = good &&
	       pl_tex_upload(gpu, pl_tex_transfer_params(.tex = texture, .rc = {1, 1, 0, 2, 2, 1},
					  .row_pitch = 16, .buf = buffer));
	good = good && pl_tex_download(gpu, pl_tex_transfer_params(.tex = texture, .ptr = out));
	pl_buf_destroy(gpu, &buffer);
	pl_tex_destroy(gpu, &texture);
	return good && !out[5] && out[6] && out[9] && out[10];
}

static bool make_textures(struct oriel_gpu_picture *picture, struct oriel_gpu_device *device,
	uint32_t width_px, uint32_t height_px)
{
	pl_gpu gpu = device->gpu;
	int map[4];
	pl_fmt format =
		picture->canvas.is_deep ? choose_deep_format(gpu, map) : choose_format(gpu, map);

	if (!format || width_px > gpu->limits.max_tex_2d_dim ||
		height_px > gpu->limits.max_tex_2d_dim)
		return false;
	/* The fourth has no meaning on the wire. */
	picture->plane = (struct pl_plane){.components = 3};
	for (int i = 0; i < 4; i++)
		picture->plane.component_mapping[i] = map[i];
	picture->plane.texture = make_texture(device, format, width_px, height_px);
	picture->sends_parts = sends_parts(device, format);
	if (!picture->sends_parts && format->caps & PL_FMT_CAP_BLITTABLE)
		picture->part = make_texture(device, format, width_px, height_px);
	return picture->plane.texture;
}

static bool make_canvas(
	struct oriel_gpu_picture *picture, pl_gpu gpu, uint32_t width_px, uint32_t height_px)
{
	size_t pitch_bytes = align_up((size_t)width_px * 4, gpu->limits.align_tex_xfer_pitch);
	size_t bytes = pitch_bytes * height_px;

	if (gpu->limits.buf_transfer && bytes <= gpu->limits.max_mapped_size)
		picture->buffer = pl_buf_create(
			gpu, pl_buf_params(.size = bytes, .host_mapped = true,
				     .host_readable = true, .memory_type = PL_BUF_MEM_HOST));
	if (!picture->buffer)
		picture->own_pixels = malloc(bytes);
	picture->canvas = (struct oriel_soft_canvas){
		.pixels = picture->buffer ? picture->buffer->data : picture->own_pixels,
		.pitch_bytes = pitch_bytes,
		.width_px = width_px,
		.height_px = height_px,
		.is_deep = picture->canvas.is_deep,
	};
	if (picture->canvas.is_deep)
		picture->twin = oriel_gpu_twin_create(width_px, height_px);
	if (!picture->canvas.pixels || (picture->canvas.is_deep && !picture->twin))
		return false;
	memset(picture->canvas.pixels, 0, bytes);
	return true;
}

static bool has_size(const struct oriel_soft_canvas *canvas, uint32_t width_px, uint32_t height_px)
{
	return canvas->pixels && canvas->width_px == width_px && canvas->height_px == height_px;
}

int oriel_gpu_picture_set_size(struct oriel_gpu_picture *picture, struct oriel_gpu_device *device,
	uint32_t width_px, uint32_t height_px, bool is_deep, struct oriel_error *error)
{
	struct oriel_gpu_picture made = {.canvas.is_deep = is_deep};
	struct oriel_rect all = {0, 0, width_px, height_px};
	bool stays = has_size(&picture->canvas, width_px, height_px);

	if (stays && picture->canvas.is_deep == is_deep)
		return 0;
	if (!stays)
		oriel_gpu_picture_finish(picture, device->gpu);
	if (!make_textures(&made, device, width_px, height_px) ||
		!make_canvas(&made, device->gpu, width_px, height_px)) {
		oriel_gpu_picture_finish(&made, device->gpu);
		return oriel_error_set(error, -ENOMEM,
			"the graphics device has no room for a picture of %u x %u pixels", width_px,
			height_px);
	}
	if (stays)
		oriel_soft_depth_copy_rt(&made.canvas, &picture->canvas, &all);
	oriel_gpu_picture_finish(picture, device->gpu);
	*picture = made;
	return 0;
}

void oriel_gpu_picture_finish(struct oriel_gpu_picture *picture, pl_gpu gpu)
{
	pl_buf_destroy(gpu, &picture->buffer);
	pl_tex_destroy(gpu, &picture->plane.texture);
	pl_tex_destroy(gpu, &picture->part);
	oriel_gpu_twin_destroy(picture->twin);
	free(picture->own_pixels);
	*picture = (struct oriel_gpu_picture){0};
}

const struct oriel_soft_canvas *oriel_gpu_picture_get_narrow(
	const struct oriel_gpu_picture *picture)
{
	return picture->twin ? oriel_gpu_twin_get(picture->twin, &picture->canvas)
			     : &picture->canvas;
}

bool oriel_gpu_picture_wait_rt(const struct oriel_gpu_picture *picture, pl_gpu gpu)
{
	uint64_t deadline_ns = oriel_time_now_ns() + WAIT_LIMIT_NS;

	return (!picture->buffer || oriel_gpu_device_wait_rt(gpu, picture->buffer, deadline_ns)) &&
	       !pl_gpu_is_failed(gpu);
}

bool oriel_gpu_picture_has_parts(const struct oriel_gpu_picture *picture)
{
	return picture->sends_parts || picture->part;
}

static struct oriel_gpu_pixels pixels_of_canvas(const struct oriel_gpu_picture *picture)
{
	const struct oriel_soft_canvas *canvas = &picture->canvas;

	return (struct oriel_gpu_pixels){
		.buffer = picture->buffer,
		.own = picture->buffer ? NULL : canvas->pixels,
		.pitch_bytes = canvas->pitch_bytes,
	};
}

static struct oriel_gpu_pixels pixels_of(const struct oriel_gpu_picture *picture)
{
	return picture->frame.buffer ? picture->frame : pixels_of_canvas(picture);
}

/* Those at from go to a place of the same size. */
static bool send(pl_gpu gpu, const struct oriel_gpu_pixels *pixels, const struct oriel_rect *from,
	pl_tex texture, uint32_t x, uint32_t y)
{
	size_t at = (size_t)from->y * pixels->pitch_bytes + (size_t)from->x * 4;
	struct pl_tex_transfer_params params = {
		.tex = texture,
		.rc = {(int)x, (int)y, 0, (int)(x + from->w), (int)(y + from->h), 1},
		.row_pitch = pixels->pitch_bytes,
		.buf = pixels->buffer,
		.buf_offset = pixels->buffer ? pixels->offset_bytes + at : 0,
		.ptr = pixels->buffer ? NULL : (void *)(uintptr_t)(pixels->own + at),
	};

	return pl_tex_upload(gpu, &params);
}

static bool send_by_part(const struct oriel_gpu_picture *picture, pl_gpu gpu,
	const struct oriel_gpu_pixels *pixels, const struct oriel_rect *from, pl_tex texture,
	uint32_t x, uint32_t y)
{
	int left = (int)x, top = (int)y, w = (int)from->w, h = (int)from->h;

	if (!send(gpu, pixels, from, picture->part, 0, 0))
		return false;
	pl_tex_blit(gpu, pl_tex_blit_params(.src = picture->part, .dst = texture,
				 .src_rc = {0, 0, 0, w, h, 1},
				 .dst_rc = {left, top, 0, left + w, top + h, 1}));
	return true;
}

/* False also where it would have to go in parts and cannot. */
static bool put(const struct oriel_gpu_picture *picture, pl_gpu gpu,
	const struct oriel_gpu_pixels *pixels, const struct oriel_rect *from, pl_tex texture,
	uint32_t x, uint32_t y)
{
	if (picture->sends_parts || (!x && !y))
		return send(gpu, pixels, from, texture, x, y);
	return picture->part && send_by_part(picture, gpu, pixels, from, texture, x, y);
}

static bool send_rect(const struct oriel_gpu_picture *picture, pl_gpu gpu,
	const struct oriel_gpu_pixels *pixels, const struct oriel_rect *rect)
{
	struct oriel_rect all = {0, 0, picture->canvas.width_px, picture->canvas.height_px};

	if (!rect->w || !rect->h)
		return true;
	if (!oriel_gpu_picture_has_parts(picture))
		rect = &all;
	return put(picture, gpu, pixels, rect, picture->plane.texture, rect->x, rect->y);
}

bool oriel_gpu_picture_send_rt(struct oriel_gpu_picture *picture, pl_gpu gpu)
{
	struct oriel_rect all = {0, 0, picture->canvas.width_px, picture->canvas.height_px};
	struct oriel_gpu_pixels pixels = pixels_of(picture), canvas = pixels_of_canvas(picture);
	bool has_patch = picture->frame.buffer && !oriel_damage_is_empty(&picture->unsent);
	bool sent = true;

	if (picture->unsent.full)
		sent = send_rect(picture, gpu, &pixels, &all);
	for (uint32_t i = 0; i < picture->unsent.count && sent; i++)
		sent = send_rect(picture, gpu, &pixels, &picture->unsent.rects[i]);
	if (has_patch && sent)
		sent = send_rect(picture, gpu, &canvas, &picture->patch);
	oriel_damage_clear(&picture->unsent);
	return sent;
}

bool oriel_gpu_picture_send_past_rt(const struct oriel_gpu_picture *picture, pl_gpu gpu,
	const struct oriel_rect *part, pl_tex texture, uint32_t x, uint32_t y)
{
	struct oriel_gpu_pixels pixels = pixels_of(picture), canvas = pixels_of_canvas(picture);
	struct oriel_rect patch;

	if (!put(picture, gpu, &pixels, part, texture, x, y))
		return false;
	if (!picture->frame.buffer || !oriel_rect_intersect(&picture->patch, part, &patch))
		return true;
	return put(picture, gpu, &canvas, &patch, texture, x + patch.x - part->x,
		y + patch.y - part->y);
}
