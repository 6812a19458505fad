/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/convert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- curves --------------------------------------------------------------------------------- */

#define CODES_10 1024u
#define CODES_16F 65536u
#define SCRGB_WHITE_NITS 80
#define PQ_WHITE_NITS 203

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

/* Light up to white stays what it is up to here; from there on it bends towards the brightest. */
#define KNEE 0.75
/* What screens are made for today; brighter light becomes white. */
#define PEAK_NITS 1000.0

/* linear: white is 1. The bend begins as steep as the line, so that none is seen. */
static double compress(double linear, double peak)
{
	double over = (linear - KNEE) / (1.0 - KNEE), most = (peak - KNEE) / (1.0 - KNEE);

	/* Also what is no number. */
	if (!(linear > KNEE) || peak <= 1.0)
		return linear;
	if (linear >= peak)
		return 1.0;
	return KNEE + (1.0 - KNEE) * over * (1.0 + over / (most * most)) / (1.0 + over);
}

static uint8_t encode_nits(double nits, double white_nits, const struct oriel_colours *colours)
{
	double linear = nits / white_nits;

	if (colours->hdr == ORIEL_HDR_COMPRESS)
		linear = compress(linear, PEAK_NITS / white_nits);
	return encode_srgb(linear);
}

static double decode_half(uint32_t code)
{
	return half_to_double(code) * SCRGB_WHITE_NITS;
}

static double decode_linear(uint32_t code)
{
	return code / (CODES_10 - 1.0) * SCRGB_WHITE_NITS;
}

static double decode_pq_code(uint32_t code)
{
	return decode_pq(code / (CODES_10 - 1.0));
}

/* A table of each; the last settings that it was made for. */
struct curve {
	double (*decode_nits)(uint32_t code);
	uint32_t codes, white_nits;
	uint8_t *values;
	bool is_built;
	struct oriel_colours colours;
};

static const uint8_t *build(struct curve *curve, const struct oriel_colours *colours)
{
	double white_nits = colours->hdr_white_nits ? colours->hdr_white_nits : curve->white_nits;

	if (curve->is_built && curve->colours.hdr == colours->hdr &&
		curve->colours.hdr_white_nits == colours->hdr_white_nits)
		return curve->values;
	for (uint32_t i = 0; i < curve->codes; i++)
		curve->values[i] = encode_nits(curve->decode_nits(i), white_nits, colours);
	curve->colours = *colours;
	curve->is_built = true;
	return curve->values;
}

static const uint8_t *get_half_curve(const struct oriel_colours *colours)
{
	static uint8_t values[CODES_16F];
	static struct curve curve = {decode_half, CODES_16F, SCRGB_WHITE_NITS, values};

	return build(&curve, colours);
}

static const uint8_t *get_linear_curve(const struct oriel_colours *colours)
{
	static uint8_t values[CODES_10];
	static struct curve curve = {decode_linear, CODES_10, SCRGB_WHITE_NITS, values};

	return build(&curve, colours);
}

static const uint8_t *get_pq_curve(const struct oriel_colours *colours)
{
	static uint8_t values[CODES_10];
	static struct curve curve = {decode_pq_code, CODES_10, PQ_WHITE_NITS, values};

	return build(&curve, colours);
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

static const uint8_t *choose_curve(
	const struct oriel_picture *picture, const struct oriel_colours *colours)
{
	if (picture->format == ORIEL_PIXEL_RGBA16F)
		return get_half_curve(colours);
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR_PQ)
		return get_pq_curve(colours);
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR)
		return get_linear_curve(colours);
	return NULL;
}

struct oriel_soft_convert oriel_soft_convert_choose(
	const struct oriel_picture *picture, const struct oriel_colours *colours)
{
	struct oriel_soft_convert convert = {
		.row = rows[picture->format],
		.curve = choose_curve(picture, colours),
		.pixel_bytes = oriel_pixel_get_info(picture->format)->bytes,
	};

	if (picture->format == ORIEL_PIXEL_RGBA10 && convert.curve)
		convert.row = row_rgba10_curve;
	if (!(picture->flags & ORIEL_PICTURE_IS_SHOWN))
		convert.has_colour = oriel_soft_colour_make(&convert.colour, colours);
	convert.is_copy = picture->format == ORIEL_PIXEL_BGRA && !convert.has_colour;
	return convert;
}
