/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A picture without a guest: "test:WIDTHxHEIGHT@RATE", a gradient over which a white box moves, one
 * step a frame. For trying the window and the presenters alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "view/source.h"

#define PREFIX "test:"
#define BOX_PX 64u
#define SIDE_MAX_PX 16384u
#define RATE_MAX 1000u

struct test_source {
	struct oriel_source base;
	uint32_t width_px, height_px;
	uint64_t period_ns;
	uint64_t next_ns; /* 0: at once */
	uint32_t serial;
	bool is_known; /* the frame before was read to its end */
	uint8_t *pixels;
};

static bool takes(const char *path)
{
	return !strncmp(path, PREFIX, strlen(PREFIX));
}

static bool parse(const char *path, struct test_source *test)
{
	unsigned rate = 0;
	int end = 0;

	if (sscanf(path, PREFIX "%5ux%5u@%4u%n", &test->width_px, &test->height_px, &rate, &end) !=
		3)
		return false;
	test->period_ns = rate ? ORIEL_NS_PER_S / rate : 0;
	return !path[end] && test->width_px && test->width_px <= SIDE_MAX_PX && test->height_px &&
	       test->height_px <= SIDE_MAX_PX && rate && rate <= RATE_MAX;
}

static void destroy(struct oriel_source *source)
{
	if (source)
		free(((struct test_source *)source)->pixels);
	free(source);
}

static int create(struct oriel_source **ret_source, const char *path, struct oriel_error *error)
{
	struct test_source *test = calloc(1, sizeof *test);

	if (!test)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a test picture");
	test->base.ops = &oriel_source_test;
	if (!parse(path, test)) {
		free(test);
		return oriel_error_set(error, -EINVAL,
			"\"%s\" is no test picture: write test:WIDTHxHEIGHT@RATE with sides of 1 "
			"to "
			"%u and a rate of 1 to %u",
			path, SIDE_MAX_PX, RATE_MAX);
	}
	test->pixels = malloc((size_t)test->width_px * test->height_px * 4);
	if (!test->pixels) {
		free(test);
		return oriel_error_set_errno(
			error, -ENOMEM, "cannot make the test picture %s", path);
	}
	*ret_source = &test->base;
	return 0;
}

static bool step_rt(struct oriel_source *source, uint64_t now_ns)
{
	return true;
}

static uint64_t get_wait_ns(const struct oriel_source *source, uint64_t now_ns)
{
	const struct test_source *test = (const struct test_source *)source;

	return test->next_ns > now_ns ? test->next_ns - now_ns : 0;
}

static const char *get_reason(const struct oriel_source *source)
{
	return "Showing a test picture";
}

static bool is_refused(const struct oriel_source *source)
{
	return false;
}

static void get_counts(const struct oriel_source *source, struct oriel_source_counts *ret_counts)
{
	*ret_counts = (struct oriel_source_counts){.sessions = 1};
}

static struct oriel_rect box_at(const struct test_source *test, uint32_t serial)
{
	uint32_t x_room = test->width_px > BOX_PX ? test->width_px - BOX_PX : 1;
	uint32_t y_room = test->height_px > BOX_PX ? test->height_px - BOX_PX : 1;
	struct oriel_rect box = {serial * 7 % x_room, serial * 5 % y_room, BOX_PX, BOX_PX};

	oriel_rect_clip(&box, test->width_px, test->height_px);
	return box;
}

static void draw(struct test_source *test, const struct oriel_rect *rect, bool is_box)
{
	for (uint32_t y = rect->y; y < rect->y + rect->h; y++) {
		uint8_t *pixel = test->pixels + ((size_t)y * test->width_px + rect->x) * 4;

		for (uint32_t x = rect->x; x < rect->x + rect->w; x++, pixel += 4) {
			pixel[0] = is_box ? 255 : (uint8_t)x;
			pixel[1] = is_box ? 255 : (uint8_t)y;
			pixel[2] = is_box ? 255 : (uint8_t)((x + y) / 2);
			pixel[3] = 255;
		}
	}
}

/* The gradient where the box was, the box where it goes. */
static void draw_next(struct test_source *test, struct oriel_damage *ret_damage)
{
	struct oriel_rect from = box_at(test, test->serial), to = box_at(test, test->serial + 1);

	oriel_damage_clear(ret_damage);
	if (!test->is_known) {
		from = (struct oriel_rect){0, 0, test->width_px, test->height_px};
		oriel_damage_set_full(ret_damage);
	}
	draw(test, &from, false);
	draw(test, &to, true);
	oriel_damage_add(ret_damage, from);
	oriel_damage_add(ret_damage, to);
	test->serial++;
}

static int take_frame_rt(
	struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	struct test_source *test = (struct test_source *)source;

	if (now_ns < test->next_ns)
		return 0;
	test->next_ns = (test->next_ns ? test->next_ns : now_ns) + test->period_ns;
	if (test->next_ns < now_ns)
		test->next_ns = now_ns;
	*ret_frame = (struct oriel_frame){
		.picture =
			{
				.format = ORIEL_PIXEL_BGRA,
				.width_px = test->width_px,
				.height_px = test->height_px,
				.rows = test->height_px,
				.pitch_bytes = test->width_px * 4,
				.screen_width_px = test->width_px,
				.screen_height_px = test->height_px,
			},
		.pixels = test->pixels,
		.size_bytes = (size_t)test->width_px * test->height_px * 4,
		.layout_changed = !test->is_known,
		.arrived_ns = now_ns,
	};
	draw_next(test, &ret_frame->damage);
	ret_frame->serial = test->serial;
	return 1;
}

static size_t get_arrived_bytes_rt(
	const struct oriel_source *source, const struct oriel_frame *frame)
{
	return frame->size_bytes;
}

static int wait_bytes_rt(struct oriel_source *source, const struct oriel_frame *frame, size_t bytes,
	uint64_t deadline_ns)
{
	return 0;
}

static int give_frame_rt(struct oriel_source *source, struct oriel_frame *frame, bool complete)
{
	((struct test_source *)source)->is_known = complete;
	return 0;
}

static int take_cursor_rt(struct oriel_source *source, struct oriel_cursor_update *ret_update)
{
	return 0;
}

static int place_cursor_rt(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	return -EOPNOTSUPP;
}

static void expect_rt(struct oriel_source *source, uint64_t now_ns)
{
}

static int get_fd(const struct oriel_source *source)
{
	return -1;
}

static const char *get_origin(const struct oriel_source *source)
{
	return source->ops->name;
}

const struct oriel_source_ops oriel_source_test = {
	.name = "test",
	.takes = takes,
	.create = create,
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
