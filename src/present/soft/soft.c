/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The presenter that needs nothing but memory.
 *
 * Where the picture is shown 1:1 and the window has the presenter's own pixel format, the picture
 * IS a part of the target's memory ("direct"): damage goes from the guest's memory straight to
 * where the display server reads it. Otherwise, and while an overlay is shown, the picture has
 * memory of its own and pixman brings what changed to the target.
 *
 * A target may have several buffers. begin() stands before each first write after a put: the target
 * then has a buffer that the display server does not read, with the contents as they were put last.
 */
#include "present/soft/soft.h"

#include <errno.h>
#include <stdlib.h>

#include "present/present.h"
#include "present/soft/canvas.h"
#include "present/soft/cards.h"
#include "present/soft/compose.h"
#include "present/soft/convert.h"
#include "present/soft/cursor.h"
#include "present/soft/place.h"
#include "present/soft/target.h"
#include "present/soft/upload.h"

struct soft {
	struct oriel_presenter base;
	struct oriel_present_options options;
	struct oriel_soft_target *target;
	const struct oriel_overlay *overlay;

	bool has_picture;
	struct oriel_picture picture;
	struct oriel_soft_convert convert;
	struct oriel_soft_place place;
	struct oriel_soft_canvas canvas;
	struct oriel_copy_tuner tuner;
	bool direct;			   /* canvas lies in target */
	struct oriel_soft_canvas own;	   /* what it is when it does not */
	struct oriel_soft_compose compose; /* of that */

	struct oriel_soft_cursor cursor;
	struct oriel_damage dirty; /* of the canvas, not put yet */
	struct oriel_damage shown; /* what was dirty at the last put */
	bool redraw;		   /* put the whole window */
};

/* ---- where the picture lies ----------------------------------------------------------------- */

static bool wants_direct(const struct soft *soft)
{
	return !soft->overlay && soft->target->pixels && soft->target->format == PIXMAN_x8r8g8b8 &&
	       soft->place.is_1to1 && soft->place.is_whole;
}

/* Moves a direct picture out of the target, whose memory is about to change. */
static int leave_target(struct soft *soft, struct oriel_error *error)
{
	int result;

	if (!soft->direct)
		return 0;
	result = oriel_soft_canvas_init(
		&soft->own, soft->canvas.width_px, soft->canvas.height_px, error);
	if (result)
		return result;
	oriel_soft_canvas_copy_rt(&soft->own, &soft->canvas);
	soft->canvas = soft->own;
	soft->direct = false;
	return 0;
}

/* The canvas's place within the target. */
static struct oriel_soft_canvas canvas_in_target(const struct soft *soft)
{
	struct oriel_soft_canvas canvas = soft->canvas;

	canvas.pixels = soft->target->pixels +
			(size_t)soft->place.y_px * soft->target->pitch_bytes +
			(size_t)soft->place.x_px * 4;
	canvas.pitch_bytes = soft->target->pitch_bytes;
	return canvas;
}

static void begin(struct soft *soft, const struct oriel_damage *covered)
{
	if (soft->target->ops->begin_rt)
		soft->target->ops->begin_rt(soft->target, covered);
	if (soft->direct)
		soft->canvas = canvas_in_target(soft);
}

/* Everything is about to be written. */
static void begin_anew(struct soft *soft)
{
	static const struct oriel_damage all = {.full = true};

	begin(soft, &all);
}

static void enter_target(struct soft *soft)
{
	struct oriel_soft_canvas in_target;

	begin_anew(soft);
	in_target = canvas_in_target(soft);
	oriel_soft_canvas_copy_rt(&in_target, &soft->canvas);
	oriel_soft_canvas_finish(&soft->own);
	soft->canvas = in_target;
	soft->direct = true;
}

static void place_picture(struct soft *soft)
{
	if (soft->target->pixels)
		soft->place = oriel_soft_place_make(soft->target->width_px, soft->target->height_px,
			soft->canvas.width_px, soft->canvas.height_px, soft->options.scale,
			soft->options.filter);
}

/* Brings everything in line with the sizes, the layout and the overlay as they are now. */
static int settle(struct soft *soft, struct oriel_error *error)
{
	soft->redraw = true;
	if (!soft->target->pixels)
		return 0;
	if (soft->has_picture) {
		place_picture(soft);
		if (wants_direct(soft) && !soft->direct)
			enter_target(soft);
	}
	oriel_soft_compose_finish(&soft->compose);
	return oriel_soft_compose_init(&soft->compose, soft->target,
		soft->has_picture && !soft->direct ? &soft->canvas : NULL, &soft->place, error);
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	struct soft *soft = (struct soft *)presenter;
	int result = leave_target(soft, error);

	oriel_soft_compose_finish(&soft->compose);
	if (!result)
		result = soft->target->ops->resize(soft->target, width_px, height_px, error);
	return result ? result : settle(soft, error);
}

/* A picture of another size begins black. Where it lies in the target right away and that is new,
 * it is so already: touching each page once less is a good part of the time to the first frame. */
static int replace_canvas(
	struct soft *soft, uint32_t width_px, uint32_t height_px, struct oriel_error *error)
{
	struct oriel_soft_canvas canvas = {.width_px = width_px, .height_px = height_px};

	oriel_soft_compose_finish(&soft->compose);
	oriel_soft_canvas_finish(&soft->own);
	soft->canvas = canvas;
	place_picture(soft);
	soft->direct = wants_direct(soft);
	if (soft->direct) {
		begin_anew(soft);
		if (!soft->target->untouched)
			oriel_soft_canvas_blacken_rt(&soft->canvas);
	} else {
		int result = oriel_soft_canvas_init(&soft->own, width_px, height_px, error);

		soft->has_picture = !result;
		if (result)
			return result;
		soft->canvas = soft->own;
	}
	soft->cursor.drawn = (struct oriel_rect){0};
	soft->cursor.changed = true;
	soft->has_picture = true;
	oriel_damage_clear(&soft->dirty);
	return settle(soft, error);
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *picture,
	struct oriel_error *error)
{
	struct soft *soft = (struct soft *)presenter;
	uint32_t width_px, height_px;

	oriel_soft_upload_get_upright(picture, &width_px, &height_px);
	soft->picture = *picture;
	soft->convert = oriel_soft_convert_choose(picture, &soft->options.colours, false);
	if (soft->has_picture && width_px == soft->canvas.width_px &&
		height_px == soft->canvas.height_px)
		return 0;
	return replace_canvas(soft, width_px, height_px, error);
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	struct soft *soft = (struct soft *)presenter;
	int result = overlay ? leave_target(soft, error) : 0;

	soft->overlay = overlay;
	return result ? result : settle(soft, error);
}

/* ---- frames --------------------------------------------------------------------------------- */

/* Damage of a canvas that lies in the target, as damage of the target; nothing where the picture
 * lacks rows, since those are not written. */
static void place_damage(const struct soft *soft, const struct oriel_damage *upright,
	struct oriel_damage *ret_placed)
{
	*ret_placed = *upright;
	if (soft->picture.rows < soft->picture.height_px)
		oriel_damage_clear(ret_placed);
	if (ret_placed->full) {
		ret_placed->full = false;
		ret_placed->count = 1;
		ret_placed->rects[0] =
			(struct oriel_rect){0, 0, soft->canvas.width_px, soft->canvas.height_px};
	}
	for (uint32_t i = 0; i < ret_placed->count; i++) {
		ret_placed->rects[i].x += (uint32_t)soft->place.x_px;
		ret_placed->rects[i].y += (uint32_t)soft->place.y_px;
	}
}

/* The frame did not arrive whole: the picture becomes what it was, its cursor included. */
static void undo(
	struct soft *soft, const struct oriel_damage *placed, const struct oriel_rect *was_drawn)
{
	if (!placed->count || !soft->target->ops->undo_rt ||
		!soft->target->ops->undo_rt(soft->target, placed))
		return;
	soft->cursor.drawn = *was_drawn;
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct soft *soft = (struct soft *)presenter;
	struct oriel_rect was_drawn = soft->cursor.drawn;
	struct oriel_damage upright, placed;
	int result;

	oriel_soft_upload_map_damage(frame, &upright);
	place_damage(soft, &upright, &placed);
	if (soft->direct)
		begin(soft, &placed);
	if (oriel_soft_upload_touches(&upright, &soft->cursor.drawn))
		oriel_damage_add(
			&soft->dirty, oriel_soft_cursor_lift_rt(&soft->cursor, &soft->canvas));
	oriel_damage_merge(&soft->dirty, &upright);
	result = oriel_soft_upload_rt(
		&soft->canvas, &soft->convert, frame, arrival, &soft->tuner, ret_bytes);
	if (result && soft->direct)
		undo(soft, &placed, &was_drawn);
	return result;
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	oriel_soft_cursor_set_rt(&((struct soft *)presenter)->cursor, pointer);
}

/* ---- onto the window ------------------------------------------------------------------------ */

static void draw_cursor(struct soft *soft)
{
	uint32_t width_px, height_px;

	if (!soft->has_picture || !soft->cursor.changed)
		return;
	if (soft->direct)
		begin(soft, NULL);
	oriel_soft_upload_get_screen(&soft->picture, &width_px, &height_px);
	oriel_damage_add(&soft->dirty, oriel_soft_cursor_lift_rt(&soft->cursor, &soft->canvas));
	oriel_damage_add(&soft->dirty,
		oriel_soft_cursor_drop_rt(&soft->cursor, &soft->canvas, width_px, height_px));
}

static void put_everything(struct soft *soft)
{
	struct oriel_rect all = {0, 0, soft->target->width_px, soft->target->height_px};
	struct oriel_rect seen = soft->has_picture ? soft->place.seen : (struct oriel_rect){0};

	if (soft->direct)
		begin(soft, NULL);
	else
		begin_anew(soft);
	oriel_soft_compose_fill_borders_rt(&soft->compose, &seen);
	if (!soft->direct && seen.w && seen.h)
		oriel_soft_compose_draw_rt(&soft->compose, &seen);
	oriel_soft_cards_draw(oriel_soft_compose_get_image(&soft->compose), soft->overlay);
	soft->target->ops->put_rt(soft->target, &all, 1);
	soft->redraw = false;
}

static void put_changes(struct soft *soft)
{
	struct oriel_damage shown = {0};

	for (uint32_t i = 0; i < soft->dirty.count; i++) {
		struct oriel_rect rect = oriel_soft_place_map(&soft->place, &soft->dirty.rects[i]);

		if (rect.w && rect.h)
			shown.rects[shown.count++] = rect;
	}
	if (!soft->direct) {
		begin(soft, &shown);
		for (uint32_t i = 0; i < shown.count; i++)
			oriel_soft_compose_draw_rt(&soft->compose, &shown.rects[i]);
	}
	soft->target->ops->put_rt(soft->target, shown.rects, shown.count);
}

static void present_rt(struct oriel_presenter *presenter)
{
	struct soft *soft = (struct soft *)presenter;

	if (!soft->target->pixels)
		return;
	soft->target->untouched = false;
	draw_cursor(soft);
	if (soft->dirty.full || soft->overlay)
		soft->redraw = soft->redraw || !oriel_damage_is_empty(&soft->dirty);
	if (soft->redraw)
		put_everything(soft);
	else
		put_changes(soft);
	soft->shown = soft->dirty;
	oriel_damage_clear(&soft->dirty);
}

static void expose_rt(struct oriel_presenter *presenter)
{
	((struct soft *)presenter)->redraw = true;
}

static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	return ((const struct soft *)presenter)->target->busy;
}

static int get_fd(const struct oriel_presenter *presenter)
{
	const struct soft *soft = (const struct soft *)presenter;

	return soft->target->ops->get_fd(soft->target);
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	struct soft *soft = (struct soft *)presenter;

	return soft->target->ops->dispatch_rt(soft->target);
}

static bool get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	const struct soft *soft = (const struct soft *)presenter;

	if (!soft->has_picture)
		return false;
	*ret_image = (struct oriel_image){soft->canvas.pixels, soft->canvas.pitch_bytes,
		soft->canvas.width_px, soft->canvas.height_px, &soft->shown};
	return true;
}

void oriel_soft_leave(struct oriel_presenter *presenter, struct oriel_stand_in_state *ret_state)
{
	struct soft *soft = (struct soft *)presenter;

	if (soft->has_picture && soft->direct)
		begin(soft, NULL);
	if (soft->has_picture)
		oriel_damage_add(
			&soft->dirty, oriel_soft_cursor_lift_rt(&soft->cursor, &soft->canvas));
	soft->cursor.changed = true;
	*ret_state = (struct oriel_stand_in_state){
		.width_px = soft->target->width_px,
		.height_px = soft->target->height_px,
		.overlay = soft->overlay,
		.canvas = &soft->canvas,
		.layout = &soft->picture,
		.cursor = &soft->cursor,
	};
}

/* ---- life ----------------------------------------------------------------------------------- */

static const struct oriel_soft_target_ops *find_target(const struct oriel_native *native)
{
	for (int i = 0; oriel_soft_targets[i]; i++)
		if (oriel_soft_targets[i]->takes(native))
			return oriel_soft_targets[i];
	return NULL;
}

static enum oriel_probe probe(const struct oriel_native *native)
{
	return find_target(native) ? ORIEL_PROBE_GOOD : ORIEL_PROBE_NO;
}

static void destroy(struct oriel_presenter *presenter)
{
	struct soft *soft = (struct soft *)presenter;

	if (!soft)
		return;
	oriel_soft_compose_finish(&soft->compose);
	oriel_soft_canvas_finish(&soft->own);
	if (soft->target)
		soft->target->ops->destroy(soft->target);
	oriel_soft_cursor_finish(&soft->cursor);
	free(soft);
}

static int make_target(
	struct soft *soft, const struct oriel_window *window, struct oriel_error *error)
{
	const struct oriel_soft_target_ops *ops;
	struct oriel_native native;

	window->ops->get_native(window, &native);
	ops = find_target(&native);
	if (!ops)
		return oriel_error_set(error, -ENOTSUP,
			"the soft presenter cannot draw on a window of the kind \"%s\"",
			window->ops->name);
	return ops->create(&soft->target, &native, error);
}

static int create(struct oriel_presenter **ret_presenter, const struct oriel_window *window,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct soft *soft = calloc(1, sizeof *soft);
	int result;

	if (!soft || oriel_soft_cursor_init(&soft->cursor)) {
		free(soft);
		return oriel_error_set_errno(error, -ENOMEM, "cannot make the soft presenter");
	}
	soft->base.ops = &oriel_presenter_soft;
	soft->options = *options;
	oriel_copy_tuner_init(&soft->tuner);
	result = make_target(soft, window, error);
	if (result) {
		destroy(&soft->base);
		return result;
	}
	*ret_presenter = &soft->base;
	return 0;
}

const struct oriel_presenter_ops oriel_presenter_soft = {
	.name = "soft",
	.probe = probe,
	.create = create,
	.destroy = destroy,
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
