/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/reference.h"

#include <math.h>
#include <string.h>

static uint32_t noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Halves from just below 0 to a little above 1, so that both ends are clamped somewhere. */
static uint16_t noise_half(uint32_t *state)
{
	uint32_t value = noise(state);

	if (value % 16 == 0)
		return 0x8000 | (value >> 4 & 0x3fff);
	return (uint16_t)((value >> 4) % 0x4000);
}

void reference_fill(uint8_t *pixels, const struct oriel_picture *picture, uint32_t seed)
{
	size_t bytes = (size_t)picture->rows * picture->pitch_bytes;

	for (size_t i = 0; i < bytes; i++)
		pixels[i] = (uint8_t)noise(&seed);
	if (picture->format != ORIEL_PIXEL_RGBA16F)
		return;
	for (size_t i = 0; i + 2 <= bytes; i += 2) {
		uint16_t half = noise_half(&seed);

		memcpy(pixels + i, &half, sizeof half);
	}
}

static double read_half(const uint8_t *at)
{
	int bits = at[0] | at[1] << 8;
	int exponent = bits >> 10 & 31, fraction = bits & 1023;
	double value = exponent ? (1 + fraction / 1024.0) * pow(2, exponent - 15)
				: fraction / 1024.0 * pow(2, -14);

	return bits & 0x8000 ? -value : value;
}

static uint8_t encode(double linear)
{
	double clamped = linear < 0 ? 0 : linear > 1 ? 1 : linear;
	double encoded =
		clamped <= 0.0031308 ? clamped * 12.92 : 1.055 * pow(clamped, 1 / 2.4) - 0.055;

	return (uint8_t)floor(encoded * 255 + 0.5);
}

static uint8_t read_10(const uint8_t *at, int channel)
{
	uint32_t word = at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;

	return (uint8_t)floor((word >> 10 * channel & 1023) * 255 / 1023.0 + 0.5);
}

void reference_read(const uint8_t *pixels, const struct oriel_picture *picture, uint32_t x,
	uint32_t y, uint8_t ret_rgb[3])
{
	const uint8_t *row = pixels + (size_t)y * picture->pitch_bytes;

	for (int i = 0; i < 3; i++) {
		switch (picture->format) {
		case ORIEL_PIXEL_BGRA:
			ret_rgb[i] = row[4 * x + 2 - i];
			break;
		case ORIEL_PIXEL_RGBA:
			ret_rgb[i] = row[4 * x + i];
			break;
		case ORIEL_PIXEL_RGBA10:
			ret_rgb[i] = read_10(row + 4 * x, i);
			break;
		case ORIEL_PIXEL_RGBA16F:
			ret_rgb[i] = encode(read_half(row + 8 * x + 2 * i));
			break;
		case ORIEL_PIXEL_BGR_32:
			ret_rgb[i] = row[3 * x + 2 - i];
			break;
		default:
			ret_rgb[i] = row[3 * x + i];
		}
	}
}

void reference_turn(const struct oriel_picture *picture, uint32_t x, uint32_t y, uint32_t *ret_x,
	uint32_t *ret_y)
{
	uint32_t width = picture->width_px, height = picture->height_px;

	*ret_x = x;
	*ret_y = y;
	if (picture->rotation == ORIEL_ROTATE_90) {
		*ret_x = y;
		*ret_y = width - 1 - x;
	} else if (picture->rotation == ORIEL_ROTATE_180) {
		*ret_x = width - 1 - x;
		*ret_y = height - 1 - y;
	} else if (picture->rotation == ORIEL_ROTATE_270) {
		*ret_x = height - 1 - y;
		*ret_y = x;
	}
}

static int bit_at(const struct oriel_cursor_shape *shape, uint32_t x, uint32_t row)
{
	return shape->image[(size_t)row * shape->pitch_bytes + x / 8] >> (7 - x % 8) & 1;
}

static void draw_monochrome(
	const struct oriel_cursor_shape *shape, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	int and = bit_at(shape, x, y), xor = bit_at(shape, x, shape->height_px + y);

	for (int i = 0; i < 3; i++) {
		if (!and&&!xor)
			rgb[i] = 0;
		else if (!and&&xor)
			rgb[i] = 255;
		else if (and&&xor)
			rgb[i] = 255 - rgb[i];
	}
}

void reference_draw_cursor(
	const struct oriel_cursor_shape *shape, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	const uint8_t *pixel = shape->image + (size_t)y * shape->pitch_bytes + 4 * x;

	if (shape->type == ORIEL_CURSOR_MONOCHROME) {
		draw_monochrome(shape, x, y, rgb);
		return;
	}
	for (int i = 0; i < 3; i++) {
		uint8_t colour = pixel[2 - i];
		double blended = colour + floor((255 - pixel[3]) * rgb[i] / 255.0 + 0.5);

		if (shape->type == ORIEL_CURSOR_COLOUR)
			rgb[i] = blended > 255 ? 255 : (uint8_t)blended;
		else
			rgb[i] = pixel[3] ? rgb[i] ^ colour : colour;
	}
}
