/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cursor messages: copied, checked, translated (4.3, 10). */
#include "relay/codec_b7.h"

#include <errno.h>

static const enum oriel_cursor_type types[] = {
	ORIEL_CURSOR_COLOUR,
	ORIEL_CURSOR_MONOCHROME,
	ORIEL_CURSOR_MASKED,
};

/* Rows of the stored image; a monochrome one has two masks above each other. */
static uint32_t get_masks(const struct b7_cursor *cursor)
{
	return types[cursor->type] == ORIEL_CURSOR_MONOCHROME ? 2 : 1;
}

static uint32_t get_row_bytes(const struct b7_cursor *cursor)
{
	if (types[cursor->type] == ORIEL_CURSOR_MONOCHROME)
		return cursor->width / 8 + (cursor->width % 8 != 0);
	return cursor->width * 4;
}

static bool is_sound_shape(const struct b7_cursor *cursor, uint32_t size_bytes)
{
	uint32_t masks;

	if (cursor->type >= ORIEL_CODEC_COUNT(types))
		return false;
	masks = get_masks(cursor);
	return cursor->width && cursor->width <= ORIEL_CURSOR_SIDE_MAX_PX && cursor->height &&
	       cursor->height <= ORIEL_CURSOR_SIDE_MAX_PX * masks && cursor->height % masks == 0 &&
	       cursor->pitch >= get_row_bytes(cursor) &&
	       (uint64_t)cursor->height * cursor->pitch <= size_bytes - sizeof *cursor;
}

/* Closely packed: what the guest leaves between its rows is not worth keeping, and so the image has
 * an upper bound. At once, because the buffer is used again without a question (T22). */
static void copy_shape(const struct b7_cursor *cursor, const uint8_t *from, uint8_t *image,
	struct oriel_cursor_shape *ret_shape)
{
	uint32_t row_bytes = get_row_bytes(cursor);

	for (uint32_t row = 0; row < cursor->height; row++)
		oriel_wire_copy(image + (size_t)row * row_bytes, from + (size_t)row * cursor->pitch,
			row_bytes);
	*ret_shape = (struct oriel_cursor_shape){
		.type = types[cursor->type],
		.width_px = cursor->width,
		.height_px = cursor->height / get_masks(cursor),
		.pitch_bytes = row_bytes,
		.hot_x_px = cursor->hot_x,
		.hot_y_px = cursor->hot_y,
		.image = image,
	};
}

int oriel_codec_b7_read_cursor(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, uint8_t *image,
	struct oriel_cursor_update *ret_update)
{
	const uint8_t *payload = session->map.base + message->offset_bytes;
	struct oriel_cursor_update update = {
		.has_position = message->udata & B7_CURSOR_POSITION,
		.visible = message->udata & B7_CURSOR_VISIBLE,
		.has_shape = message->udata & B7_CURSOR_SHAPE,
	};
	struct b7_cursor cursor;

	if (!oriel_codec_b7_is_sound(session, message, sizeof cursor))
		return -EBADMSG;
	oriel_wire_copy(&cursor, payload, sizeof cursor);
	if (update.has_position) {
		update.x_px = cursor.x;
		update.y_px = cursor.y;
	}
	if (update.has_shape) {
		if (!is_sound_shape(&cursor, message->size_bytes))
			return -EBADMSG;
		copy_shape(&cursor, payload + sizeof cursor, image, &update.shape);
	}
	*ret_update = update;
	return 0;
}
