/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/pattern.h"

#include <string.h>

const struct oriel_pattern_kind oriel_pattern_kinds[] = {
	{"box", "one box wanders over a still background", 1, 0},
	{"boxes", "sixteen boxes do", ORIEL_PATTERN_BOXES_MAX, 0},
	{"scroll", "the whole picture moves", 0, 8},
	{0},
};

const struct oriel_pattern_kind *oriel_pattern_find(const char *name)
{
	for (const struct oriel_pattern_kind *kind = oriel_pattern_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

/* ---- picture -------------------------------------------------------------------------------- */

/* No two pixels of a picture up to 4096 x 4096 are alike: a pixel in the wrong place is noticed. */
uint32_t oriel_pattern_get_background_rgb(uint32_t x_px, uint32_t y_px)
{
	uint32_t blue = (x_px >> 8 & 15) << 4 | (y_px >> 8 & 15);

	return (x_px & 255) << 16 | (y_px & 255) << 8 | blue;
}

uint32_t oriel_pattern_get_scroll_px(const struct oriel_pattern *pattern, uint32_t serial)
{
	return serial * pattern->kind->scroll_step_px % ORIEL_PATTERN_SCROLL_PX;
}

struct oriel_rect oriel_pattern_get_box(
	const struct oriel_pattern *pattern, uint32_t serial, uint32_t index)
{
	uint32_t room_x = pattern->width_px - ORIEL_PATTERN_BOX_PX + 1;
	uint32_t room_y = pattern->height_px - ORIEL_PATTERN_BOX_PX + 1;

	return (struct oriel_rect){
		.x = (serial * 7 + index * 389) % room_x,
		.y = (serial * 5 + index * 211) % room_y,
		.w = ORIEL_PATTERN_BOX_PX,
		.h = ORIEL_PATTERN_BOX_PX,
	};
}

uint32_t oriel_pattern_get_box_rgb(uint32_t serial, uint32_t index)
{
	return (serial * 0x050301 + index * 0x123457 + 0x80ff40) & 0xffffff;
}

uint32_t oriel_pattern_get_rgb(
	const struct oriel_pattern *pattern, uint32_t serial, uint32_t x_px, uint32_t y_px)
{
	struct oriel_rect pixel = {x_px, y_px, 1, 1};

	for (uint32_t index = pattern->kind->boxes; index-- > 0;) {
		struct oriel_rect box = oriel_pattern_get_box(pattern, serial, index);
		struct oriel_rect shared;

		if (oriel_rect_intersect(&box, &pixel, &shared))
			return oriel_pattern_get_box_rgb(serial, index);
	}
	return oriel_pattern_get_background_rgb(
		x_px, y_px + oriel_pattern_get_scroll_px(pattern, serial));
}

void oriel_pattern_get_damage(
	const struct oriel_pattern *pattern, uint32_t serial, struct oriel_damage *ret_damage)
{
	oriel_damage_clear(ret_damage);
	if (!serial || pattern->kind->scroll_step_px) {
		oriel_damage_set_full(ret_damage);
		return;
	}
	for (uint32_t index = 0; index < pattern->kind->boxes; index++) {
		oriel_damage_add(ret_damage, oriel_pattern_get_box(pattern, serial - 1, index));
		oriel_damage_add(ret_damage, oriel_pattern_get_box(pattern, serial, index));
	}
	oriel_damage_sort(ret_damage);
}

void oriel_pattern_turn(const struct oriel_pattern *pattern, enum oriel_rotation rotation,
	uint32_t x_px, uint32_t y_px, uint32_t *ret_x_px, uint32_t *ret_y_px)
{
	const uint32_t right = pattern->width_px - 1 - x_px;
	const uint32_t below = pattern->height_px - 1 - y_px;
	const uint32_t turned[][2] = {
		[ORIEL_ROTATE_0] = {x_px, y_px},
		[ORIEL_ROTATE_90] = {below, x_px},
		[ORIEL_ROTATE_180] = {right, below},
		[ORIEL_ROTATE_270] = {y_px, right},
	};

	*ret_x_px = turned[rotation][0];
	*ret_y_px = turned[rotation][1];
}

/* ---- formats -------------------------------------------------------------------------------- */

/* An 8-bit sRGB value as a half float of linear light. */
static const uint16_t linear_halves[256] = {
	0x0000,
	0x0cf9,
	0x10f9,
	0x1376,
	0x14f9,
	0x1637,
	0x1776,
	0x185a,
	0x18f9,
	0x1998,
	0x1a37,
	0x1adb,
	0x1b88,
	0x1c1f,
	0x1c7f,
	0x1ce4,
	0x1d4e,
	0x1dbd,
	0x1e32,
	0x1eab,
	0x1f2a,
	0x1fae,
	0x201c,
	0x2063,
	0x20ad,
	0x20fa,
	0x214a,
	0x219d,
	0x21f2,
	0x224a,
	0x22a6,
	0x2304,
	0x2365,
	0x23c9,
	0x2418,
	0x244d,
	0x2484,
	0x24bc,
	0x24f6,
	0x2532,
	0x256f,
	0x25ad,
	0x25ed,
	0x262f,
	0x2673,
	0x26b8,
	0x26ff,
	0x2747,
	0x2791,
	0x27dd,
	0x2815,
	0x283d,
	0x2865,
	0x288f,
	0x28b9,
	0x28e4,
	0x2910,
	0x293d,
	0x296a,
	0x2999,
	0x29c9,
	0x29f9,
	0x2a2a,
	0x2a5d,
	0x2a90,
	0x2ac4,
	0x2af9,
	0x2b2f,
	0x2b66,
	0x2b9e,
	0x2bd7,
	0x2c08,
	0x2c26,
	0x2c44,
	0x2c62,
	0x2c81,
	0x2ca0,
	0x2cc0,
	0x2ce0,
	0x2d01,
	0x2d22,
	0x2d44,
	0x2d66,
	0x2d89,
	0x2dad,
	0x2dd0,
	0x2df5,
	0x2e1a,
	0x2e3f,
	0x2e65,
	0x2e8b,
	0x2eb2,
	0x2ed9,
	0x2f01,
	0x2f2a,
	0x2f53,
	0x2f7c,
	0x2fa7,
	0x2fd1,
	0x2ffc,
	0x3014,
	0x302a,
	0x3040,
	0x3057,
	0x306e,
	0x3085,
	0x309d,
	0x30b4,
	0x30cc,
	0x30e5,
	0x30fd,
	0x3116,
	0x312f,
	0x3149,
	0x3162,
	0x317c,
	0x3197,
	0x31b1,
	0x31cc,
	0x31e7,
	0x3203,
	0x321e,
	0x323a,
	0x3257,
	0x3273,
	0x3290,
	0x32ad,
	0x32cb,
	0x32e8,
	0x3306,
	0x3325,
	0x3343,
	0x3362,
	0x3381,
	0x33a1,
	0x33c1,
	0x33e1,
	0x3401,
	0x3411,
	0x3422,
	0x3432,
	0x3443,
	0x3454,
	0x3465,
	0x3476,
	0x3488,
	0x3499,
	0x34ab,
	0x34bd,
	0x34cf,
	0x34e1,
	0x34f4,
	0x3506,
	0x3519,
	0x352c,
	0x353f,
	0x3552,
	0x3565,
	0x3578,
	0x358c,
	0x35a0,
	0x35b4,
	0x35c8,
	0x35dc,
	0x35f1,
	0x3605,
	0x361a,
	0x362f,
	0x3644,
	0x3659,
	0x366f,
	0x3684,
	0x369a,
	0x36b0,
	0x36c6,
	0x36dc,
	0x36f2,
	0x3709,
	0x3720,
	0x3736,
	0x374d,
	0x3765,
	0x377c,
	0x3794,
	0x37ab,
	0x37c3,
	0x37db,
	0x37f3,
	0x3806,
	0x3812,
	0x381f,
	0x382b,
	0x3838,
	0x3844,
	0x3851,
	0x385e,
	0x386b,
	0x3877,
	0x3885,
	0x3892,
	0x389f,
	0x38ac,
	0x38ba,
	0x38c7,
	0x38d5,
	0x38e2,
	0x38f0,
	0x38fe,
	0x390c,
	0x391a,
	0x3928,
	0x3936,
	0x3944,
	0x3953,
	0x3961,
	0x3970,
	0x397e,
	0x398d,
	0x399c,
	0x39ab,
	0x39ba,
	0x39c9,
	0x39d8,
	0x39e7,
	0x39f7,
	0x3a06,
	0x3a16,
	0x3a25,
	0x3a35,
	0x3a45,
	0x3a55,
	0x3a65,
	0x3a75,
	0x3a85,
	0x3a95,
	0x3aa5,
	0x3ab6,
	0x3ac6,
	0x3ad7,
	0x3ae8,
	0x3af9,
	0x3b09,
	0x3b1a,
	0x3b2c,
	0x3b3d,
	0x3b4e,
	0x3b5f,
	0x3b71,
	0x3b82,
	0x3b94,
	0x3ba6,
	0x3bb8,
	0x3bca,
	0x3bdc,
	0x3bee,
	0x3c00,
};

static uint32_t store_bgr(uint8_t *to, uint32_t rgb)
{
	to[0] = (uint8_t)rgb;
	to[1] = (uint8_t)(rgb >> 8);
	to[2] = (uint8_t)(rgb >> 16);
	return 3;
}

static uint32_t store_rgb(uint8_t *to, uint32_t rgb)
{
	to[0] = (uint8_t)(rgb >> 16);
	to[1] = (uint8_t)(rgb >> 8);
	to[2] = (uint8_t)rgb;
	return 3;
}

static uint32_t store_bgra(uint8_t *to, uint32_t rgb)
{
	store_bgr(to, rgb);
	to[3] = 0xff;
	return 4;
}

static uint32_t store_rgba(uint8_t *to, uint32_t rgb)
{
	store_rgb(to, rgb);
	to[3] = 0xff;
	return 4;
}

static uint32_t widen_to_10(uint32_t value)
{
	return value << 2 | value >> 6;
}

static uint32_t store_rgba10(uint8_t *to, uint32_t rgb)
{
	uint32_t word = widen_to_10(rgb >> 16 & 255) | widen_to_10(rgb >> 8 & 255) << 10 |
			widen_to_10(rgb & 255) << 20 | 3u << 30;

	for (uint32_t i = 0; i < 4; i++)
		to[i] = (uint8_t)(word >> 8 * i);
	return 4;
}

static uint32_t store_rgba16f(uint8_t *to, uint32_t rgb)
{
	const uint16_t halves[] = {linear_halves[rgb >> 16 & 255], linear_halves[rgb >> 8 & 255],
		linear_halves[rgb & 255], linear_halves[255]};

	for (uint32_t i = 0; i < 4; i++) {
		to[2 * i] = (uint8_t)halves[i];
		to[2 * i + 1] = (uint8_t)(halves[i] >> 8);
	}
	return 8;
}

static uint32_t (*const stores[ORIEL_PIXEL_COUNT])(uint8_t *to, uint32_t rgb) = {
	[ORIEL_PIXEL_BGRA] = store_bgra,
	[ORIEL_PIXEL_RGBA] = store_rgba,
	[ORIEL_PIXEL_RGBA10] = store_rgba10,
	[ORIEL_PIXEL_RGBA16F] = store_rgba16f,
	[ORIEL_PIXEL_BGR_32] = store_bgr,
	[ORIEL_PIXEL_RGB_24] = store_rgb,
};

uint32_t oriel_pattern_store(enum oriel_pixel_format format, uint8_t *to, uint32_t rgb)
{
	return stores[format](to, rgb);
}

/* ---- cursor --------------------------------------------------------------------------------- */

void oriel_pattern_get_cursor(
	const struct oriel_pattern *pattern, uint32_t serial, int32_t *ret_x_px, int32_t *ret_y_px)
{
	/* From just outside of the upper left edge to the other end. */
	*ret_x_px = (int32_t)(serial * 3 % pattern->width_px) - 4;
	*ret_y_px = (int32_t)(serial * 2 % pattern->height_px) - 4;
}

/* Alpha grows to the right; premultiplied. */
static void draw_colour(uint8_t *image)
{
	for (uint32_t y = 0; y < ORIEL_PATTERN_CURSOR_PX; y++) {
		for (uint32_t x = 0; x < ORIEL_PATTERN_CURSOR_PX; x++) {
			uint32_t alpha = x * 255 / (ORIEL_PATTERN_CURSOR_PX - 1);

			*image++ = (uint8_t)(alpha * y / ORIEL_PATTERN_CURSOR_PX);
			*image++ = (uint8_t)(alpha / 2);
			*image++ = (uint8_t)alpha;
			*image++ = (uint8_t)alpha;
		}
	}
}

/* Four quarters: black, white, transparent, inverted. */
static void draw_monochrome(uint8_t *image)
{
	const uint32_t row_bytes = ORIEL_PATTERN_CURSOR_PX / 8;

	for (uint32_t y = 0; y < ORIEL_PATTERN_CURSOR_PX; y++) {
		bool is_lower = y >= ORIEL_PATTERN_CURSOR_PX / 2;
		uint8_t *and_row = image + y * row_bytes;
		uint8_t *xor_row = and_row + ORIEL_PATTERN_CURSOR_PX * row_bytes;

		memset(and_row, is_lower ? 0xff : 0, row_bytes);
		memset(xor_row, 0, row_bytes / 2);
		memset(xor_row + row_bytes / 2, 0xff, row_bytes / 2);
	}
}

/* The upper half replaces, the lower half inverts more and more of the bits. */
static void draw_masked(uint8_t *image)
{
	for (uint32_t y = 0; y < ORIEL_PATTERN_CURSOR_PX; y++) {
		for (uint32_t x = 0; x < ORIEL_PATTERN_CURSOR_PX; x++) {
			*image++ = (uint8_t)(x * 8);
			*image++ = (uint8_t)(y * 8);
			*image++ = (uint8_t)(255 - x * 8);
			*image++ = y < ORIEL_PATTERN_CURSOR_PX / 2 ? 0 : 0xff;
		}
	}
}

struct oriel_cursor_shape oriel_pattern_draw_cursor(enum oriel_cursor_type type, uint8_t *image)
{
	static void (*const draws[])(uint8_t * image) = {
		[ORIEL_CURSOR_COLOUR] = draw_colour,
		[ORIEL_CURSOR_MONOCHROME] = draw_monochrome,
		[ORIEL_CURSOR_MASKED] = draw_masked,
	};

	draws[type](image);
	return (struct oriel_cursor_shape){
		.type = type,
		.width_px = ORIEL_PATTERN_CURSOR_PX,
		.height_px = ORIEL_PATTERN_CURSOR_PX,
		.pitch_bytes = type == ORIEL_CURSOR_MONOCHROME ? ORIEL_PATTERN_CURSOR_PX / 8
							       : ORIEL_PATTERN_CURSOR_PX * 4,
		.hot_x_px = 4,
		.hot_y_px = 4,
		.image = image,
	};
}
