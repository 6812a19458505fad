/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The patterns as functions: damage covers every change, turning is a turn, formats hold the
 * colour. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "guest/core/pattern.h"

#define WIDTH_PX 301u
#define HEIGHT_PX 199u

static bool covers(const struct oriel_damage *damage, uint32_t x, uint32_t y)
{
	const struct oriel_rect pixel = {x, y, 1, 1};
	struct oriel_rect shared;

	for (uint32_t i = 0; i < damage->count; i++)
		if (oriel_rect_intersect(&damage->rects[i], &pixel, &shared))
			return true;
	return damage->full;
}

static void test_damage(void **state)
{
	for (const struct oriel_pattern_kind *kind = oriel_pattern_kinds; kind->name; kind++) {
		const struct oriel_pattern pattern = {kind, WIDTH_PX, HEIGHT_PX};

		for (uint32_t serial = 1; serial < 20; serial++) {
			struct oriel_damage damage;
			uint32_t changes = 0;

			oriel_pattern_get_damage(&pattern, serial, &damage);
			for (uint32_t y = 0; y < HEIGHT_PX; y++)
				for (uint32_t x = 0; x < WIDTH_PX; x++) {
					if (oriel_pattern_get_rgb(&pattern, serial, x, y) ==
						oriel_pattern_get_rgb(&pattern, serial - 1, x, y))
						continue;
					changes++;
					assert_true(covers(&damage, x, y));
				}
			assert_true(changes > 0);
		}
	}
}

/* The stored image is the upright one turned clockwise: its upper left corner goes to the upper
 * right. */
static void test_turn(void **state)
{
	const struct oriel_pattern pattern = {oriel_pattern_kinds, WIDTH_PX, HEIGHT_PX};
	const uint32_t corner[][2] = {
		{0, 0}, {HEIGHT_PX - 1, 0}, {WIDTH_PX - 1, HEIGHT_PX - 1}, {0, WIDTH_PX - 1}};
	const uint32_t right_of_it[][2] = {
		{1, 0}, {HEIGHT_PX - 1, 1}, {WIDTH_PX - 2, HEIGHT_PX - 1}, {0, WIDTH_PX - 2}};
	uint32_t x, y;

	for (int rotation = 0; rotation < 4; rotation++) {
		oriel_pattern_turn(&pattern, rotation, 0, 0, &x, &y);
		assert_int_equal(x, corner[rotation][0]);
		assert_int_equal(y, corner[rotation][1]);
		oriel_pattern_turn(&pattern, rotation, 1, 0, &x, &y);
		assert_int_equal(x, right_of_it[rotation][0]);
		assert_int_equal(y, right_of_it[rotation][1]);
	}
}

static double decode_half(uint16_t half)
{
	int exponent = half >> 10 & 31;
	double fraction = half & 1023;

	return exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
}

static double decode_srgb(double value)
{
	return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* Linear light, near enough that the way back gives the same 8 bits. */
static void test_half_floats(void **state)
{
	for (uint32_t value = 0; value < 256; value++) {
		uint16_t halves[4];
		double light, wanted = decode_srgb(value / 255.0);

		assert_int_equal(oriel_pattern_store(ORIEL_PIXEL_RGBA16F, (uint8_t *)halves,
					 value << 16 | value << 8 | value),
			8);
		light = decode_half(halves[0]);
		assert_int_equal(halves[1], halves[0]);
		assert_int_equal(halves[2], halves[0]);
		assert_int_equal(halves[3], 0x3c00);
		assert_true(fabs(light - wanted) <= wanted / 2000 + 1e-7);
	}
}

static void test_formats(void **state)
{
	static const struct {
		enum oriel_pixel_format format;
		uint32_t bytes;
		uint8_t wanted[4];
	} cases[] = {
		{ORIEL_PIXEL_BGRA, 4, {0x33, 0x22, 0x11, 0xff}},
		{ORIEL_PIXEL_RGBA, 4, {0x11, 0x22, 0x33, 0xff}},
		{ORIEL_PIXEL_BGR_32, 3, {0x33, 0x22, 0x11}},
		{ORIEL_PIXEL_RGB_24, 3, {0x11, 0x22, 0x33}},
		/* 0x44, 0x88, 0xcc in ten bits each, and full alpha */
		{ORIEL_PIXEL_RGBA10, 4, {0x44, 0x20, 0xc2, 0xcc}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t got[8];

		assert_int_equal(
			oriel_pattern_store(cases[i].format, got, 0x112233), cases[i].bytes);
		assert_memory_equal(got, cases[i].wanted, cases[i].bytes);
	}
}

static void test_cursor_is_premultiplied(void **state)
{
	uint8_t image[ORIEL_PATTERN_CURSOR_PX * ORIEL_PATTERN_CURSOR_PX * 4];

	oriel_pattern_draw_cursor(ORIEL_CURSOR_COLOUR, image);
	for (size_t i = 0; i < sizeof image; i += 4)
		for (size_t channel = 0; channel < 3; channel++)
			assert_true(image[i + channel] <= image[i + 3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_half_floats),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_cursor_is_premultiplied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
