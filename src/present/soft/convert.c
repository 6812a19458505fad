/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/convert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- curves --------------------------------------------------------------------------------- */

#define CODES_10 1024u
#define CODES_16F 65536u
#define PQ_WHITE_NITS 203.0

static uint8_t encode_srgb(double linear)
{
	double encoded;

	if (!(linear > 0.0)) /* also what is no number */
		return 0;
	if (linear >= 1.0)
		return 255;
	encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1.0 / 2.4) - 0.055;
	return (uint8_t)lround(encoded * 255.0);
}

static double half_to_double(uint32_t half)
{
	int exponent = (half >> 10) & 0x1f;
	double fraction = half & 0x3ff;
	double value;

	if (exponent == 31)
		value = fraction != 0.0 ? (double)NAN : (double)INFINITY;
	else if (exponent == 0)
		value = ldexp(fraction, -24);
	else
		value = ldexp(fraction + 1024.0, exponent - 25);
	return half & 0x8000 ? -value : value;
}

/* SMPTE ST 2084: code 0..1 to nits. */
static double decode_pq(double code)
{
	double power = pow(code, 1.0 / 78.84375);
	double above = fmax(power - 0.8359375, 0.0);

	return 10000.0 * pow(above / (18.8515625 - 18.6875 * power), 1.0 / 0.1593017578125);
}

static const uint8_t *get_half_curve(void)
{
	static uint8_t curve[CODES_16F];
	static bool built;

	for (uint32_t i = 0; !built && i < CODES_16F; i++)
		curve[i] = encode_srgb(half_to_double(i));
	built = true;
	return curve;
}

static const uint8_t *get_linear_curve(void)
{
	static uint8_t curve[CODES_10];
	static bool built;

	for (uint32_t i = 0; !built && i < CODES_10; i++)
		curve[i] = encode_srgb(i / (CODES_10 - 1.0));
	built = true;
	return curve;
}

static const uint8_t *get_pq_curve(void)
{
	static uint8_t curve[CODES_10];
	static bool built;

	for (uint32_t i = 0; !built && i < CODES_10; i++)
		curve[i] = encode_srgb(decode_pq(i / (CODES_10 - 1.0)) / PQ_WHITE_NITS);
	built = true;
	return curve;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static inline uint32_t load32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof value);
	return value;
}

static inline uint32_t pack(uint32_t red, uint32_t green, uint32_t blue)
{
	return 0xff000000u | red << 16 | green << 8 | blue;
}

static void row_bgra(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	memcpy(to, from, (size_t)count * 4);
}

static void row_rgba(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = (in & 0xff00ff00u) | (in & 0xff) << 16 | (in >> 16 & 0xff);
	}
}

static inline uint32_t narrow_10(uint32_t code)
{
	return (code * 255 + 511) / 1023;
}

static void row_rgba10(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack(narrow_10(in & 0x3ff), narrow_10(in >> 10 & 0x3ff),
			narrow_10(in >> 20 & 0x3ff));
	}
}

static void row_rgba10_curve(
	uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack(curve[in & 0x3ff], curve[in >> 10 & 0x3ff], curve[in >> 20 & 0x3ff]);
	}
}

static void row_rgba16f(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint16_t in[4];

		memcpy(in, from + (size_t)i * 8, sizeof in);
		to[i] = pack(curve[in[0]], curve[in[1]], curve[in[2]]);
	}
}

static void row_bgr(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++, from += 3)
		to[i] = pack(from[2], from[1], from[0]);
}

static void row_rgb(uint32_t *to, const uint8_t *from, uint32_t count, const uint8_t *curve)
{
	for (uint32_t i = 0; i < count; i++, from += 3)
		to[i] = pack(from[0], from[1], from[2]);
}

static const oriel_soft_convert_fn rows[ORIEL_PIXEL_COUNT] = {
	[ORIEL_PIXEL_BGRA] = row_bgra,
	[ORIEL_PIXEL_RGBA] = row_rgba,
	[ORIEL_PIXEL_RGBA10] = row_rgba10,
	[ORIEL_PIXEL_RGBA16F] = row_rgba16f,
	[ORIEL_PIXEL_BGR_32] = row_bgr,
	[ORIEL_PIXEL_RGB_24] = row_rgb,
};

static const uint8_t *choose_curve(const struct oriel_picture *picture)
{
	if (picture->format == ORIEL_PIXEL_RGBA16F)
		return get_half_curve();
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR_PQ)
		return get_pq_curve();
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR)
		return get_linear_curve();
	return NULL;
}

struct oriel_soft_convert oriel_soft_convert_choose(const struct oriel_picture *picture)
{
	struct oriel_soft_convert convert = {
		.row = rows[picture->format],
		.curve = choose_curve(picture),
		.pixel_bytes = oriel_pixel_get_info(picture->format)->bytes,
		.is_copy = picture->format == ORIEL_PIXEL_BGRA,
	};

	if (picture->format == ORIEL_PIXEL_RGBA10 && convert.curve)
		convert.row = row_rgba10_curve;
	return convert;
}
