/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/draw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "present/soft/place.h"

/* A window that is hidden or just changes its size takes no picture for a moment. */
#define FAILURES_MAX 30u

/* ---- overlays -----------------------------------------------------------------------------------
 */

static pl_tex make_texture(pl_gpu gpu, uint32_t width_px, uint32_t height_px, const uint8_t *rgba)
{
	pl_fmt format = pl_find_named_fmt(gpu, "rgba8");

	if (!format)
		return NULL;
	return pl_tex_create(
		gpu, pl_tex_params(.w = (int)width_px, .h = (int)height_px, .format = format,
			     .sampleable = true, .initial_data = rgba));
}

static pl_tex make_overlay_texture(pl_gpu gpu, const struct oriel_overlay *overlay)
{
	size_t row_bytes = (size_t)overlay->width_px * 4;
	uint8_t *rgba = malloc(row_bytes * overlay->height_px);
	pl_tex texture = NULL;

	for (uint32_t y = 0; rgba && y < overlay->height_px; y++)
		for (size_t x = 0; x < row_bytes; x += 4) {
			const uint8_t *from = overlay->pixels + y * overlay->pitch_bytes + x;
			uint8_t *to = rgba + y * row_bytes + x;

			to[0] = from[2];
			to[1] = from[1];
			to[2] = from[0];
			to[3] = from[3];
		}
	if (rgba)
		texture = make_texture(gpu, overlay->width_px, overlay->height_px, rgba);
	free(rgba);
	return texture;
}

static void drop_overlays(struct oriel_gpu_draw *draw, pl_gpu gpu)
{
	for (uint32_t i = 0; i < draw->overlay_count; i++)
		pl_tex_destroy(gpu, &draw->overlay_textures[i]);
	draw->overlay_count = 0;
}

int oriel_gpu_draw_set_overlay(struct oriel_gpu_draw *draw, pl_gpu gpu,
	const struct oriel_overlay *overlay, struct oriel_error *error)
{
	drop_overlays(draw, gpu);
	for (; overlay && draw->overlay_count < ORIEL_GPU_OVERLAYS_MAX; overlay = overlay->next) {
		pl_tex texture = make_overlay_texture(gpu, overlay);

		if (!texture)
			return oriel_error_set(error, -ENOMEM,
				"the graphics device has no room for an overlay of %u x %u pixels",
				overlay->width_px, overlay->height_px);
		draw->overlays[draw->overlay_count] = overlay;
		draw->overlay_textures[draw->overlay_count++] = texture;
	}
	return 0;
}

static struct pl_overlay_part make_part(const struct oriel_gpu_draw *draw, uint32_t index)
{
	const struct oriel_overlay *overlay = draw->overlays[index];
	float width = (float)overlay->width_px, height = (float)overlay->height_px;
	int32_t x_px, y_px;

	oriel_overlay_place(overlay, draw->width_px, draw->height_px, &x_px, &y_px);
	return (struct pl_overlay_part){
		.src = {0, 0, width, height},
		.dst = {(float)x_px, (float)y_px, (float)x_px + width, (float)y_px + height},
	};
}

static struct pl_overlay make_overlay(pl_tex texture, const struct pl_overlay_part *part)
{
	struct pl_overlay overlay = {
		.tex = texture,
		.coords = PL_OVERLAY_COORDS_DST_FRAME,
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb,
		.parts = part,
		.num_parts = 1,
	};

	overlay.repr.alpha = PL_ALPHA_PREMULTIPLIED;
	return overlay;
}

/* Two for each: what darkens all that is beneath, and the overlay itself. Returns how many. */
static int list_overlays(const struct oriel_gpu_draw *draw, struct pl_overlay_part *ret_parts,
	struct pl_overlay *ret_overlays)
{
	int count = 0;

	for (uint32_t i = 0; i < draw->overlay_count; i++) {
		if (draw->overlays[i]->dim) {
			ret_parts[count] = (struct pl_overlay_part){
				.src = {0, 0, 1, 1},
				.dst = {0, 0, (float)draw->width_px, (float)draw->height_px},
				.color = {0, 0, 0, (float)draw->overlays[i]->dim / 255.0f},
			};
			ret_overlays[count] = make_overlay(draw->white, &ret_parts[count]);
			ret_overlays[count].mode = PL_OVERLAY_MONOCHROME;
			ret_overlays[count].repr.alpha = PL_ALPHA_INDEPENDENT;
			count++;
		}
		ret_parts[count] = make_part(draw, i);
		ret_overlays[count] = make_overlay(draw->overlay_textures[i], &ret_parts[count]);
		count++;
	}
	return count;
}

/* ---- the picture --------------------------------------------------------------------------------
 */

/* The round Lanczos filter takes dozens of reads a pixel: a graphics device does not notice, a
 * processor would take seconds for a large window, and the keyboard with it. In rows and columns it
 * looks nearly the same. */
static struct pl_render_params choose_params(const struct oriel_soft_place *place,
	const struct oriel_present_options *options, bool is_processor)
{
	struct pl_render_params params = pl_render_fast_params;

	if (place->nearest)
		params.upscaler = params.downscaler = &pl_filter_nearest;
	else if (options->filter == ORIEL_FILTER_BEST) {
		params.upscaler = is_processor ? &pl_filter_lanczos : &pl_filter_ewa_lanczos;
		params.downscaler = &pl_filter_mitchell;
	} else {
		params.upscaler = &pl_filter_bilinear;
	}
	return params;
}

/* The part of the picture that is seen, and where. */
static void crop(
	const struct oriel_soft_place *place, struct pl_frame *image, struct pl_frame *target)
{
	const struct oriel_rect *seen = &place->seen;
	float across = (float)place->picture_width_px / (float)place->width_px;
	float down = (float)place->picture_height_px / (float)place->height_px;
	float x = (float)((int64_t)seen->x - place->x_px);
	float y = (float)((int64_t)seen->y - place->y_px);

	image->crop = (struct pl_rect2df){
		x * across, y * down, (x + (float)seen->w) * across, (y + (float)seen->h) * down};
	target->crop = (struct pl_rect2df){(float)seen->x, (float)seen->y,
		(float)(seen->x + seen->w), (float)(seen->y + seen->h)};
}

/* The order of a window's components is not even known with OpenGL. */
static bool hold_same_values(const struct oriel_gpu_device *device, pl_fmt one, pl_fmt other)
{
	if (!device->ops->copies_any_order)
		return one == other;
	return one->type == other->type && !memcmp(one->component_depth, other->component_depth,
						   3 * sizeof one->component_depth[0]);
}

/* Without scaling, the texture's pixels are the window's, unless that one takes the byte without
 * meaning for how much of the desktop is to shine through. */
static bool can_copy(const struct oriel_gpu_picture *picture, const struct oriel_gpu_device *device,
	const struct oriel_soft_place *place, const struct pl_frame *target)
{
	pl_tex from = picture->plane.texture, to = target->planes[0].texture;
	bool is_opaque = device->is_opaque || target->repr.alpha == PL_ALPHA_UNKNOWN;

	return is_opaque && place->is_1to1 && !picture->canvas.is_deep && from->params.blit_src &&
	       to->params.blit_dst &&
	       hold_same_values(device, from->params.format, to->params.format);
}

/* The part of an unscaled picture that is seen. */
static struct oriel_rect part_seen(const struct oriel_soft_place *place)
{
	return (struct oriel_rect){(uint32_t)((int64_t)place->seen.x - place->x_px),
		(uint32_t)((int64_t)place->seen.y - place->y_px), place->seen.w, place->seen.h};
}

/* Where the device's memory is the processor's, what shows the picture may as well be written at
 * once. Any other device has its own copy at hand faster. */
static bool can_pass(const struct oriel_gpu_picture *picture, const struct oriel_gpu_device *device,
	const struct oriel_soft_place *place, pl_tex to)
{
	return device->is_processor && to->params.host_writable &&
	       to->params.format == picture->plane.texture->params.format &&
	       (oriel_gpu_picture_has_parts(picture) || (!place->seen.x && !place->seen.y));
}

static void copy(const struct oriel_gpu_picture *picture, const struct oriel_gpu_device *device,
	const struct oriel_soft_place *place, const struct pl_frame *target)
{
	struct oriel_rect part = part_seen(place);
	const struct oriel_rect *seen = &place->seen;
	int x = (int)part.x, y = (int)part.y, w = (int)part.w, h = (int)part.h;
	pl_tex to = target->planes[0].texture;
	int top = (int)seen->y, bottom = (int)(seen->y + seen->h);
	bool is_flipped = target->planes[0].flipped;

	device->ops->copy_to_window_rt(
		device, pl_tex_blit_params(.src = picture->plane.texture, .dst = to,
				.src_rc = {x, y, 0, x + w, y + h, 1},
				.dst_rc = {(int)seen->x, is_flipped ? to->params.h - top : top, 0,
					(int)(seen->x + seen->w),
					is_flipped ? to->params.h - bottom : bottom, 1}));
}

/* Without drawing, where that can be. False: the device failed. */
static bool put_picture(const struct oriel_gpu_draw *draw, struct oriel_gpu_picture *picture,
	const struct oriel_gpu_device *device, const struct oriel_soft_place *place,
	const struct pl_frame *target, bool *ret_put)
{
	pl_tex to = target->planes[0].texture;
	struct oriel_rect part = part_seen(place);

	*ret_put = !draw->shader.hook && can_copy(picture, device, place, target);
	if (*ret_put && can_pass(picture, device, place, to))
		return oriel_gpu_picture_send_past_rt(
			picture, device->gpu, &part, to, place->seen.x, place->seen.y);
	if (!oriel_gpu_picture_send_rt(picture, device->gpu))
		return false;
	if (*ret_put)
		copy(picture, device, place, target);
	return true;
}

static bool covers(const struct oriel_soft_place *place, const struct oriel_gpu_draw *draw)
{
	return place->seen.w == draw->width_px && place->seen.h == draw->height_px;
}

static bool draw_frame(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options,
	struct pl_frame *target)
{
	static const float black[3];
	struct pl_overlay_part parts[2 * ORIEL_GPU_OVERLAYS_MAX];
	struct pl_overlay overlays[2 * ORIEL_GPU_OVERLAYS_MAX];
	struct pl_frame image = {.num_planes = 1,
		.planes = {picture->plane},
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb};
	struct oriel_soft_place place = {.nearest = true};
	struct pl_render_params params;
	bool has_picture = picture->canvas.pixels, is_put = false;

	if (has_picture)
		place = oriel_soft_place_make(draw->width_px, draw->height_px,
			picture->canvas.width_px, picture->canvas.height_px, options->scale,
			options->filter);
	has_picture = place.seen.w && place.seen.h;
	if (!has_picture || !covers(&place, draw))
		pl_frame_clear(device->gpu, target, black);
	if (has_picture && !put_picture(draw, picture, device, &place, target, &is_put))
		return false;
	target->overlays = overlays;
	target->num_overlays = list_overlays(draw, parts, overlays);
	if ((is_put || !has_picture) && !target->num_overlays)
		return true;
	params = choose_params(&place, options, device->is_processor);
	params.skip_target_clearing = true;
	params.hooks = &draw->shader.hook;
	params.num_hooks = has_picture && draw->shader.hook ? 1 : 0;
	if (has_picture)
		crop(&place, &image, target);
	return pl_render_image(
		draw->renderer, has_picture && !is_put ? &image : NULL, target, &params);
}

/* ---- the window ---------------------------------------------------------------------------------
 */

static bool draw_offscreen(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options)
{
	struct pl_frame target = {.num_planes = 1,
		.planes = {{.texture = draw->offscreen,
			.components = 4,
			.component_mapping = {0, 1, 2, 3}}},
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb};
	bool drawn = draw_frame(draw, device, picture, options, &target);

	pl_gpu_finish(device->gpu);
	draw->is_shown = true;
	return drawn;
}

/* Not before something is drawn: what is made for a size that does not last costs as much. */
static bool resize_window(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device)
{
	int width = (int)draw->width_px, height = (int)draw->height_px;

	draw->is_resized = false;
	return pl_swapchain_resize(device->swapchain, &width, &height);
}

static bool draw_once(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options)
{
	struct pl_swapchain_frame frame;
	struct pl_frame target;
	bool drawn;

	draw->is_shown = pl_swapchain_start_frame(device->swapchain, &frame);
	if (!draw->is_shown)
		return ++draw->failures < FAILURES_MAX;
	draw->failures = 0;
	pl_frame_from_swapchain(&target, &frame);
	/* Values go to the window as they are, whatever the driver takes it for. */
	target.color = pl_color_space_srgb;
	drawn = draw_frame(draw, device, picture, options, &target);
	if (!pl_swapchain_submit_frame(device->swapchain))
		return false;
	pl_swapchain_swap_buffers(device->swapchain);
	return drawn;
}

static bool draw_on_window(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options)
{
	bool is_late =
		draw->is_resized && device->ops->resize && device->window.ops->resize_egl_window;

	if (draw->is_resized && !resize_window(draw, device))
		return false;
	/* Where the device has to be told of the size, the picture it has begun with is still of
	 * the old one. */
	if (is_late && !draw_once(draw, device, picture, options))
		return false;
	return draw_once(draw, device, picture, options);
}

bool oriel_gpu_draw_rt(struct oriel_gpu_draw *draw, const struct oriel_gpu_device *device,
	struct oriel_gpu_picture *picture, const struct oriel_present_options *options)
{
	bool drawn = device->swapchain ? draw_on_window(draw, device, picture, options)
				       : draw_offscreen(draw, device, picture, options);

	return drawn && !pl_gpu_is_failed(device->gpu);
}

/* ---- life ---------------------------------------------------------------------------------------
 */

#define OFFSCREEN_CAPS (PL_FMT_CAP_RENDERABLE | PL_FMT_CAP_BLITTABLE | PL_FMT_CAP_HOST_READABLE)

/* As windows are, where that can be: the picture is copied there. */
static pl_fmt find_offscreen_format(pl_gpu gpu, bool is_deep)
{
	pl_fmt usual = pl_find_named_fmt(gpu, "bgra8");
	int bits = is_deep ? 16 : 8;

	if (!is_deep && usual && (usual->caps & OFFSCREEN_CAPS) == OFFSCREEN_CAPS)
		return usual;
	return pl_find_fmt(gpu, PL_FMT_UNORM, 4, bits, bits, OFFSCREEN_CAPS);
}

static bool resize_offscreen(struct oriel_gpu_draw *draw, pl_gpu gpu)
{
	pl_fmt format = find_offscreen_format(gpu, draw->is_deep);

	return format && pl_tex_recreate(gpu, &draw->offscreen,
				 pl_tex_params(.w = (int)draw->width_px, .h = (int)draw->height_px,
					 .format = format, .renderable = true,
					 .host_readable = true, .blit_dst = true));
}

bool oriel_gpu_draw_can_be_deep(const struct oriel_gpu_device *device)
{
	return device->swapchain ? device->has_deep_window
				 : (bool)find_offscreen_format(device->gpu, true);
}

/* A window that is listed with ten bits may be refused by libplacebo, which asks for more of it. */
static bool set_window_depth(
	struct oriel_gpu_draw *draw, struct oriel_gpu_device *device, bool is_deep)
{
	draw->is_resized = true;
	if (device->ops->set_depth(device, is_deep))
		return true;
	device->has_deep_window = draw->is_deep = false;
	return device->ops->set_depth(device, false);
}

int oriel_gpu_draw_set_depth(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	bool is_deep, struct oriel_error *error)
{
	bool done = true;

	if (draw->is_deep == is_deep)
		return 0;
	draw->is_deep = is_deep;
	if (device->swapchain && device->ops->set_depth)
		done = set_window_depth(draw, device, is_deep);
	else if (!device->swapchain && draw->width_px)
		done = resize_offscreen(draw, device->gpu);
	return done ? 0
		    : oriel_error_set(error, -EIO, "%s can no longer draw on the window",
			      device->ops->name);
}

int oriel_gpu_draw_resize(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	uint32_t width_px, uint32_t height_px, struct oriel_error *error)
{
	draw->width_px = width_px;
	draw->height_px = height_px;
	if (device->ops->resize)
		device->ops->resize(device, width_px, height_px);
	draw->is_resized = true;
	if (!device->swapchain && !resize_offscreen(draw, device->gpu))
		return oriel_error_set(error, -EIO, "%s cannot draw on a window of %u x %u pixels",
			device->ops->name, width_px, height_px);
	return 0;
}

int oriel_gpu_draw_init(struct oriel_gpu_draw *draw, struct oriel_gpu_device *device,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	static const uint8_t white[4] = {255, 255, 255, 255};
	int result;

	*draw = (struct oriel_gpu_draw){0};
	draw->renderer = pl_renderer_create(device->log, device->gpu);
	draw->white = make_texture(device->gpu, 1, 1, white);
	if (draw->renderer && draw->white)
		result = oriel_gpu_shader_open(&draw->shader, device, options->shader, error);
	else
		result = oriel_error_set_errno(error, -ENOMEM, "%s", device->ops->name);
	if (result)
		oriel_gpu_draw_finish(draw, device->gpu);
	return result;
}

void oriel_gpu_draw_finish(struct oriel_gpu_draw *draw, pl_gpu gpu)
{
	drop_overlays(draw, gpu);
	pl_tex_destroy(gpu, &draw->white);
	pl_tex_destroy(gpu, &draw->offscreen);
	pl_renderer_destroy(&draw->renderer);
	oriel_gpu_shader_close(&draw->shader);
}
