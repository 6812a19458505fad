/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/stand_in.h"

#include <stdlib.h>

static struct oriel_presenter *active_of(const struct oriel_presenter *presenter)
{
	return ((const struct oriel_stand_in *)presenter)->active;
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->resize(active, width_px, height_px, error);
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *layout,
	struct oriel_error *error)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->set_layout(active, layout, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->set_overlay(active, overlay, error);
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->upload_rt(active, frame, arrival, ret_bytes);
}

static bool holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->holds_rt && active->ops->holds_rt(active, frame);
}

static void leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes)
{
	struct oriel_presenter *active = active_of(presenter);

	*ret_bytes = 0;
	if (active->ops->leave_rt)
		active->ops->leave_rt(active, ret_bytes);
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	struct oriel_presenter *active = active_of(presenter);

	active->ops->set_cursor_rt(active, pointer);
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *active = active_of(presenter);

	active->ops->present_rt(active);
}

static void expose_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *active = active_of(presenter);

	active->ops->expose_rt(active);
}

static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->is_busy_rt(active);
}

static int get_fd(const struct oriel_presenter *presenter)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->get_fd(active);
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->dispatch_rt(active);
}

static bool get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	struct oriel_presenter *active = active_of(presenter);

	return active->ops->get_image(active, ret_image);
}

/* The picture so far, as one frame of a guest that shows exactly that. */
static int hand_picture_over(struct oriel_presenter *to, const struct oriel_stand_in_state *state,
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
	result = to->ops->set_layout(to, &frame.picture, error);
	if (!result)
		result = to->ops->upload_rt(to, &frame, &oriel_present_arrived, &bytes);
	/* Of the same size: the picture stays. */
	return result ? result : to->ops->set_layout(to, state->layout, error);
}

int oriel_stand_in_hand_over(struct oriel_presenter *to, const struct oriel_stand_in_state *state,
	struct oriel_error *error)
{
	const struct oriel_soft_cursor *cursor = state->cursor;
	struct oriel_pointer pointer = {cursor->x_px, cursor->y_px, cursor->visible,
		cursor->has_shape ? &cursor->shape : NULL};
	int result = 0;

	if (state->width_px)
		result = to->ops->resize(to, state->width_px, state->height_px, error);
	if (!result)
		result = hand_picture_over(to, state, error);
	if (!result)
		result = to->ops->set_overlay(to, state->overlay, error);
	to->ops->set_cursor_rt(to, &pointer);
	return result;
}

static const struct oriel_presenter_ops forwards = {
	.resize = resize,
	.set_layout = set_layout,
	.set_overlay = set_overlay,
	.upload_rt = upload_rt,
	.holds_rt = holds_rt,
	.leave_rt = leave_rt,
	.set_cursor_rt = set_cursor_rt,
	.present_rt = present_rt,
	.expose_rt = expose_rt,
	.is_busy_rt = is_busy_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
	.get_image = get_image,
};

struct oriel_presenter *oriel_stand_in_swap(
	struct oriel_stand_in *stand_in, struct oriel_presenter *active)
{
	struct oriel_presenter *before = stand_in->active;

	if (!before)
		stand_in->own = stand_in->base.ops;
	stand_in->active = active;
	stand_in->forwards = forwards;
	stand_in->forwards.name = active->ops->name;
	stand_in->forwards.destroy = stand_in->own->destroy;
	stand_in->base.ops = &stand_in->forwards;
	return before;
}

void oriel_stand_in_put(struct oriel_stand_in *stand_in, struct oriel_presenter *active)
{
	struct oriel_presenter *before = oriel_stand_in_swap(stand_in, active);

	if (before)
		before->ops->destroy(before);
}

int oriel_stand_in_begin(struct oriel_stand_in *stand_in, const struct oriel_stand_in_state *state,
	struct oriel_error *error)
{
	struct oriel_presenter *soft;
	int result = oriel_presenter_soft.create(&soft, state->window, state->options, error);

	if (!result)
		result = oriel_stand_in_hand_over(soft, state, error);
	else if (oriel_presenter_null.create(&soft, state->window, state->options, NULL))
		abort();
	oriel_stand_in_put(stand_in, soft);
	return result;
}

void oriel_stand_in_end(struct oriel_stand_in *stand_in)
{
	if (!stand_in->active)
		return;
	stand_in->active->ops->destroy(stand_in->active);
	stand_in->active = NULL;
	stand_in->base.ops = stand_in->own;
}
