/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/compose.h"

static pixman_fixed_t ratio(uint32_t picture, uint32_t shown)
{
	return (pixman_fixed_t)(((uint64_t)picture << 16) / shown);
}

/* An image of the canvas that has the size and filter of its place on the window. */
static pixman_image_t *make_picture(
	const struct oriel_soft_canvas *canvas, const struct oriel_soft_place *place)
{
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_x8r8g8b8, (int)canvas->width_px,
		(int)canvas->height_px, (uint32_t *)(void *)canvas->pixels,
		(int)canvas->pitch_bytes);
	pixman_transform_t transform;

	if (!image || place->is_1to1)
		return image;
	pixman_transform_init_scale(&transform, ratio(place->picture_width_px, place->width_px),
		ratio(place->picture_height_px, place->height_px));
	pixman_image_set_transform(image, &transform);
	pixman_image_set_filter(
		image, place->nearest ? PIXMAN_FILTER_NEAREST : PIXMAN_FILTER_BILINEAR, NULL, 0);
	pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
	return image;
}

static bool make_buffers(struct oriel_soft_compose *compose)
{
	const struct oriel_soft_target *target = compose->target;

	for (uint32_t i = 0; i < target->buffer_count; i++) {
		compose->buffers[i] = pixman_image_create_bits(target->format,
			(int)target->width_px, (int)target->height_px,
			(uint32_t *)(void *)target->buffers[i], (int)target->pitch_bytes);
		if (!compose->buffers[i])
			return false;
	}
	return true;
}

int oriel_soft_compose_init(struct oriel_soft_compose *compose,
	const struct oriel_soft_target *target, const struct oriel_soft_canvas *canvas,
	const struct oriel_soft_place *place, struct oriel_error *error)
{
	bool is_good;

	*compose = (struct oriel_soft_compose){.target = target, .place = *place};
	is_good = make_buffers(compose);
	if (canvas)
		compose->picture = make_picture(canvas, place);
	if (!is_good || (canvas && !compose->picture))
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare to draw the picture");
	return 0;
}

void oriel_soft_compose_finish(struct oriel_soft_compose *compose)
{
	if (compose->picture)
		pixman_image_unref(compose->picture);
	for (int i = 0; i < ORIEL_SOFT_BUFFERS_MAX; i++)
		if (compose->buffers[i])
			pixman_image_unref(compose->buffers[i]);
	*compose = (struct oriel_soft_compose){0};
}

pixman_image_t *oriel_soft_compose_get_image(const struct oriel_soft_compose *compose)
{
	return compose->buffers[compose->target->current];
}

void oriel_soft_compose_draw_rt(
	const struct oriel_soft_compose *compose, const struct oriel_rect *rect)
{
	pixman_image_composite32(PIXMAN_OP_SRC, compose->picture, NULL,
		oriel_soft_compose_get_image(compose), (int32_t)rect->x - compose->place.x_px,
		(int32_t)rect->y - compose->place.y_px, 0, 0, (int32_t)rect->x, (int32_t)rect->y,
		(int32_t)rect->w, (int32_t)rect->h);
}

static void fill(
	const struct oriel_soft_compose *compose, int64_t x1, int64_t y1, int64_t x2, int64_t y2)
{
	pixman_color_t black = {.alpha = 0xffff};
	pixman_box32_t box = {(int32_t)x1, (int32_t)y1, (int32_t)x2, (int32_t)y2};

	if (x1 < x2 && y1 < y2)
		pixman_image_fill_boxes(
			PIXMAN_OP_SRC, oriel_soft_compose_get_image(compose), &black, 1, &box);
}

void oriel_soft_compose_fill_borders_rt(
	const struct oriel_soft_compose *compose, const struct oriel_rect *seen)
{
	int64_t width = compose->target->width_px, height = compose->target->height_px;
	int64_t right = (int64_t)seen->x + seen->w, bottom = (int64_t)seen->y + seen->h;

	fill(compose, 0, 0, width, seen->y);
	fill(compose, 0, bottom, width, height);
	fill(compose, 0, seen->y, seen->x, bottom);
	fill(compose, right, seen->y, width, bottom);
}
