/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/stand_in.h"

#include <stdlib.h>

static struct oriel_presenter *soft_of(const struct oriel_presenter *presenter)
{
	return ((const struct oriel_stand_in *)presenter)->soft;
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

/* The picture so far, as one frame of a guest that shows exactly that. */
static int hand_picture_over(struct oriel_presenter *soft, const struct oriel_stand_in_state *state,
	struct oriel_error *error)
{
	const struct oriel_soft_canvas *canvas = state->canvas;
	struct oriel_frame frame = {
		.picture = {.format = ORIEL_PIXEL_BGRA,
			.width_px = canvas->width_px,
			.height_px = canvas->height_px,
			.rows = canvas->height_px,
			.pitch_bytes = (uint32_t)canvas->pitch_bytes,
			.flags = ORIEL_PICTURE_IS_SHOWN},
		.pixels = canvas->pixels,
		.size_bytes = canvas->pitch_bytes * canvas->height_px,
		.damage = {.full = true},
	};
	uint64_t bytes;
	int result;

	if (!canvas->pixels)
		return 0;
	result = soft->ops->set_layout(soft, &frame.picture, error);
	if (!result)
		result = soft->ops->upload_rt(soft, &frame, &oriel_present_arrived, &bytes);
	/* Of the same size: the picture stays. */
	return result ? result : soft->ops->set_layout(soft, state->layout, error);
}

static int open_soft(struct oriel_presenter **ret_soft, const struct oriel_stand_in_state *state,
	struct oriel_error *error)
{
	const struct oriel_soft_cursor *cursor = state->cursor;
	struct oriel_pointer pointer = {cursor->x_px, cursor->y_px, cursor->visible,
		cursor->has_shape ? &cursor->shape : NULL};
	struct oriel_presenter *soft;
	int result = oriel_presenter_soft.create(&soft, state->window, state->options, error);

	if (result)
		return result;
	*ret_soft = soft;
	if (state->width_px)
		result = soft->ops->resize(soft, state->width_px, state->height_px, error);
	if (!result)
		result = hand_picture_over(soft, state, error);
	if (!result)
		result = soft->ops->set_overlay(soft, state->overlay, error);
	soft->ops->set_cursor_rt(soft, &pointer);
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

int oriel_stand_in_begin(struct oriel_stand_in *stand_in, const struct oriel_stand_in_state *state,
	struct oriel_error *error)
{
	int result = open_soft(&stand_in->soft, state, error);

	if (!stand_in->soft &&
		oriel_presenter_null.create(&stand_in->soft, state->window, state->options, NULL))
		abort();
	stand_in->own = stand_in->base.ops;
	stand_in->forwards = forwards;
	stand_in->forwards.destroy = stand_in->own->destroy;
	stand_in->base.ops = &stand_in->forwards;
	return result;
}

void oriel_stand_in_end(struct oriel_stand_in *stand_in)
{
	if (!stand_in->soft)
		return;
	stand_in->soft->ops->destroy(stand_in->soft);
	stand_in->soft = NULL;
	stand_in->base.ops = stand_in->own;
}
