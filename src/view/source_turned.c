/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/source_turned.h"

#include <errno.h>
#include <stdlib.h>

#include "present/soft/cursor.h"
#include "present/soft/upload.h"
#include "view/rotation.h"

struct turned {
	struct oriel_source base;
	struct oriel_source *inner;
	enum oriel_rotation by;
	/* Upright, of the last frame; 0: there was none. */
	uint32_t picture_width_px, picture_height_px, screen_width_px, screen_height_px;
	/* The cursor as the guest told it last. */
	int32_t x_px, y_px;
	uint32_t shape_width_px, shape_height_px; /* 0: no presenter takes it */
	bool is_visible;
	bool is_cursor_due; /* it has another place on a screen of another size */
	uint8_t *image;	    /* of its shape, turned */
};

static struct turned *turned_of(const struct oriel_source *source)
{
	return (struct turned *)source;
}

static const struct oriel_source *inner_of(const struct oriel_source *source)
{
	return turned_of(source)->inner;
}

static void destroy(struct oriel_source *source)
{
	struct turned *turned = turned_of(source);

	if (!turned)
		return;
	if (turned->inner)
		turned->inner->ops->destroy(turned->inner);
	free(turned->image);
	free(turned);
}

/* ---- pictures ------------------------------------------------------------------------------- */

static void note_sizes(struct turned *turned, const struct oriel_picture *picture)
{
	const struct turned before = *turned;

	oriel_soft_upload_get_upright(
		picture, &turned->picture_width_px, &turned->picture_height_px);
	oriel_soft_upload_get_screen(picture, &turned->screen_width_px, &turned->screen_height_px);
	turned->is_cursor_due |= turned->picture_width_px != before.picture_width_px ||
				 turned->picture_height_px != before.picture_height_px ||
				 turned->screen_width_px != before.screen_width_px ||
				 turned->screen_height_px != before.screen_height_px;
}

static int take_frame_rt(
	struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	struct turned *turned = turned_of(source);
	int result = turned->inner->ops->take_frame_rt(turned->inner, now_ns, ret_frame);

	if (result != 1)
		return result;
	note_sizes(turned, &ret_frame->picture);
	oriel_rotation_turn_picture(turned->by, &ret_frame->picture);
	return 1;
}

/* ---- the cursor ----------------------------------------------------------------------------- */

static int32_t to_place(int64_t at_px)
{
	return (int32_t)(at_px < INT32_MIN ? INT32_MIN : at_px > INT32_MAX ? INT32_MAX : at_px);
}

/* A side of its image, which has the picture's pixels, in those of the screen. */
static int64_t to_screen(uint32_t side_px, uint32_t picture_px, uint32_t screen_px)
{
	return picture_px ? (int64_t)side_px * screen_px / picture_px : side_px;
}

/* The corner that is its top left changes with all: place, shape and screen. */
static void turn_place(const struct turned *turned, struct oriel_cursor_update *update)
{
	struct oriel_rotation_area area = {
		.x_px = turned->x_px,
		.y_px = turned->y_px,
		.width_px = to_screen(
			turned->shape_width_px, turned->picture_width_px, turned->screen_width_px),
		.height_px = to_screen(turned->shape_height_px, turned->picture_height_px,
			turned->screen_height_px),
	};

	oriel_rotation_turn_area(
		turned->by, &area, turned->screen_width_px, turned->screen_height_px);
	update->has_position = true;
	update->x_px = to_place(area.x_px);
	update->y_px = to_place(area.y_px);
}

static void note_cursor(struct turned *turned, const struct oriel_cursor_update *update)
{
	if (update->has_position) {
		turned->x_px = update->x_px;
		turned->y_px = update->y_px;
	}
	if (update->has_shape) {
		bool is_taken = oriel_soft_cursor_takes(&update->shape);

		turned->shape_width_px = is_taken ? update->shape.width_px : 0;
		turned->shape_height_px = is_taken ? update->shape.height_px : 0;
	}
	turned->is_visible = update->visible;
}

static int take_cursor_rt(struct oriel_source *source, struct oriel_cursor_update *ret_update)
{
	struct turned *turned = turned_of(source);
	struct oriel_cursor_update update = {.visible = turned->is_visible};
	bool is_due = turned->is_cursor_due;
	int result = is_due ? 1 : turned->inner->ops->take_cursor_rt(turned->inner, &update);

	if (result != 1)
		return result;
	turned->is_cursor_due = false;
	note_cursor(turned, &update);
	turn_place(turned, &update);
	/* A shape that no presenter takes is theirs to refuse. */
	if (update.has_shape && turned->shape_width_px)
		oriel_rotation_turn_shape(turned->by, &update.shape, turned->image, &update.shape);
	*ret_update = update;
	return 1;
}

static int place_cursor_rt(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	struct oriel_source *inner = turned_of(source)->inner;

	return inner->ops->place_cursor_rt(inner, x_px, y_px);
}

/* ---- what stays as it is -------------------------------------------------------------------- */

static bool step_rt(struct oriel_source *source, uint64_t now_ns)
{
	struct oriel_source *inner = turned_of(source)->inner;

	return inner->ops->step_rt(inner, now_ns);
}

static uint64_t get_wait_ns(const struct oriel_source *source, uint64_t now_ns)
{
	return inner_of(source)->ops->get_wait_ns(inner_of(source), now_ns);
}

static const char *get_reason(const struct oriel_source *source)
{
	return inner_of(source)->ops->get_reason(inner_of(source));
}

static bool is_refused(const struct oriel_source *source)
{
	return inner_of(source)->ops->is_refused(inner_of(source));
}

static void get_counts(const struct oriel_source *source, struct oriel_source_counts *ret_counts)
{
	inner_of(source)->ops->get_counts(inner_of(source), ret_counts);
}

static size_t get_arrived_bytes_rt(
	const struct oriel_source *source, const struct oriel_frame *frame)
{
	return inner_of(source)->ops->get_arrived_bytes_rt(inner_of(source), frame);
}

static int wait_bytes_rt(struct oriel_source *source, const struct oriel_frame *frame, size_t bytes,
	uint64_t deadline_ns)
{
	struct oriel_source *inner = turned_of(source)->inner;

	return inner->ops->wait_bytes_rt(inner, frame, bytes, deadline_ns);
}

static int give_frame_rt(struct oriel_source *source, struct oriel_frame *frame, bool complete)
{
	struct oriel_source *inner = turned_of(source)->inner;

	return inner->ops->give_frame_rt(inner, frame, complete);
}

static void expect_rt(struct oriel_source *source, uint64_t now_ns)
{
	struct oriel_source *inner = turned_of(source)->inner;

	inner->ops->expect_rt(inner, now_ns);
}

static int get_fd(const struct oriel_source *source)
{
	return inner_of(source)->ops->get_fd(inner_of(source));
}

static const char *get_origin(const struct oriel_source *source)
{
	return inner_of(source)->ops->get_origin(inner_of(source));
}

static const struct oriel_source_ops turned_ops = {
	.name = "turned",
	.destroy = destroy,
	.step_rt = step_rt,
	.get_wait_ns = get_wait_ns,
	.get_reason = get_reason,
	.is_refused = is_refused,
	.get_counts = get_counts,
	.take_frame_rt = take_frame_rt,
	.get_arrived_bytes_rt = get_arrived_bytes_rt,
	.wait_bytes_rt = wait_bytes_rt,
	.give_frame_rt = give_frame_rt,
	.take_cursor_rt = take_cursor_rt,
	.place_cursor_rt = place_cursor_rt,
	.expect_rt = expect_rt,
	.get_fd = get_fd,
	.get_origin = get_origin,
};

int oriel_source_turned_create(struct oriel_source **ret_source, struct oriel_source *inner,
	enum oriel_rotation by, struct oriel_error *error)
{
	struct turned *turned = calloc(1, sizeof *turned);

	if (turned)
		turned->image = malloc(ORIEL_CURSOR_BYTES_MAX);
	if (!turned || !turned->image) {
		free(turned);
		return oriel_error_set_errno(error, -ENOMEM, "cannot turn the picture");
	}
	turned->base.ops = &turned_ops;
	turned->inner = inner;
	turned->by = by;
	*ret_source = &turned->base;
	return 0;
}
