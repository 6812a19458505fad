/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/rotation.h"

#include <string.h>

#define TURNS 4u

static bool lies(enum oriel_rotation by)
{
	return by == ORIEL_ROTATE_90 || by == ORIEL_ROTATE_270;
}

enum oriel_rotation oriel_rotation_invert(enum oriel_rotation by)
{
	return (enum oriel_rotation)((TURNS - (unsigned)by) % TURNS);
}

/* The stored picture is the upright one turned by its rotation, and so the seen one turned by what
 * is left of that. */
void oriel_rotation_turn_picture(enum oriel_rotation by, struct oriel_picture *picture)
{
	unsigned left = (unsigned)picture->rotation + (unsigned)oriel_rotation_invert(by);

	picture->rotation = (enum oriel_rotation)(left % TURNS);
}

void oriel_rotation_turn_size(
	enum oriel_rotation by, uint32_t *inout_width_px, uint32_t *inout_height_px)
{
	uint32_t width_px = *inout_width_px;

	if (!lies(by))
		return;
	*inout_width_px = *inout_height_px;
	*inout_height_px = width_px;
}

void oriel_rotation_turn_area(enum oriel_rotation by, struct oriel_rotation_area *inout_area,
	uint32_t width_px, uint32_t height_px)
{
	const struct oriel_rotation_area area = *inout_area;
	int64_t right_px = width_px - area.x_px - area.width_px;
	int64_t below_px = height_px - area.y_px - area.height_px;
	const struct oriel_rotation_area turned[] = {
		[ORIEL_ROTATE_0] = area,
		[ORIEL_ROTATE_90] = {below_px, area.x_px, area.height_px, area.width_px},
		[ORIEL_ROTATE_180] = {right_px, below_px, area.width_px, area.height_px},
		[ORIEL_ROTATE_270] = {area.y_px, right_px, area.height_px, area.width_px},
	};

	*inout_area = turned[by];
}

void oriel_rotation_turn_way(enum oriel_rotation by, double *inout_x_px, double *inout_y_px)
{
	const double x_px = *inout_x_px, y_px = *inout_y_px;
	const double turned[][2] = {
		[ORIEL_ROTATE_0] = {x_px, y_px},
		[ORIEL_ROTATE_90] = {-y_px, x_px},
		[ORIEL_ROTATE_180] = {-x_px, -y_px},
		[ORIEL_ROTATE_270] = {y_px, -x_px},
	};

	*inout_x_px = turned[by][0];
	*inout_y_px = turned[by][1];
}

/* ---- cursors -------------------------------------------------------------------------------- */

/* One pixel, from a row to another one that was zero. */
typedef void (*copy_fn)(uint8_t *to_row, int64_t to_x, const uint8_t *from_row, uint32_t from_x);

static void copy_bytes(uint8_t *to_row, int64_t to_x, const uint8_t *from_row, uint32_t from_x)
{
	memcpy(to_row + to_x * 4, from_row + (size_t)from_x * 4, 4);
}

static void copy_bit(uint8_t *to_row, int64_t to_x, const uint8_t *from_row, uint32_t from_x)
{
	unsigned bit = from_row[from_x / 8] >> (7 - from_x % 8) & 1u;

	to_row[to_x / 8] |= (uint8_t)(bit << (7 - to_x % 8));
}

/* The whole of an image, or one half of a monochrome one. */
static void turn_plane(enum oriel_rotation by, const struct oriel_cursor_shape *shape,
	const uint8_t *from, uint8_t *to, uint32_t to_pitch_bytes)
{
	copy_fn copy = shape->type == ORIEL_CURSOR_MONOCHROME ? copy_bit : copy_bytes;

	for (uint32_t y = 0; y < shape->height_px; y++)
		for (uint32_t x = 0; x < shape->width_px; x++) {
			struct oriel_rotation_area pixel = {x, y, 1, 1};

			oriel_rotation_turn_area(by, &pixel, shape->width_px, shape->height_px);
			copy(to + pixel.y_px * to_pitch_bytes, pixel.x_px,
				from + (size_t)y * shape->pitch_bytes, x);
		}
}

/* Of a large cursor, the numbers end before the image does. */
static int8_t to_hot_spot(int64_t at_px)
{
	return (int8_t)(at_px < INT8_MIN ? INT8_MIN : at_px > INT8_MAX ? INT8_MAX : at_px);
}

void oriel_rotation_turn_shape(enum oriel_rotation by, const struct oriel_cursor_shape *shape,
	uint8_t *image, struct oriel_cursor_shape *ret_shape)
{
	bool is_mono = shape->type == ORIEL_CURSOR_MONOCHROME;
	struct oriel_rotation_area hot = {shape->hot_x_px, shape->hot_y_px, 1, 1};
	struct oriel_cursor_shape turned = *shape;

	oriel_rotation_turn_size(by, &turned.width_px, &turned.height_px);
	oriel_rotation_turn_area(by, &hot, shape->width_px, shape->height_px);
	turned.hot_x_px = to_hot_spot(hot.x_px);
	turned.hot_y_px = to_hot_spot(hot.y_px);
	turned.pitch_bytes = is_mono ? (turned.width_px + 7) / 8 : turned.width_px * 4;
	turned.image = image;
	memset(image, 0, oriel_cursor_get_image_bytes(&turned));
	turn_plane(by, shape, shape->image, image, turned.pitch_bytes);
	if (is_mono)
		turn_plane(by, shape, shape->image + (size_t)shape->height_px * shape->pitch_bytes,
			image + (size_t)turned.height_px * turned.pitch_bytes, turned.pitch_bytes);
	*ret_shape = turned;
}
