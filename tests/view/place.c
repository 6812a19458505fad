/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a picture goes on a window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "present/soft/place.h"

static void places_by_the_table(void **state)
{
	static const struct {
		uint32_t window[2], picture[2];
		enum oriel_scale scale;
		int32_t x, y;
		uint32_t w, h;
		bool nearest; /* by the automatic filter */
	} rows[] = {
		{{1920, 1080}, {1920, 1080}, ORIEL_SCALE_FIT, 0, 0, 1920, 1080, true},
		{{1280, 720}, {1920, 1080}, ORIEL_SCALE_FIT, 0, 0, 1280, 720, false},
		{{1280, 1024}, {1920, 1080}, ORIEL_SCALE_FIT, 0, 152, 1280, 720, false},
		{{2000, 720}, {1920, 1080}, ORIEL_SCALE_FIT, 360, 0, 1280, 720, false},
		{{3840, 2160}, {1920, 1080}, ORIEL_SCALE_FIT, 0, 0, 3840, 2160, true},
		{{2000, 1200}, {1920, 1080}, ORIEL_SCALE_NONE, 40, 60, 1920, 1080, true},
		{{1000, 1000}, {1920, 1080}, ORIEL_SCALE_NONE, -460, -40, 1920, 1080, true},
		{{2000, 2000}, {640, 480}, ORIEL_SCALE_INTEGER, 40, 280, 1920, 1440, true},
		{{320, 200}, {640, 480}, ORIEL_SCALE_INTEGER, 26, 0, 267, 200, false},
		{{1000, 10}, {640, 480}, ORIEL_SCALE_STRETCH, 0, 0, 1000, 10, false},
		{{1, 1}, {16384, 1}, ORIEL_SCALE_FIT, 0, 0, 1, 1, false},
		{{16384, 16384}, {1, 16384}, ORIEL_SCALE_FIT, 8191, 0, 1, 16384, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct oriel_soft_place place = oriel_soft_place_make(rows[i].window[0],
			rows[i].window[1], rows[i].picture[0], rows[i].picture[1], rows[i].scale,
			ORIEL_FILTER_AUTO);

		assert_int_equal(place.x_px, rows[i].x);
		assert_int_equal(place.y_px, rows[i].y);
		assert_int_equal(place.width_px, rows[i].w);
		assert_int_equal(place.height_px, rows[i].h);
		assert_int_equal(place.nearest, rows[i].nearest);
		assert_true(place.seen.x + place.seen.w <= rows[i].window[0]);
		assert_true(place.seen.y + place.seen.h <= rows[i].window[1]);
	}
}

/* Every window pixel that shows a damaged picture pixel, or blends one in, must be within. */
static void mapped_rectangles_cover_what_they_must(void **state)
{
	static const uint32_t windows[][2] = {{100, 60}, {37, 90}, {250, 251}, {64, 48}};

	for (size_t i = 0; i < 4; i++) {
		struct oriel_soft_place place = oriel_soft_place_make(
			windows[i][0], windows[i][1], 64, 48, ORIEL_SCALE_FIT, ORIEL_FILTER_LINEAR);

		for (uint32_t x = 0; x < 64; x += 7) {
			struct oriel_rect rect = {x, 11, 64 - x < 5 ? 64 - x : 5, 9};
			struct oriel_rect mapped = oriel_soft_place_map(&place, &rect);
			/* centres of window pixels within half a picture pixel of the rectangle */
			double scale = place.width_px / 64.0;
			double left = (x - 0.5) * scale - 0.5 + place.x_px;
			double right = (x + rect.w + 0.5) * scale - 0.5 + place.x_px;

			for (uint32_t at = place.seen.x; at < place.seen.x + place.seen.w; at++)
				if (at > left && at < right) {
					assert_true(at >= mapped.x);
					assert_true(at < mapped.x + mapped.w);
				}
			assert_true(mapped.x >= place.seen.x);
			assert_true(mapped.x + mapped.w <= place.seen.x + place.seen.w);
			assert_true(mapped.y + mapped.h <= place.seen.y + place.seen.h);
		}
	}
}

static void cut_off_pictures_map_inside(void **state)
{
	struct oriel_soft_place place =
		oriel_soft_place_make(100, 100, 300, 300, ORIEL_SCALE_NONE, ORIEL_FILTER_AUTO);
	struct oriel_rect rect = {0, 0, 101, 300}, outside = {0, 0, 50, 300};
	struct oriel_rect mapped = oriel_soft_place_map(&place, &rect);

	assert_false(place.is_whole);
	assert_int_equal(mapped.x, 0);
	assert_int_equal(mapped.w, 1);
	assert_int_equal(mapped.h, 100);
	mapped = oriel_soft_place_map(&place, &outside);
	assert_int_equal(mapped.w, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_by_the_table),
		cmocka_unit_test(mapped_rectangles_cover_what_they_must),
		cmocka_unit_test(cut_off_pictures_map_inside),
	};

	return cmocka_run_group_tests_name("view-place", tests, NULL, NULL);
}
