/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PRESENTER, one of those that keep a picture: every format, rotation, kind of damage and cursor
 * against the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "present/present.h"
#include "view/reference.h"

#define WIDTH_PX 173u
#define HEIGHT_PX 61u
#define SIDE_MAX_PX 256u
#define POISON 0x5a
#define CURSOR_PX 24u

struct screen {
	uint8_t rgb[SIDE_MAX_PX][SIDE_MAX_PX][3]; /* [y][x], upright */
};

struct bench {
	struct oriel_window *window;
	struct oriel_presenter *presenter;
	struct oriel_picture picture;
	uint8_t *pixels; /* of the guest */
	uint8_t *coming; /* what the guest is about to write there */
	size_t bytes, arrived, limit;
	uint64_t waits;
	struct oriel_colours colours;
	struct screen expected;
};

/* ---- a guest that writes while it is read --------------------------------------------------- */

/* Lets a little more arrive than was asked for, never what follows. */
static int arrive(void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived)
{
	struct bench *bench = data;
	size_t now = bytes + 700 < bench->bytes ? bytes + 700 : bench->bytes;

	assert_true(bytes <= bench->bytes);
	bench->waits++;
	if (bytes > bench->limit)
		return -ETIMEDOUT;
	memcpy(bench->pixels, bench->coming, now);
	bench->arrived = now;
	*ret_arrived = now;
	return 0;
}

static int create_presenter(struct bench *bench, struct oriel_error *error)
{
	struct oriel_present_options options = {.colours = bench->colours};

	return PRESENTER.create(&bench->presenter, bench->window, &options, error);
}

static void open_coloured(struct bench *bench, enum oriel_pixel_format format,
	enum oriel_rotation rotation, uint32_t window_width_px, uint32_t window_height_px,
	const struct oriel_colours *colours)
{
	struct oriel_window_options window_options = {"test", window_width_px, window_height_px};
	uint32_t row_bytes = WIDTH_PX * oriel_pixel_get_info(format)->bytes;

	*bench = (struct bench){.limit = SIZE_MAX, .colours = *colours};
	bench->picture = (struct oriel_picture){
		.format = format,
		.rotation = rotation,
		.width_px = WIDTH_PX,
		.height_px = HEIGHT_PX,
		.rows = HEIGHT_PX,
		.pitch_bytes = (row_bytes + 255) / 256 * 256,
		.screen_width_px = WIDTH_PX,
		.screen_height_px = HEIGHT_PX,
	};
	bench->bytes = (size_t)bench->picture.pitch_bytes * HEIGHT_PX;
	/* Its last byte is the last of a page or near it: reading past it is found by sanitizers.
	 */
	bench->pixels = malloc(bench->bytes);
	bench->coming = malloc(bench->bytes);
	assert_int_equal(oriel_window_headless.open(&bench->window, &window_options, NULL), 0);
	assert_int_equal(create_presenter(bench, NULL), 0);
	assert_int_equal(
		PRESENTER.resize(bench->presenter, window_width_px, window_height_px, NULL), 0);
	assert_int_equal(PRESENTER.set_layout(bench->presenter, &bench->picture, NULL), 0);
}

static void open_bench(struct bench *bench, enum oriel_pixel_format format,
	enum oriel_rotation rotation, uint32_t window_width_px, uint32_t window_height_px)
{
	open_coloured(bench, format, rotation, window_width_px, window_height_px,
		&(struct oriel_colours){0});
}

static void open_1to1(
	struct bench *bench, enum oriel_pixel_format format, enum oriel_rotation rotation)
{
	bool lying = rotation == ORIEL_ROTATE_90 || rotation == ORIEL_ROTATE_270;

	open_bench(bench, format, rotation, lying ? HEIGHT_PX : WIDTH_PX,
		lying ? WIDTH_PX : HEIGHT_PX);
}

static void close_bench(struct bench *bench)
{
	PRESENTER.destroy(bench->presenter);
	oriel_window_headless.close(bench->window);
	free(bench->pixels);
	free(bench->coming);
}

static bool is_damaged(const struct oriel_damage *damage, uint32_t x, uint32_t y)
{
	for (uint32_t i = 0; i < damage->count; i++) {
		const struct oriel_rect *rect = &damage->rects[i];

		if (x >= rect->x && x - rect->x < rect->w && y >= rect->y && y - rect->y < rect->h)
			return true;
	}
	return damage->full;
}

/* Sends a frame: *ret_bytes as the presenter counts them. Returns what upload returned. */
static int send_frame(
	struct bench *bench, const struct oriel_damage *damage, uint32_t seed, uint64_t *ret_bytes)
{
	struct oriel_arrival arrival = {arrive, bench};
	struct oriel_frame frame = {
		.picture = bench->picture,
		.pixels = bench->pixels,
		.size_bytes = bench->bytes,
		.damage = *damage,
	};
	int result;

	reference_fill(bench->coming, &bench->picture, seed);
	/* What has not arrived must not be looked at. */
	memset(bench->pixels, POISON, bench->bytes);
	result = PRESENTER.upload_rt(bench->presenter, &frame, &arrival, ret_bytes);
	PRESENTER.present_rt(bench->presenter);
	return result;
}

/* Brings the expectation up to date; returns how many pixels are damaged. */
static uint64_t expect_frame(struct bench *bench, const struct oriel_damage *damage)
{
	uint64_t count = 0;

	for (uint32_t y = 0; y < HEIGHT_PX; y++)
		for (uint32_t x = 0; x < WIDTH_PX; x++) {
			uint32_t to_x, to_y;

			if (!is_damaged(damage, x, y))
				continue;
			reference_turn(&bench->picture, x, y, &to_x, &to_y);
			reference_read(bench->coming, &bench->picture, x, y,
				bench->expected.rgb[to_y][to_x]);
			count++;
		}
	return count;
}

static void draw_expected_cursor(
	struct screen *screen, const struct oriel_image *image, const struct oriel_pointer *pointer)
{
	const struct oriel_cursor_shape *shape = pointer->shape;

	for (uint32_t y = 0; shape && y < shape->height_px; y++)
		for (uint32_t x = 0; x < shape->width_px; x++) {
			int64_t to_x = (int64_t)pointer->x_px + x,
				to_y = (int64_t)pointer->y_px + y;

			if (to_x >= 0 && to_y >= 0 && to_x < image->width_px &&
				to_y < image->height_px)
				reference_draw_cursor(shape, x, y, screen->rgb[to_y][to_x]);
		}
}

static void check_screen(const struct bench *bench, const struct oriel_pointer *pointer, int slack)
{
	struct screen expected = bench->expected;
	struct oriel_image image;

	assert_true(PRESENTER.get_image(bench->presenter, &image));
	if (pointer->visible)
		draw_expected_cursor(&expected, &image, pointer);
	for (uint32_t y = 0; y < image.height_px; y++)
		for (uint32_t x = 0; x < image.width_px; x++) {
			const uint8_t *pixel = image.pixels + y * image.pitch_bytes + 4 * (size_t)x;

			for (int i = 0; i < 3; i++)
				if (abs(pixel[2 - i] - expected.rgb[y][x][i]) > slack)
					fail_msg("pixel %u, %u, channel %d is %u and not %u", x, y,
						i, pixel[2 - i], expected.rgb[y][x][i]);
		}
}

/* ---- the matrix ----------------------------------------------------------------------------- */

static const struct oriel_damage damages[] = {
	{.full = true},
	{.count = 0},
	{.count = 3, .rects = {{5, 3, 20, 10}, {100, 3, 73, 2}, {0, 40, 1, 21}}},
	/* overlapping in every way, out of order, beyond the edge */
	{.count = 6,
		.rects = {{60, 20, 60, 30}, {10, 10, 100, 20}, {20, 15, 5, 5}, {165, 55, 500, 500},
			{10, 10, 100, 20}, {200, 0, 4, 4}}},
};

#define DAMAGES (sizeof damages / sizeof damages[0])

static uint8_t cursor_image[CURSOR_PX * CURSOR_PX * 4 * 2];

static struct oriel_cursor_shape make_shape(enum oriel_cursor_type type)
{
	struct oriel_cursor_shape shape = {
		.type = type,
		.width_px = CURSOR_PX - 3,
		.height_px = CURSOR_PX - 1,
		.pitch_bytes = type == ORIEL_CURSOR_MONOCHROME ? 4 : CURSOR_PX * 4,
		.image = cursor_image,
	};

	for (size_t i = 0; i < sizeof cursor_image; i++)
		cursor_image[i] = (uint8_t)(i * 151 >> 3);
	for (size_t i = 3; type == ORIEL_CURSOR_MASKED && i < sizeof cursor_image; i += 12)
		cursor_image[i] = 0;
	return shape;
}

static void check_frames(struct bench *bench, const struct oriel_pointer *pointer)
{
	uint32_t pixel_bytes = oriel_pixel_get_info(bench->picture.format)->bytes;
	int slack = bench->picture.format == ORIEL_PIXEL_RGBA16F ? 1 : 0;
	uint64_t bytes = 0;

	if (pointer->visible)
		PRESENTER.set_cursor_rt(bench->presenter, pointer);
	assert_int_equal(send_frame(bench, &damages[0], 1, &bytes), 0);
	expect_frame(bench, &damages[0]);
	check_screen(bench, pointer, slack);
	for (uint32_t i = 0; i < DAMAGES; i++) {
		assert_int_equal(send_frame(bench, &damages[i], 2 + i, &bytes), 0);
		/* Each damaged pixel once, overlaps or not. */
		assert_int_equal(bytes, expect_frame(bench, &damages[i]) * pixel_bytes);
		check_screen(bench, pointer, slack);
	}
}

/* An XOR turns a difference of one into any other: only blending is within reach of a tolerance. */
static bool can_compare(enum oriel_pixel_format format, int cursor)
{
	return format != ORIEL_PIXEL_RGBA16F || cursor < 0 || cursor == ORIEL_CURSOR_COLOUR;
}

static void check_rotations(enum oriel_pixel_format format, int cursor)
{
	for (int rotation = ORIEL_ROTATE_0; rotation <= ORIEL_ROTATE_270; rotation++) {
		struct oriel_cursor_shape shape = make_shape((enum oriel_cursor_type)cursor);
		struct oriel_pointer pointer = {
			.x_px = 10,
			.y_px = 7,
			.visible = cursor >= 0,
			.shape = &shape,
		};
		struct bench bench;

		open_1to1(&bench, format, (enum oriel_rotation)rotation);
		check_frames(&bench, &pointer);
		close_bench(&bench);
		/* The same where the picture has memory of its own. */
		open_bench(&bench, format, (enum oriel_rotation)rotation, 300, 200);
		check_frames(&bench, &pointer);
		close_bench(&bench);
	}
}

static void every_frame_equals_the_reference(void **state)
{
	for (int format = ORIEL_PIXEL_INVALID + 1; format < ORIEL_PIXEL_COUNT; format++)
		for (int cursor = -1; cursor <= ORIEL_CURSOR_MASKED; cursor++)
			if (can_compare((enum oriel_pixel_format)format, cursor))
				check_rotations((enum oriel_pixel_format)format, cursor);
}

/* ---- the cursor ----------------------------------------------------------------------------- */

static void moving_cursor_leaves_no_trace(void **state)
{
	static const int32_t places[][2] = {{0, 0}, {-10, -9}, {160, 50}, {172, 60}, {173, 10},
		{10, 61}, {-21, 0}, {0, -23}, {-20, 5}, {5, -22}, {INT32_MAX, INT32_MAX},
		{INT32_MIN, INT32_MIN}, {80, 30}};

	for (int type = ORIEL_CURSOR_COLOUR; type <= ORIEL_CURSOR_MASKED; type++) {
		struct oriel_cursor_shape shape = make_shape((enum oriel_cursor_type)type);
		struct oriel_pointer pointer = {.visible = true, .shape = &shape};
		uint64_t bytes;
		struct bench bench;

		open_1to1(&bench, ORIEL_PIXEL_BGRA, ORIEL_ROTATE_0);
		send_frame(&bench, &damages[0], 9, &bytes);
		expect_frame(&bench, &damages[0]);
		for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
			pointer.x_px = places[i][0];
			pointer.y_px = places[i][1];
			PRESENTER.set_cursor_rt(bench.presenter, &pointer);
			PRESENTER.present_rt(bench.presenter);
			check_screen(&bench, &pointer, 0);
		}
		pointer.visible = false;
		PRESENTER.set_cursor_rt(bench.presenter, &pointer);
		PRESENTER.present_rt(bench.presenter);
		check_screen(&bench, &pointer, 0);
		close_bench(&bench);
	}
}

/* One pixel of each row of protocol 4.3's tables, over 0x40, 0x80, 0xc0. */
static void cursor_truth_tables(void **state)
{
	static const uint8_t below[3] = {0x40, 0x80, 0xc0};
	static const struct {
		enum oriel_cursor_type type;
		uint8_t image[4]; /* monochrome: AND byte, XOR byte */
		uint8_t rgb[3];
	} rows[] = {
		{ORIEL_CURSOR_MONOCHROME, {0x00, 0x00}, {0, 0, 0}},
		{ORIEL_CURSOR_MONOCHROME, {0x00, 0x80}, {255, 255, 255}},
		{ORIEL_CURSOR_MONOCHROME, {0x80, 0x00}, {0x40, 0x80, 0xc0}},
		{ORIEL_CURSOR_MONOCHROME, {0x80, 0x80}, {0xbf, 0x7f, 0x3f}},
		{ORIEL_CURSOR_MASKED, {1, 2, 3, 0}, {3, 2, 1}},
		{ORIEL_CURSOR_MASKED, {0x0f, 0xf0, 0xff, 255}, {0xbf, 0x70, 0xcf}},
		{ORIEL_CURSOR_MASKED, {0, 0, 0, 1}, {0x40, 0x80, 0xc0}},
		{ORIEL_CURSOR_COLOUR, {9, 8, 7, 255}, {7, 8, 9}},
		{ORIEL_CURSOR_COLOUR, {0, 0, 0, 0}, {0x40, 0x80, 0xc0}},
		{ORIEL_CURSOR_COLOUR, {100, 50, 25, 128}, {57, 114, 196}},
		{ORIEL_CURSOR_COLOUR, {255, 255, 255, 0}, {255, 255, 255}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_cursor_shape shape = {rows[i].type, 1, 1,
			rows[i].type == ORIEL_CURSOR_MONOCHROME ? 1 : 4, 0, 0, rows[i].image};
		struct oriel_pointer pointer = {2, 1, true, &shape};
		struct oriel_arrival arrival = {0};
		struct oriel_image image;
		uint64_t bytes;
		struct bench bench;

		open_1to1(&bench, ORIEL_PIXEL_RGBA, ORIEL_ROTATE_0);
		for (size_t at = 0; at < bench.bytes; at++)
			bench.coming[at] = at % 4 == 3 ? 0 : below[at % 4];
		arrival = (struct oriel_arrival){arrive, &bench};
		PRESENTER.upload_rt(bench.presenter,
			&(struct oriel_frame){.picture = bench.picture,
				.pixels = bench.pixels,
				.size_bytes = bench.bytes,
				.damage = {.full = true}},
			&arrival, &bytes);
		PRESENTER.set_cursor_rt(bench.presenter, &pointer);
		PRESENTER.present_rt(bench.presenter);
		PRESENTER.get_image(bench.presenter, &image);
		for (int c = 0; c < 3; c++)
			assert_int_equal(
				image.pixels[image.pitch_bytes + 2 * 4 + 2 - c], rows[i].rgb[c]);
		close_bench(&bench);
	}
}

static void unusable_shapes_hide_the_cursor(void **state)
{
	static const struct oriel_cursor_shape shapes[] = {
		{ORIEL_CURSOR_COLOUR, 0, 4, 16, 0, 0, cursor_image},
		{ORIEL_CURSOR_COLOUR, 4, 0, 16, 0, 0, cursor_image},
		{ORIEL_CURSOR_COLOUR, 513, 1, 2052, 0, 0, cursor_image},
		{ORIEL_CURSOR_COLOUR, 1, 513, 4, 0, 0, cursor_image},
		{ORIEL_CURSOR_COLOUR, 4, 4, 15, 0, 0, cursor_image},
		{ORIEL_CURSOR_MONOCHROME, 9, 4, 1, 0, 0, cursor_image},
		{(enum oriel_cursor_type)7, 4, 4, 16, 0, 0, cursor_image},
		{ORIEL_CURSOR_COLOUR, 4, 512, UINT32_MAX, 0, 0, cursor_image},
	};
	struct oriel_pointer pointer = {5, 5, true, NULL};
	uint64_t bytes;
	struct bench bench;

	open_1to1(&bench, ORIEL_PIXEL_BGRA, ORIEL_ROTATE_0);
	send_frame(&bench, &damages[0], 3, &bytes);
	expect_frame(&bench, &damages[0]);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct oriel_pointer hidden = {0};

		pointer.shape = &shapes[i];
		PRESENTER.set_cursor_rt(bench.presenter, &pointer);
		PRESENTER.present_rt(bench.presenter);
		check_screen(&bench, &hidden, 0);
	}
	close_bench(&bench);
}

/* ---- what does not go to plan --------------------------------------------------------------- */

static void half_a_frame_changes_half_the_picture(void **state)
{
	struct oriel_pointer hidden = {0};
	struct oriel_damage upper = {.count = 1, .rects = {{0, 0, WIDTH_PX, 30}}};
	uint64_t bytes;
	struct bench bench;

	open_1to1(&bench, ORIEL_PIXEL_BGRA, ORIEL_ROTATE_0);
	assert_int_equal(send_frame(&bench, &damages[0], 5, &bytes), 0);
	expect_frame(&bench, &damages[0]);
	bench.limit = 30 * (size_t)bench.picture.pitch_bytes;
	assert_int_equal(send_frame(&bench, &damages[0], 6, &bytes), -ETIMEDOUT);
	assert_true(bytes >= 30u * WIDTH_PX * 4 && bytes < (uint64_t)WIDTH_PX * HEIGHT_PX * 4);
	/* 700 bytes more than asked for always arrive: within one row of this pitch. */
	upper.rects[0].h = (uint32_t)(bytes / (WIDTH_PX * 4));
	expect_frame(&bench, &upper);
	check_screen(&bench, &hidden, 0);
	close_bench(&bench);
}

static void missing_rows_are_black(void **state)
{
	struct oriel_pointer hidden = {0};
	uint64_t bytes;
	struct bench bench;

	open_1to1(&bench, ORIEL_PIXEL_BGR_32, ORIEL_ROTATE_180);
	bench.picture.rows = HEIGHT_PX - 7;
	assert_int_equal(send_frame(&bench, &damages[0], 5, &bytes), 0);
	assert_int_equal(bytes, 3u * WIDTH_PX * (HEIGHT_PX - 7));
	expect_frame(&bench,
		&(struct oriel_damage){.count = 1, .rects = {{0, 0, WIDTH_PX, HEIGHT_PX - 7}}});
	check_screen(&bench, &hidden, 0);
	close_bench(&bench);
}

static void picture_survives_a_resize_and_an_overlay(void **state)
{
	static uint8_t card[40 * 20 * 4];
	struct oriel_overlay overlay = {
		.width_px = 40, .height_px = 20, .pitch_bytes = 160, .pixels = card, .dim = 128};
	struct oriel_cursor_shape shape = make_shape(ORIEL_CURSOR_MASKED);
	struct oriel_pointer pointer = {3, 4, true, &shape};
	const struct oriel_presenter_ops *ops = &PRESENTER;
	uint64_t bytes;
	struct bench bench;

	open_1to1(&bench, ORIEL_PIXEL_RGBA10, ORIEL_ROTATE_90);
	ops->set_cursor_rt(bench.presenter, &pointer);
	send_frame(&bench, &damages[0], 5, &bytes);
	expect_frame(&bench, &damages[0]);
	for (uint32_t side = 1; side < 400; side += 57) {
		assert_int_equal(ops->resize(bench.presenter, side, 3 * side / 2, NULL), 0);
		ops->present_rt(bench.presenter);
		check_screen(&bench, &pointer, 0);
		assert_int_equal(ops->set_overlay(bench.presenter, &overlay, NULL), 0);
		ops->present_rt(bench.presenter);
		check_screen(&bench, &pointer, 0);
		send_frame(&bench, &damages[2], 6 + side, &bytes);
		expect_frame(&bench, &damages[2]);
		check_screen(&bench, &pointer, 0);
		assert_int_equal(ops->set_overlay(bench.presenter, NULL, NULL), 0);
		ops->present_rt(bench.presenter);
		check_screen(&bench, &pointer, 0);
	}
	close_bench(&bench);
}

static void hdr_curves(void **state)
{
	static const struct {
		uint32_t flags, code;
		uint8_t value;
	} rows[] = {
		{0, 512, 128},
		{ORIEL_PICTURE_HDR, 0, 0},
		{ORIEL_PICTURE_HDR, 1023, 255},
		{ORIEL_PICTURE_HDR, 219, 127}, /* 0.2141 linear is the middle of the curve */
		{ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ, 594, 255}, /* 203 nits */
		{ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ, 1023, 255},
		{ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_arrival arrival;
		struct oriel_image image;
		uint64_t bytes;
		struct bench bench;

		open_1to1(&bench, ORIEL_PIXEL_RGBA10, ORIEL_ROTATE_0);
		arrival = (struct oriel_arrival){arrive, &bench};
		bench.picture.flags = rows[i].flags;
		for (size_t at = 0; at + 4 <= bench.bytes; at += 4)
			memcpy(bench.coming + at,
				&(uint32_t){rows[i].code | rows[i].code << 10 | rows[i].code << 20},
				4);
		PRESENTER.set_layout(bench.presenter, &bench.picture, NULL);
		PRESENTER.upload_rt(bench.presenter,
			&(struct oriel_frame){.picture = bench.picture,
				.pixels = bench.pixels,
				.size_bytes = bench.bytes,
				.damage = {.full = true}},
			&arrival, &bytes);
		PRESENTER.get_image(bench.presenter, &image);
		for (int c = 0; c < 3; c++)
			assert_in_range(image.pixels[c], rows[i].value - (rows[i].value > 0),
				rows[i].value + (rows[i].value < 255));
		close_bench(&bench);
	}
}

/* The part that a presenter has in it; tests/view/colour.c has the rest. */
static void half_as_bright(void **state)
{
	struct oriel_colours colours = {.brightness_percent = 50};
	struct oriel_damage damage = {.full = true};
	struct oriel_image image;
	struct bench bench;
	uint64_t bytes;

	for (int rotation = ORIEL_ROTATE_0; rotation <= ORIEL_ROTATE_270; rotation++) {
		bool lying = rotation % 2;
		uint32_t width_px = lying ? HEIGHT_PX : WIDTH_PX;
		uint32_t height_px = lying ? WIDTH_PX : HEIGHT_PX;

		open_coloured(&bench, ORIEL_PIXEL_BGRA, (enum oriel_rotation)rotation, width_px,
			height_px, &colours);
		send_frame(&bench, &damage, 3, &bytes);
		expect_frame(&bench, &damage);
		PRESENTER.present_rt(bench.presenter);
		assert_true(PRESENTER.get_image(bench.presenter, &image));
		for (uint32_t y = 0; y < height_px; y++)
			for (uint32_t x = 0; x < width_px; x++)
				for (uint32_t c = 0; c < 3; c++)
					assert_int_equal(
						image.pixels[y * image.pitch_bytes + x * 4 + c],
						(bench.expected.rgb[y][x][2 - c] + 1) / 2);
		close_bench(&bench);
	}
}

/* False, with the reason, where it lacks something on this machine. */
static bool can_present(struct oriel_error *error)
{
	struct oriel_window_options options = {"test", 64, 64};
	struct bench bench = {0};
	int result;

	oriel_window_headless.open(&bench.window, &options, NULL);
	result = create_presenter(&bench, error);
	close_bench(&bench);
	return result != -ENODEV;
}

int main(void)
{
	struct oriel_error error = {0};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_equals_the_reference),
		cmocka_unit_test(moving_cursor_leaves_no_trace),
		cmocka_unit_test(cursor_truth_tables),
		cmocka_unit_test(unusable_shapes_hide_the_cursor),
		cmocka_unit_test(half_a_frame_changes_half_the_picture),
		cmocka_unit_test(missing_rows_are_black),
		cmocka_unit_test(picture_survives_a_resize_and_an_overlay),
		cmocka_unit_test(hdr_curves),
		cmocka_unit_test(half_as_bright),
	};

	if (!can_present(&error)) {
		printf("1..0 # SKIP %s\n", error.message);
		return 0;
	}
	return cmocka_run_group_tests_name(PRESENTER.name, tests, NULL, NULL);
}
