/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rectangles and damage, checked against a bitmap of the same picture. */
#include "base/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIDE 64u

struct bitmap {
	bool set[SIDE][SIDE];
};

static uint32_t seed;

/* The same numbers in every run. */
static uint32_t next_number(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct oriel_rect make_random_rect(uint32_t largest)
{
	struct oriel_rect rect = {next_number(SIDE), next_number(SIDE), next_number(largest + 1),
		next_number(largest + 1)};

	oriel_rect_clip(&rect, SIDE, SIDE);
	return rect;
}

static void paint(struct bitmap *bitmap, const struct oriel_rect *rect)
{
	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		for (uint32_t x = rect->x; x < rect->x + rect->w; x++)
			bitmap->set[y][x] = true;
}

static void assert_covers(const struct oriel_damage *damage, const struct bitmap *wanted)
{
	struct bitmap painted = {0};

	assert_true(damage->count <= ORIEL_DAMAGE_MAX);
	for (uint32_t i = 0; i < damage->count; i++) {
		assert_true(damage->rects[i].w && damage->rects[i].h);
		paint(&painted, &damage->rects[i]);
	}
	for (uint32_t y = 0; y < SIDE; y++)
		for (uint32_t x = 0; x < SIDE; x++)
			assert_true(painted.set[y][x] || !wanted->set[y][x]);
}

/* ---- rectangles ----------------------------------------------------------------------------- */

static void check_clip(struct oriel_rect rect, struct oriel_rect wanted)
{
	oriel_rect_clip(&rect, 100, 50);
	assert_int_equal(rect.w, wanted.w);
	assert_int_equal(rect.h, wanted.h);
	if (!wanted.w || !wanted.h)
		return;
	assert_int_equal(rect.x, wanted.x);
	assert_int_equal(rect.y, wanted.y);
}

static void test_clip(void **state)
{
	check_clip((struct oriel_rect){0, 0, 100, 50}, (struct oriel_rect){0, 0, 100, 50});
	check_clip((struct oriel_rect){90, 40, 20, 20}, (struct oriel_rect){90, 40, 10, 10});
	check_clip((struct oriel_rect){99, 49, UINT32_MAX, UINT32_MAX},
		(struct oriel_rect){99, 49, 1, 1});
	check_clip((struct oriel_rect){100, 0, 1, 1}, (struct oriel_rect){0, 0, 0, 0});
	check_clip((struct oriel_rect){0, 50, 1, 1}, (struct oriel_rect){0, 0, 0, 0});
	check_clip((struct oriel_rect){UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
		(struct oriel_rect){0, 0, 0, 0});
}

static void test_intersect_and_union(void **state)
{
	const struct oriel_rect a = {10, 10, 20, 20}, b = {25, 5, 20, 10}, apart = {30, 10, 5, 5};
	struct oriel_rect shared = {1, 2, 3, 4}, both;

	assert_true(oriel_rect_intersect(&a, &b, &shared));
	assert_int_equal(shared.x, 25);
	assert_int_equal(shared.y, 10);
	assert_int_equal(shared.w, 5);
	assert_int_equal(shared.h, 5);
	assert_false(oriel_rect_intersect(&a, &apart, &shared));
	assert_int_equal(shared.x, 25);
	both = oriel_rect_union(&a, &b);
	assert_int_equal(both.x, 10);
	assert_int_equal(both.y, 5);
	assert_int_equal(both.w, 35);
	assert_int_equal(both.h, 25);
}

/* ---- damage --------------------------------------------------------------------------------- */

static void test_few_rectangles_stay_exact(void **state)
{
	struct oriel_damage damage = {0};

	oriel_damage_add(&damage, (struct oriel_rect){0, 0, 0, 5});
	assert_true(oriel_damage_is_empty(&damage));
	oriel_damage_add(&damage, (struct oriel_rect){0, 0, 10, 10});
	oriel_damage_add(&damage, (struct oriel_rect){2, 2, 3, 3});
	assert_int_equal(damage.count, 1);
	oriel_damage_add(&damage, (struct oriel_rect){10, 0, 5, 10});
	assert_int_equal(damage.count, 1);
	assert_int_equal(damage.rects[0].w, 15);
	oriel_damage_add(&damage, (struct oriel_rect){40, 40, 5, 5});
	assert_int_equal(damage.count, 2);
	assert_int_equal(oriel_damage_area_px(&damage, SIDE, SIDE), 175);
	/* One around everything takes the others in. */
	oriel_damage_add(&damage, (struct oriel_rect){0, 0, 64, 64});
	assert_int_equal(damage.count, 1);
}

static void test_full_absorbs(void **state)
{
	struct oriel_damage damage = {0}, full = {.full = true};

	oriel_damage_add(&damage, (struct oriel_rect){1, 1, 1, 1});
	oriel_damage_merge(&damage, &full);
	assert_true(damage.full);
	assert_int_equal(damage.count, 0);
	oriel_damage_add(&damage, (struct oriel_rect){1, 1, 1, 1});
	assert_int_equal(damage.count, 0);
	assert_int_equal(oriel_damage_area_px(&damage, 10, 20), 200);
	oriel_damage_clip(&damage, 1, 1);
	assert_true(damage.full);
	oriel_damage_clear(&damage);
	assert_true(oriel_damage_is_empty(&damage));
}

/* However many are added, nothing is left out and nothing grows beyond the header's room. */
static void test_random_additions_cover(void **state)
{
	for (seed = 0; seed < 200; seed++) {
		struct oriel_damage damage = {0};
		struct bitmap wanted = {0};
		uint32_t largest = 1 + seed % 20;
		uint32_t saved = seed;

		for (int i = 0; i < 200; i++) {
			struct oriel_rect rect = make_random_rect(largest);

			oriel_damage_add(&damage, rect);
			paint(&wanted, &rect);
			assert_covers(&damage, &wanted);
		}
		seed = saved;
	}
}

/* Apart from each other, as many as have room: each pixel that is covered was asked for. */
static void test_rectangles_apart_stay_exact(void **state)
{
	for (seed = 0; seed < 100; seed++) {
		struct oriel_damage damage = {0};
		uint64_t area_px = 0;
		uint32_t saved = seed;

		for (uint32_t cell = 0; cell < ORIEL_DAMAGE_MAX; cell++) {
			struct oriel_rect rect = {
				cell % 8 * 8, cell / 8 * 8, 1 + next_number(7), 1 + next_number(7)};

			oriel_damage_add(&damage, rect);
			area_px += rect.w * rect.h;
		}
		assert_int_equal(damage.count, ORIEL_DAMAGE_MAX);
		assert_int_equal(oriel_damage_area_px(&damage, SIDE, SIDE), area_px);
		seed = saved;
	}
}

static void test_random_merge_and_clip(void **state)
{
	for (seed = 0; seed < 200; seed++) {
		struct oriel_damage a = {0}, b = {0};
		struct bitmap wanted = {0};
		uint32_t saved = seed;

		for (int i = 0; i < 50; i++) {
			struct oriel_rect rect = make_random_rect(9);

			oriel_damage_add(i % 2 ? &a : &b, rect);
			oriel_rect_clip(&rect, 40, 30);
			paint(&wanted, &rect);
		}
		oriel_damage_merge(&a, &b);
		oriel_damage_clip(&a, 40, 30);
		assert_covers(&a, &wanted);
		for (uint32_t i = 0; i < a.count; i++) {
			assert_true(a.rects[i].x + a.rects[i].w <= 40);
			assert_true(a.rects[i].y + a.rects[i].h <= 30);
		}
		seed = saved;
	}
}

static void test_sort(void **state)
{
	struct oriel_damage damage = {0};

	seed = 5;
	for (damage.count = 0; damage.count < ORIEL_DAMAGE_MAX; damage.count++)
		damage.rects[damage.count] =
			(struct oriel_rect){next_number(9), next_number(9), damage.count + 1, 1};
	oriel_damage_sort(&damage);
	for (uint32_t i = 1; i < damage.count; i++) {
		const struct oriel_rect *before = &damage.rects[i - 1], *after = &damage.rects[i];

		assert_true(
			before->y < after->y || (before->y == after->y && before->x <= after->x));
	}
	/* Each is still there: the widths are 1 to 64. */
	assert_int_equal(oriel_damage_area_px(&damage, SIDE, SIDE), 64 * 65 / 2);
}

/* ---- pixels and cursors --------------------------------------------------------------------- */

static void test_formats(void **state)
{
	for (int i = ORIEL_PIXEL_BGRA; i < ORIEL_PIXEL_COUNT; i++) {
		const struct oriel_pixel_info *info =
			oriel_pixel_get_info((enum oriel_pixel_format)i);

		assert_non_null(info);
		assert_int_equal(oriel_pixel_from_name(info->name), i);
	}
	assert_null(oriel_pixel_get_info(ORIEL_PIXEL_INVALID));
	assert_null(oriel_pixel_get_info(ORIEL_PIXEL_COUNT));
	assert_null(oriel_pixel_get_info((enum oriel_pixel_format) - 1));
	assert_int_equal(oriel_pixel_from_name("bgr"), ORIEL_PIXEL_INVALID);
	assert_int_equal(oriel_pixel_from_name(""), ORIEL_PIXEL_INVALID);
}

static void test_pictures(void **state)
{
	struct oriel_picture a = {.format = ORIEL_PIXEL_BGR_32, .width_px = 11}, b = a;

	assert_int_equal(oriel_picture_get_row_bytes(&a), 33);
	b.flags = ORIEL_PICTURE_HDR;
	assert_true(oriel_picture_is_same_layout(&a, &b));
	b.rotation = ORIEL_ROTATE_90;
	assert_false(oriel_picture_is_same_layout(&a, &b));
	a.format = ORIEL_PIXEL_RGBA16F;
	assert_int_equal(oriel_picture_get_row_bytes(&a), 88);
	a.format = ORIEL_PIXEL_INVALID;
	assert_int_equal(oriel_picture_get_row_bytes(&a), 0);
}

static void test_cursor_bytes(void **state)
{
	struct oriel_cursor_shape shape = {
		.type = ORIEL_CURSOR_COLOUR, .height_px = 10, .pitch_bytes = 40};

	assert_int_equal(oriel_cursor_get_image_bytes(&shape), 400);
	shape.type = ORIEL_CURSOR_MONOCHROME;
	assert_int_equal(oriel_cursor_get_image_bytes(&shape), 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_intersect_and_union),
		cmocka_unit_test(test_few_rectangles_stay_exact),
		cmocka_unit_test(test_full_absorbs),
		cmocka_unit_test(test_random_additions_cover),
		cmocka_unit_test(test_rectangles_apart_stay_exact),
		cmocka_unit_test(test_random_merge_and_clip),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_cursor_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
