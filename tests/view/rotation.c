/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user turns: pictures, places, ways and cursors, and a source that does it on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "present/soft/upload.h"
#include "view/rotation.h"
#include "view/source_turned.h"

#define WIDTH_PX 7u
#define HEIGHT_PX 3u

static void assert_area(const struct oriel_rotation_area *area, int64_t x_px, int64_t y_px,
	int64_t width_px, int64_t height_px)
{
	assert_int_equal(area->x_px, x_px);
	assert_int_equal(area->y_px, y_px);
	assert_int_equal(area->width_px, width_px);
	assert_int_equal(area->height_px, height_px);
}

/* ---- places and ways ------------------------------------------------------------------------ */

/* Clockwise, the top left comes to the top right first. */
static void a_corner_goes_round(void **state)
{
	static const struct oriel_rotation_area corners[] = {
		[ORIEL_ROTATE_0] = {0, 0, 2, 1},
		[ORIEL_ROTATE_90] = {HEIGHT_PX - 1, 0, 1, 2},
		[ORIEL_ROTATE_180] = {WIDTH_PX - 2, HEIGHT_PX - 1, 2, 1},
		[ORIEL_ROTATE_270] = {0, WIDTH_PX - 2, 1, 2},
	};

	for (unsigned by = 0; by < 4; by++) {
		struct oriel_rotation_area area = {0, 0, 2, 1};

		oriel_rotation_turn_area((enum oriel_rotation)by, &area, WIDTH_PX, HEIGHT_PX);
		assert_area(&area, corners[by].x_px, corners[by].y_px, corners[by].width_px,
			corners[by].height_px);
	}
}

static void turn_twice(
	struct oriel_rotation_area *area, enum oriel_rotation first, enum oriel_rotation second)
{
	uint32_t width_px = WIDTH_PX, height_px = HEIGHT_PX;

	oriel_rotation_turn_area(first, area, width_px, height_px);
	oriel_rotation_turn_size(first, &width_px, &height_px);
	oriel_rotation_turn_area(second, area, width_px, height_px);
}

/* Also what reaches beyond the screen, as cursors do. */
static void turns_add_up(void **state)
{
	static const struct oriel_rotation_area areas[] = {
		{0, 0, 1, 1}, {4, 1, 2, 2}, {-3, -2, 5, 4}, {6, 2, 9, 8}};

	for (unsigned first = 0; first < 4; first++)
		for (unsigned second = 0; second < 4; second++)
			for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
				enum oriel_rotation sum =
					(enum oriel_rotation)((first + second) % 4);
				struct oriel_rotation_area area = areas[i], once = areas[i];

				turn_twice(&area, (enum oriel_rotation)first,
					(enum oriel_rotation)second);
				oriel_rotation_turn_area(sum, &once, WIDTH_PX, HEIGHT_PX);
				assert_memory_equal(&area, &once, sizeof area);
			}
}

static void turning_back_undoes_it(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		enum oriel_rotation by = (enum oriel_rotation)i, back = oriel_rotation_invert(by);
		const struct oriel_rotation_area before = {-1, 2, 3, 4};
		struct oriel_rotation_area area = before;
		double x_px = 5.5, y_px = -7.0;

		turn_twice(&area, by, back);
		assert_memory_equal(&area, &before, sizeof area);
		oriel_rotation_turn_way(by, &x_px, &y_px);
		oriel_rotation_turn_way(back, &x_px, &y_px);
		assert_true(x_px == 5.5 && y_px == -7.0);
		assert_int_equal(oriel_rotation_invert(back), by);
	}
}

/* From one pixel to another one. */
static void ways_go_as_places_do(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		enum oriel_rotation by = (enum oriel_rotation)i;
		struct oriel_rotation_area from = {1, 2, 1, 1}, to = {5, 0, 1, 1};
		double x_px = (double)(to.x_px - from.x_px), y_px = (double)(to.y_px - from.y_px);

		oriel_rotation_turn_area(by, &from, WIDTH_PX, HEIGHT_PX);
		oriel_rotation_turn_area(by, &to, WIDTH_PX, HEIGHT_PX);
		oriel_rotation_turn_way(by, &x_px, &y_px);
		assert_true(x_px == (double)(to.x_px - from.x_px));
		assert_true(y_px == (double)(to.y_px - from.y_px));
	}
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* However the guest stores it: as if its upright picture were turned. */
static void a_stored_picture_is_seen_turned(void **state)
{
	for (unsigned i = 0; i < 16; i++) {
		enum oriel_rotation by = (enum oriel_rotation)(i % 4);
		struct oriel_picture upright = {.width_px = WIDTH_PX,
			.height_px = HEIGHT_PX,
			.rotation = (enum oriel_rotation)(i / 4)};
		struct oriel_picture seen = upright;
		const struct oriel_rect stored = {4, 1, 2, 1};
		struct oriel_rect at = oriel_soft_upload_map_rect(&upright, &stored), at_seen;
		struct oriel_rotation_area area = {at.x, at.y, at.w, at.h};
		uint32_t width_px, height_px, seen_width_px, seen_height_px;

		oriel_soft_upload_get_upright(&upright, &width_px, &height_px);
		oriel_rotation_turn_area(by, &area, width_px, height_px);
		oriel_rotation_turn_picture(by, &seen);
		at_seen = oriel_soft_upload_map_rect(&seen, &stored);
		assert_area(&area, at_seen.x, at_seen.y, at_seen.w, at_seen.h);
		oriel_soft_upload_get_upright(&seen, &seen_width_px, &seen_height_px);
		oriel_rotation_turn_size(by, &width_px, &height_px);
		assert_int_equal(seen_width_px, width_px);
		assert_int_equal(seen_height_px, height_px);
	}
}

/* ---- cursors -------------------------------------------------------------------------------- */

/* With bytes between its rows. */
static struct oriel_cursor_shape make_shape(enum oriel_cursor_type type, uint8_t *image)
{
	bool is_mono = type == ORIEL_CURSOR_MONOCHROME;
	struct oriel_cursor_shape shape = {
		.type = type,
		.width_px = 13,
		.height_px = 5,
		.pitch_bytes = is_mono ? 3 : 60,
		.hot_x_px = 3,
		.hot_y_px = 1,
		.image = image,
	};

	for (size_t i = 0; i < oriel_cursor_get_image_bytes(&shape); i++)
		image[i] = (uint8_t)(i * 73 + i / 7);
	return shape;
}

/* Of one half of its rows. */
static uint32_t pixel_of(
	const struct oriel_cursor_shape *shape, uint32_t half, int64_t x, int64_t y)
{
	const uint8_t *row = shape->image + (half * shape->height_px + y) * shape->pitch_bytes;
	uint32_t value;

	if (shape->type == ORIEL_CURSOR_MONOCHROME)
		return row[x / 8] >> (7 - x % 8) & 1;
	memcpy(&value, row + x * 4, sizeof value);
	return value;
}

static void check_shape(const struct oriel_cursor_shape *shape, enum oriel_rotation by)
{
	uint32_t halves = shape->type == ORIEL_CURSOR_MONOCHROME ? 2 : 1;
	uint8_t *image = malloc(ORIEL_CURSOR_BYTES_MAX);
	struct oriel_rotation_area hot = {shape->hot_x_px, shape->hot_y_px, 1, 1};
	struct oriel_cursor_shape turned;

	assert_non_null(image);
	memset(image, 0xff, ORIEL_CURSOR_BYTES_MAX);
	oriel_rotation_turn_shape(by, shape, image, &turned);
	assert_int_equal(turned.type, shape->type);
	assert_int_equal(turned.width_px, by % 2 ? shape->height_px : shape->width_px);
	assert_int_equal(turned.height_px, by % 2 ? shape->width_px : shape->height_px);
	oriel_rotation_turn_area(by, &hot, shape->width_px, shape->height_px);
	assert_int_equal(turned.hot_x_px, hot.x_px);
	assert_int_equal(turned.hot_y_px, hot.y_px);
	for (uint32_t half = 0; half < halves; half++)
		for (uint32_t y = 0; y < shape->height_px; y++)
			for (uint32_t x = 0; x < shape->width_px; x++) {
				struct oriel_rotation_area at = {x, y, 1, 1};

				oriel_rotation_turn_area(
					by, &at, shape->width_px, shape->height_px);
				assert_int_equal(pixel_of(&turned, half, at.x_px, at.y_px),
					pixel_of(shape, half, x, y));
			}
	free(image);
}

static void every_kind_of_cursor_is_turned(void **state)
{
	uint8_t image[60 * 5];

	for (int type = ORIEL_CURSOR_COLOUR; type <= ORIEL_CURSOR_MASKED; type++)
		for (unsigned by = 0; by < 4; by++) {
			struct oriel_cursor_shape shape =
				make_shape((enum oriel_cursor_type)type, image);

			check_shape(&shape, (enum oriel_rotation)by);
		}
}

/* Its number would end before its image does. */
static void a_hot_spot_stays_a_number(void **state)
{
	struct oriel_cursor_shape turned, shape = {
						  .type = ORIEL_CURSOR_MONOCHROME,
						  .width_px = 512,
						  .height_px = 512,
						  .pitch_bytes = 64,
					  };
	uint8_t *image = calloc(2, ORIEL_CURSOR_BYTES_MAX);

	assert_non_null(image);
	shape.image = image + ORIEL_CURSOR_BYTES_MAX;
	oriel_rotation_turn_shape(ORIEL_ROTATE_180, &shape, image, &turned);
	assert_int_equal(turned.hot_x_px, INT8_MAX);
	assert_int_equal(turned.hot_y_px, INT8_MAX);
	free(image);
}

/* ---- the source ----------------------------------------------------------------------------- */

/* What a guest shows and tells. */
static struct {
	struct oriel_picture picture;
	struct oriel_cursor_update cursor;
	bool has_cursor;
	unsigned placed;
	int32_t x_px, y_px;
	unsigned destroyed;
} guest;

static int take_frame(struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	*ret_frame = (struct oriel_frame){.picture = guest.picture};
	return 1;
}

static int take_cursor(struct oriel_source *source, struct oriel_cursor_update *ret_update)
{
	if (!guest.has_cursor)
		return 0;
	guest.has_cursor = false;
	*ret_update = guest.cursor;
	return 1;
}

static int place_cursor(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	guest.placed++;
	guest.x_px = x_px;
	guest.y_px = y_px;
	return 0;
}

static void destroy(struct oriel_source *source)
{
	guest.destroyed++;
}

static const struct oriel_source_ops guest_ops = {
	.destroy = destroy,
	.take_frame_rt = take_frame,
	.take_cursor_rt = take_cursor,
	.place_cursor_rt = place_cursor,
};
static struct oriel_source guest_source = {&guest_ops};

static struct oriel_source *start(enum oriel_rotation by)
{
	struct oriel_source *source;

	memset(&guest, 0, sizeof guest);
	assert_int_equal(oriel_source_turned_create(&source, &guest_source, by, NULL), 0);
	return source;
}

static void show(struct oriel_source *source, const struct oriel_picture *picture)
{
	struct oriel_frame frame;

	guest.picture = *picture;
	assert_int_equal(source->ops->take_frame_rt(source, 0, &frame), 1);
	assert_int_equal(frame.picture.width_px, picture->width_px);
}

static void tell(const struct oriel_cursor_update *cursor)
{
	guest.cursor = *cursor;
	guest.has_cursor = true;
}

static void assert_cursor(struct oriel_source *source, int32_t x_px, int32_t y_px, bool has_shape)
{
	struct oriel_cursor_update update;

	assert_int_equal(source->ops->take_cursor_rt(source, &update), 1);
	assert_true(update.has_position && update.visible);
	assert_int_equal(update.x_px, x_px);
	assert_int_equal(update.y_px, y_px);
	assert_int_equal(update.has_shape, has_shape);
}

/* Its top left is another corner with each shape, place and screen. */
static void the_cursor_has_its_place_on_the_screen_as_it_is_seen(void **state)
{
	const struct oriel_picture picture = {.width_px = 200, .height_px = 120};
	const struct oriel_picture wide = {.width_px = 400, .height_px = 100};
	uint8_t image[60 * 5];
	struct oriel_cursor_update update, moved = {.has_position = true, .visible = true};
	const struct oriel_cursor_update formed = {
		.visible = true,
		.has_shape = true,
		.shape = make_shape(ORIEL_CURSOR_COLOUR, image),
	};
	struct oriel_source *source = start(ORIEL_ROTATE_90);

	show(source, &picture);
	assert_int_equal(source->ops->take_cursor_rt(source, &update), 1);
	assert_false(update.visible);
	moved.x_px = 30;
	moved.y_px = -2;
	tell(&moved);
	assert_cursor(source, 122, 30, false);
	tell(&formed);
	assert_cursor(source, 117, 30, true);
	/* The screen alone, once. */
	show(source, &wide);
	assert_cursor(source, 97, 30, false);
	show(source, &wide);
	assert_int_equal(source->ops->take_cursor_rt(source, &update), 0);
	source->ops->destroy(source);
	assert_int_equal(guest.destroyed, 1);
}

/* Places are the screen's, its image has the picture's pixels. */
static void a_picture_that_is_scaled_down_has_its_cursor_beside_the_same_pixels(void **state)
{
	const struct oriel_picture picture = {
		.width_px = 200, .height_px = 120, .screen_width_px = 400, .screen_height_px = 360};
	uint8_t image[60 * 5];
	const struct oriel_cursor_update told = {
		.has_position = true,
		.x_px = 40,
		.y_px = 60,
		.visible = true,
		.has_shape = true,
		.shape = make_shape(ORIEL_CURSOR_COLOUR, image),
	};
	struct oriel_source *source = start(ORIEL_ROTATE_180);

	tell(&told);
	source->ops->take_cursor_rt(source, &(struct oriel_cursor_update){0});
	show(source, &picture);
	/* 13 x 5 pixels at 20, 20 of the picture. */
	assert_cursor(source, (200 - 20 - 13) * 2, (120 - 20 - 5) * 3, false);
	source->ops->destroy(source);
}

static void a_cursor_that_nobody_takes_is_left_as_it_is(void **state)
{
	uint8_t image[4] = {0};
	const struct oriel_cursor_update told = {
		.has_shape = true,
		.shape = {.type = ORIEL_CURSOR_COLOUR,
			.width_px = UINT32_MAX,
			.height_px = UINT32_MAX,
			.pitch_bytes = 4,
			.image = image},
	};
	struct oriel_source *source = start(ORIEL_ROTATE_90);
	struct oriel_cursor_update update;

	tell(&told);
	assert_int_equal(source->ops->take_cursor_rt(source, &update), 1);
	assert_true(update.has_shape);
	assert_ptr_equal(update.shape.image, image);
	source->ops->destroy(source);
}

static void the_guest_is_asked_for_places_of_its_own_screen(void **state)
{
	struct oriel_source *source = start(ORIEL_ROTATE_270);

	assert_int_equal(source->ops->place_cursor_rt(source, 11, 22), 0);
	assert_int_equal(guest.placed, 1);
	assert_int_equal(guest.x_px, 11);
	assert_int_equal(guest.y_px, 22);
	source->ops->destroy(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_corner_goes_round),
		cmocka_unit_test(turns_add_up),
		cmocka_unit_test(turning_back_undoes_it),
		cmocka_unit_test(ways_go_as_places_do),
		cmocka_unit_test(a_stored_picture_is_seen_turned),
		cmocka_unit_test(every_kind_of_cursor_is_turned),
		cmocka_unit_test(a_hot_spot_stays_a_number),
		cmocka_unit_test(the_cursor_has_its_place_on_the_screen_as_it_is_seen),
		cmocka_unit_test(
			a_picture_that_is_scaled_down_has_its_cursor_beside_the_same_pixels),
		cmocka_unit_test(a_cursor_that_nobody_takes_is_left_as_it_is),
		cmocka_unit_test(the_guest_is_asked_for_places_of_its_own_screen),
	};

	return cmocka_run_group_tests_name("view-rotation", tests, NULL, NULL);
}
