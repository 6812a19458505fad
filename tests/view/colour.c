/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Colours for other eyes and darker screens. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "present/soft/convert.h"

static uint32_t apply(struct oriel_colours colours, uint32_t pixel)
{
	struct oriel_soft_colour colour;

	assert_true(oriel_soft_colour_make(&colour, &colours));
	oriel_soft_colour_apply_rt(&colour, &pixel, 1);
	return pixel;
}

static int channel(uint32_t pixel, int shift)
{
	return (int)(pixel >> shift & 0xff);
}

static void nothing_asked_is_nothing_done(void **state)
{
	struct oriel_soft_colour colour;

	assert_false(oriel_soft_colour_make(&colour, &(struct oriel_colours){0}));
	assert_false(oriel_soft_colour_make(
		&colour, &(struct oriel_colours){.brightness_percent = 100}));
}

static void brightness_is_a_factor(void **state)
{
	for (uint32_t percent = 10; percent <= 400; percent += 13)
		for (uint32_t value = 0; value < 256; value++) {
			uint32_t pixel =
				apply((struct oriel_colours){.brightness_percent = percent},
					value << 16 | (255 - value) << 8 | value);
			double wanted = fmin(value * percent / 100.0, 255);

			assert_true(fabs(channel(pixel, 16) - wanted) <= 0.6);
			assert_int_equal(channel(pixel, 16), channel(pixel, 0));
			assert_int_equal(pixel >> 24, 0xff);
		}
}

static void grey_stays_grey_for_all_eyes(void **state)
{
	for (int blind = ORIEL_COLOUR_BLIND_PROTAN; blind <= ORIEL_COLOUR_BLIND_TRITAN; blind++)
		for (uint32_t value = 0; value < 256; value++) {
			uint32_t pixel = apply(
				(struct oriel_colours){.blind = (enum oriel_colour_blind)blind},
				value * 0x010101);

			for (int shift = 0; shift < 24; shift += 8)
				assert_in_range(channel(pixel, shift) + 3, value, value + 6);
		}
}

/* What the three kinds of cones take of red, green and blue. */
static const double cones[3][3] = {
	{17.8824, 43.5161, 4.11935}, {3.45565, 27.1554, 3.86714}, {0.0299566, 0.184309, 1.46709}};
/* The two that are there. */
static const int others[][2] = {[ORIEL_COLOUR_BLIND_PROTAN] = {1, 2},
	[ORIEL_COLOUR_BLIND_DEUTAN] = {0, 2},
	[ORIEL_COLOUR_BLIND_TRITAN] = {0, 1}};

/* How far two colours are apart for such eyes, grey against grey being the measure. */
static double differ(enum oriel_colour_blind blind, uint32_t one, uint32_t other)
{
	double squares = 0;

	for (int i = 0; i < 2; i++) {
		const double *cone = cones[others[blind][i]];
		double difference = 0;

		for (int c = 0; c < 3; c++)
			difference +=
				cone[c] * (channel(one, 16 - 8 * c) - channel(other, 16 - 8 * c));
		difference /= cone[0] + cone[1] + cone[2];
		squares += difference * difference;
	}
	return sqrt(squares);
}

/* Grey with so much of what such eyes do not see at all: neither of their cones takes more of it.
 */
static uint32_t make_unseen(enum oriel_colour_blind blind, double amount)
{
	const double *a = cones[others[blind][0]], *b = cones[others[blind][1]];
	double unseen[3], most = 0;
	uint32_t pixel = 0;

	for (int c = 0; c < 3; c++) {
		unseen[c] = a[(c + 1) % 3] * b[(c + 2) % 3] - a[(c + 2) % 3] * b[(c + 1) % 3];
		most = fmax(most, fabs(unseen[c]));
	}
	for (int c = 0; c < 3; c++)
		pixel |= (uint32_t)lround(128 + amount * unseen[c] / most) << (16 - 8 * c);
	return pixel;
}

/* Two colours that look the same to such eyes do so no longer. */
static void what_was_missed_is_seen(void **state)
{
	for (int blind = ORIEL_COLOUR_BLIND_PROTAN; blind <= ORIEL_COLOUR_BLIND_TRITAN; blind++) {
		enum oriel_colour_blind kind = (enum oriel_colour_blind)blind;
		struct oriel_colours colours = {.blind = kind};
		uint32_t one = make_unseen(kind, 60), other = make_unseen(kind, -60);

		assert_true(differ(kind, one, other) < 2);
		assert_true(differ(kind, apply(colours, one), apply(colours, other)) > 20);
	}
}

/* ---- bright light --------------------------------------------------------------------------- */

static int show_pq(uint32_t code, struct oriel_colours colours)
{
	struct oriel_picture picture = {
		.format = ORIEL_PIXEL_RGBA10, .flags = ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ};
	struct oriel_soft_convert convert = oriel_soft_convert_choose(&picture, &colours, false);
	uint32_t in = code | code << 10 | code << 20, out;

	oriel_soft_convert_row_rt(&convert, &out, (const uint8_t *)&in, 1);
	return channel(out, 8);
}

static int show_half(uint16_t code, struct oriel_colours colours)
{
	struct oriel_picture picture = {.format = ORIEL_PIXEL_RGBA16F};
	struct oriel_soft_convert convert = oriel_soft_convert_choose(&picture, &colours, false);
	uint16_t in[4] = {code, code, code, 0};
	uint32_t out;

	oriel_soft_convert_row_rt(&convert, &out, (const uint8_t *)in, 1);
	return channel(out, 8);
}

/* 594 is white (203 nits), 769 is 1000 nits. */
static void bright_light_keeps_its_differences(void **state)
{
	struct oriel_colours compress = {.hdr = ORIEL_HDR_COMPRESS}, clip = {0};
	int before = 0, steps = 0;

	for (uint32_t code = 0; code < 1024; code++) {
		int value = show_pq(code, compress);

		assert_true(value >= before);
		steps += code > 594 && code <= 769 && value > before;
		before = value;
		/* Up to three quarters of white (558) nothing changes. */
		if (code <= 557)
			assert_int_equal(value, show_pq(code, clip));
	}
	assert_int_equal(show_pq(594, clip), 255);
	assert_true(show_pq(594, compress) < 250);
	assert_true(steps > 10);
	assert_true(show_pq(740, compress) < 255);
	assert_int_equal(show_pq(770, compress), 255);
	assert_int_equal(show_pq(1023, compress), 255);
}

static void halves_are_compressed_as_well(void **state)
{
	static const uint16_t one = 0x3c00, two = 0x4000, four = 0x4400, hundred = 0x5640,
			      infinite = 0x7c00, none = 0x7e00, minus_one = 0xbc00;
	struct oriel_colours compress = {.hdr = ORIEL_HDR_COMPRESS}, clip = {0};

	assert_int_equal(show_half(two, clip), 255);
	assert_true(show_half(one, compress) < show_half(two, compress));
	assert_true(show_half(two, compress) < show_half(four, compress));
	assert_true(show_half(four, compress) < 255);
	assert_int_equal(show_half(hundred, compress), 255);
	assert_int_equal(show_half(infinite, compress), 255);
	assert_int_equal(show_half(none, compress), 0);
	assert_int_equal(show_half(minus_one, compress), 0);
}

/* Where the guest's white is brighter, it becomes the window's. */
static void white_can_be_said(void **state)
{
	static const uint16_t two_and_a_half = 0x4100, one = 0x3c00;
	struct oriel_colours colours = {.hdr_white_nits = 200};

	assert_int_equal(show_half(two_and_a_half, colours), 255);
	assert_int_equal(show_half(one, colours), 170); /* 0.4 */
	assert_int_equal(show_half(one, (struct oriel_colours){0}), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_is_nothing_done),
		cmocka_unit_test(brightness_is_a_factor),
		cmocka_unit_test(grey_stays_grey_for_all_eyes),
		cmocka_unit_test(what_was_missed_is_seen),
		cmocka_unit_test(bright_light_keeps_its_differences),
		cmocka_unit_test(halves_are_compressed_as_well),
		cmocka_unit_test(white_can_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
