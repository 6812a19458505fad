/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/test/source_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest/core/options.h"
#include "guest/core/pattern.h"
#include "guest/core/tick.h"

#define PITCH_ALIGNMENT_BYTES 64u

/*
 * The canvas is the stored picture; for a scrolling pattern it is longer by the way that scrolls,
 * and each frame is a window into it, so that moving everything costs no drawing.
 */
struct test_capture {
	struct oriel_capture base;
	struct oriel_pattern pattern;
	struct oriel_pattern canvas_pattern; /* same kind, the canvas's size */
	struct oriel_picture picture;
	uint32_t pixel_bytes;
	uint8_t *canvas;
	struct oriel_tick tick;
	uint32_t drawn;	 /* pictures handed out */
	uint32_t frames; /* 0: endless */
	enum oriel_test_damage damage;
	bool has_cursor, is_shape_sent, is_cursor_due;
	enum oriel_cursor_type cursor;
	uint8_t cursor_image[ORIEL_PATTERN_CURSOR_PX * ORIEL_PATTERN_CURSOR_PX * 4];
};

static struct test_capture *get_self(struct oriel_capture *capture)
{
	return (struct test_capture *)capture;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static uint8_t *get_pixel(const struct test_capture *self, uint32_t x_px, uint32_t y_px)
{
	uint32_t stored_x, stored_y;

	oriel_pattern_turn(
		&self->canvas_pattern, self->picture.rotation, x_px, y_px, &stored_x, &stored_y);
	return self->canvas + (size_t)stored_y * self->picture.pitch_bytes +
	       (size_t)stored_x * self->pixel_bytes;
}

static void draw_background(struct test_capture *self, struct oriel_rect rect)
{
	for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.w; x++)
			oriel_pattern_store(self->picture.format, get_pixel(self, x, y),
				oriel_pattern_get_background_rgb(x, y));
}

static void draw_box(struct test_capture *self, uint32_t serial, uint32_t index)
{
	struct oriel_rect box = oriel_pattern_get_box(&self->pattern, serial, index);
	uint32_t rgb = oriel_pattern_get_box_rgb(serial, index);

	for (uint32_t y = box.y; y < box.y + box.h; y++)
		for (uint32_t x = box.x; x < box.x + box.w; x++)
			oriel_pattern_store(self->picture.format, get_pixel(self, x, y), rgb);
}

static void draw_frame(struct test_capture *self, uint32_t serial)
{
	for (uint32_t i = 0; serial && i < self->pattern.kind->boxes; i++)
		draw_background(self, oriel_pattern_get_box(&self->pattern, serial - 1, i));
	for (uint32_t i = 0; i < self->pattern.kind->boxes; i++)
		draw_box(self, serial, i);
}

/* Upright to stored. */
static struct oriel_rect turn_rect(const struct test_capture *self, struct oriel_rect rect)
{
	uint32_t ax, ay, bx, by;

	oriel_pattern_turn(&self->pattern, self->picture.rotation, rect.x, rect.y, &ax, &ay);
	oriel_pattern_turn(&self->pattern, self->picture.rotation, rect.x + rect.w - 1,
		rect.y + rect.h - 1, &bx, &by);
	return oriel_rect_union(
		&(struct oriel_rect){ax, ay, 1, 1}, &(struct oriel_rect){bx, by, 1, 1});
}

static void describe_damage(
	const struct test_capture *self, uint32_t serial, struct oriel_damage *ret_damage)
{
	struct oriel_damage upright;

	oriel_damage_clear(ret_damage);
	if (self->damage == ORIEL_TEST_DAMAGE_NONE) {
		oriel_damage_set_full(ret_damage);
		return;
	}
	oriel_pattern_get_damage(&self->pattern, serial, &upright);
	if (upright.full || self->damage == ORIEL_TEST_DAMAGE_FULL) {
		oriel_damage_add(ret_damage,
			(struct oriel_rect){0, 0, self->picture.width_px, self->picture.height_px});
		return;
	}
	for (uint32_t i = 0; i < upright.count; i++)
		oriel_damage_add(ret_damage, turn_rect(self, upright.rects[i]));
	oriel_damage_sort(ret_damage);
}

/* Where the stored picture of this frame begins in the canvas. */
static const uint8_t *get_window(const struct test_capture *self, uint32_t serial)
{
	uint32_t top = oriel_pattern_get_scroll_px(&self->pattern, serial);
	struct oriel_rect canvas_window = {0, top, self->pattern.width_px, self->pattern.height_px};
	uint32_t ax, ay, bx, by;

	oriel_pattern_turn(&self->canvas_pattern, self->picture.rotation, 0, top, &ax, &ay);
	oriel_pattern_turn(&self->canvas_pattern, self->picture.rotation, canvas_window.w - 1,
		top + canvas_window.h - 1, &bx, &by);
	return self->canvas + (size_t)(ay < by ? ay : by) * self->picture.pitch_bytes +
	       (size_t)(ax < bx ? ax : bx) * self->pixel_bytes;
}

/* ---- capture -------------------------------------------------------------------------------- */

static bool is_turned_sideways(enum oriel_rotation rotation)
{
	return rotation == ORIEL_ROTATE_90 || rotation == ORIEL_ROTATE_270;
}

static void describe_picture(struct test_capture *self, const struct oriel_guest_options *options)
{
	bool is_sideways = is_turned_sideways(options->test.rotation);
	uint32_t width = is_sideways ? self->pattern.height_px : self->pattern.width_px;
	uint32_t height = is_sideways ? self->pattern.width_px : self->pattern.height_px;

	self->pixel_bytes = oriel_pixel_get_info(options->test.format)->bytes;
	self->picture = (struct oriel_picture){
		.format = options->test.format,
		.rotation = options->test.rotation,
		.width_px = width,
		.height_px = height,
		.rows = height,
		.screen_width_px = width,
		.screen_height_px = height,
		.flags = options->test.format == ORIEL_PIXEL_RGBA16F ? ORIEL_PICTURE_HDR : 0,
	};
}

/* The picture's rows are the canvas's, which may be longer. */
static int make_canvas(struct test_capture *self)
{
	bool is_sideways = is_turned_sideways(self->picture.rotation);
	const struct oriel_pattern *upright = &self->canvas_pattern;
	uint32_t width = is_sideways ? upright->height_px : upright->width_px;
	uint32_t height = is_sideways ? upright->width_px : upright->height_px;

	self->picture.pitch_bytes = (width * self->pixel_bytes + PITCH_ALIGNMENT_BYTES - 1) &
				    ~(PITCH_ALIGNMENT_BYTES - 1);
	self->canvas = malloc((size_t)self->picture.pitch_bytes * height);
	if (!self->canvas)
		return -ENOMEM;
	draw_background(self, (struct oriel_rect){0, 0, upright->width_px, upright->height_px});
	return 0;
}

static void test_close(struct oriel_capture *capture)
{
	struct test_capture *self = get_self(capture);

	if (!self)
		return;
	free(self->canvas);
	free(self);
}

static int test_open(struct oriel_capture **ret_capture, const struct oriel_guest_options *options,
	struct oriel_error *error)
{
	struct test_capture *self = calloc(1, sizeof *self);

	if (!self)
		return oriel_error_set_errno(error, -ENOMEM, "cannot set up the test pattern");
	self->base.ops = &oriel_capture_test;
	self->pattern = (struct oriel_pattern){
		options->test.pattern, options->test.width_px, options->test.height_px};
	self->canvas_pattern = self->pattern;
	if (self->pattern.kind->scroll_step_px)
		self->canvas_pattern.height_px += ORIEL_PATTERN_SCROLL_PX;
	self->damage = options->test.damage;
	self->frames = options->test.frames;
	self->has_cursor = options->test.has_cursor;
	self->cursor = options->test.cursor;
	oriel_tick_init(&self->tick, options->fps);
	describe_picture(self, options);
	if (make_canvas(self)) {
		test_close(&self->base);
		return oriel_error_set_errno(error, -ENOMEM, "cannot draw %ux%u pixels",
			options->test.width_px, options->test.height_px);
	}
	*ret_capture = &self->base;
	return 0;
}

static int test_next(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
	struct oriel_capture_frame *ret_frame, struct oriel_error *error)
{
	struct test_capture *self = get_self(capture);
	bool is_still = self->frames && self->drawn == self->frames;

	if (is_still && !whole) {
		oriel_time_sleep_until_ns(deadline_ns);
		return 0;
	}
	if (!whole && !oriel_tick_wait(&self->tick, deadline_ns))
		return 0;
	if (!is_still) {
		draw_frame(self, self->drawn++);
		oriel_tick_advance(&self->tick, oriel_time_now_ns());
		self->is_cursor_due = self->has_cursor;
	}
	ret_frame->picture = self->picture;
	ret_frame->pixels = get_window(self, self->drawn - 1);
	describe_damage(self, self->drawn - 1, &ret_frame->damage);
	if (whole || self->drawn == 1)
		oriel_damage_set_full(&ret_frame->damage);
	return 1;
}

static bool test_take_cursor(struct oriel_capture *capture, struct oriel_capture_cursor *ret_cursor)
{
	struct test_capture *self = get_self(capture);

	if (!self->is_cursor_due)
		return false;
	self->is_cursor_due = false;
	ret_cursor->visible = true;
	oriel_pattern_get_cursor(
		&self->pattern, self->drawn - 1, &ret_cursor->x_px, &ret_cursor->y_px);
	ret_cursor->has_shape = !self->is_shape_sent;
	if (ret_cursor->has_shape)
		ret_cursor->shape = oriel_pattern_draw_cursor(self->cursor, self->cursor_image);
	self->is_shape_sent = true;
	return true;
}

const struct oriel_capture_ops oriel_capture_test = {
	.name = "test",
	.open = test_open,
	.next = test_next,
	.take_cursor = test_take_cursor,
	.close = test_close,
};
