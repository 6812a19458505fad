/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/convert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "present/soft/depth.h"

/* ---- curves --------------------------------------------------------------------------------- */

#define CODES_10 1024u
#define CODES_16F 65536u
#define SCRGB_WHITE_NITS 80
#define PQ_WHITE_NITS 203

static double encode_srgb(double linear)
{
	if (!(linear > 0.0)) /* also what is no number */
		return 0.0;
	if (linear >= 1.0)
		return 1.0;
	return linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1.0 / 2.4) - 0.055;
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

static double encode_nits(double nits, double white_nits, const struct oriel_colours *colours)
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

/* A table of each, of eight bits and of ten; the last settings that it was made for. */
struct curve {
	double (*decode_nits)(uint32_t code);
	uint32_t codes, white_nits;
	uint8_t *values;
	uint16_t *deep_values;
	bool is_built[2];
	struct oriel_colours colours[2];
};

static const void *build(struct curve *curve, const struct oriel_colours *colours, bool is_deep)
{
	double white_nits = colours->hdr_white_nits ? colours->hdr_white_nits : curve->white_nits;
	const void *values = is_deep ? (const void *)curve->deep_values : curve->values;
	double max = oriel_soft_depth_get(is_deep)->max;

	if (curve->is_built[is_deep] && curve->colours[is_deep].hdr == colours->hdr &&
		curve->colours[is_deep].hdr_white_nits == colours->hdr_white_nits)
		return values;
	for (uint32_t i = 0; i < curve->codes; i++) {
		long value = lround(encode_nits(curve->decode_nits(i), white_nits, colours) * max);

		if (is_deep)
			curve->deep_values[i] = (uint16_t)value;
		else
			curve->values[i] = (uint8_t)value;
	}
	curve->colours[is_deep] = *colours;
	curve->is_built[is_deep] = true;
	return values;
}

static uint8_t half_values[CODES_16F], linear_values[CODES_10], pq_values[CODES_10];
static uint16_t deep_half_values[CODES_16F], deep_linear_values[CODES_10], deep_pq_values[CODES_10];

static struct curve half_curve = {
	decode_half, CODES_16F, SCRGB_WHITE_NITS, half_values, deep_half_values};
static struct curve linear_curve = {
	decode_linear, CODES_10, SCRGB_WHITE_NITS, linear_values, deep_linear_values};
static struct curve pq_curve = {decode_pq_code, CODES_10, PQ_WHITE_NITS, pq_values, deep_pq_values};

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

static void row_bgra(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	memcpy(to, from, (size_t)count * 4);
}

static void row_rgba(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = (in & 0xff00ff00u) | (in & 0xff) << 16 | (in >> 16 & 0xff);
	}
}

static void row_rgba10(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack(oriel_soft_depth_narrow_channel(in & 0x3ff),
			oriel_soft_depth_narrow_channel(in >> 10 & 0x3ff),
			oriel_soft_depth_narrow_channel(in >> 20 & 0x3ff));
	}
}

static void row_rgba10_curve(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	const uint8_t *values = curve;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack(
			values[in & 0x3ff], values[in >> 10 & 0x3ff], values[in >> 20 & 0x3ff]);
	}
}

static void row_rgba16f(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	const uint8_t *values = curve;

	for (uint32_t i = 0; i < count; i++) {
		uint16_t in[4];

		memcpy(in, from + (size_t)i * 8, sizeof in);
		to[i] = pack(values[in[0]], values[in[1]], values[in[2]]);
	}
}

static void row_bgr(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	for (uint32_t i = 0; i < count; i++, from += 3)
		to[i] = pack(from[2], from[1], from[0]);
}

static void row_rgb(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	for (uint32_t i = 0; i < count; i++, from += 3)
		to[i] = pack(from[0], from[1], from[2]);
}

/* ---- rows of ten bits a channel ---------------------------------------------------------------
 */

static inline uint32_t pack_deep(uint32_t red, uint32_t green, uint32_t blue)
{
	return 0xc0000000u | red << 20 | green << 10 | blue;
}

static void deep_rgba10(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack_deep(in & 0x3ff, in >> 10 & 0x3ff, in >> 20 & 0x3ff);
	}
}

static void deep_rgba10_curve(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	const uint16_t *values = curve;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t in = load32(from + (size_t)i * 4);

		to[i] = pack_deep(
			values[in & 0x3ff], values[in >> 10 & 0x3ff], values[in >> 20 & 0x3ff]);
	}
}

static void deep_rgba16f(uint32_t *to, const uint8_t *from, uint32_t count, const void *curve)
{
	const uint16_t *values = curve;

	for (uint32_t i = 0; i < count; i++) {
		uint16_t in[4];

		memcpy(in, from + (size_t)i * 8, sizeof in);
		to[i] = pack_deep(values[in[0]], values[in[1]], values[in[2]]);
	}
}

/* ---- the choice -------------------------------------------------------------------------------
 */

static const struct {
	oriel_soft_convert_fn row, curved, deep, deep_curved;
} rows[ORIEL_PIXEL_COUNT] = {
	[ORIEL_PIXEL_BGRA] = {row_bgra},
	[ORIEL_PIXEL_RGBA] = {row_rgba},
	[ORIEL_PIXEL_RGBA10] = {row_rgba10, row_rgba10_curve, deep_rgba10, deep_rgba10_curve},
	[ORIEL_PIXEL_RGBA16F] = {NULL, row_rgba16f, NULL, deep_rgba16f},
	[ORIEL_PIXEL_BGR_32] = {row_bgr},
	[ORIEL_PIXEL_RGB_24] = {row_rgb},
};

static struct curve *choose_curve(const struct oriel_picture *picture)
{
	if (picture->format == ORIEL_PIXEL_RGBA16F)
		return &half_curve;
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR_PQ)
		return &pq_curve;
	if (picture->format == ORIEL_PIXEL_RGBA10 && picture->flags & ORIEL_PICTURE_HDR)
		return &linear_curve;
	return NULL;
}

static oriel_soft_convert_fn choose_row(
	enum oriel_pixel_format format, bool is_curved, bool is_deep)
{
	if (is_deep)
		return is_curved ? rows[format].deep_curved : rows[format].deep;
	return is_curved ? rows[format].curved : rows[format].row;
}

struct oriel_soft_convert oriel_soft_convert_choose(
	const struct oriel_picture *picture, const struct oriel_colours *colours, bool is_deep)
{
	struct curve *curve = choose_curve(picture);
	struct oriel_soft_convert convert = {
		.row = choose_row(picture->format, curve, is_deep),
		.curve = curve ? build(curve, colours, is_deep) : NULL,
		.pixel_bytes = oriel_pixel_get_info(picture->format)->bytes,
	};

	if (!(picture->flags & ORIEL_PICTURE_IS_SHOWN) &&
		oriel_soft_colour_make(&convert.colour, colours))
		convert.apply =
			is_deep ? oriel_soft_colour_apply_deep_rt : oriel_soft_colour_apply_rt;
	convert.is_copy = picture->format == ORIEL_PIXEL_BGRA && !convert.apply;
	return convert;
}
