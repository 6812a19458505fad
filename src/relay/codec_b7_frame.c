/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frame headers: copied, checked, translated (4.4 - 4.6, 10). */
#include "relay/codec_b7.h"

#include <assert.h>
#include <errno.h>

#define SIDE_MAX_PX 16384u
#define PITCH_MAX_BYTES (SIDE_MAX_PX * 8u)
#define POINTER_BYTES 4u
/* 4.5. A BGR_32 texture is stored in pixels of four bytes, and only its image has three. */
struct type {
	enum oriel_pixel_format format;
	uint32_t stored_bytes; /* per storage pixel */
	uint32_t image_bytes;  /* per image pixel */
};

static const struct type types[] = {
	[B7_FRAME_BGRA] = {ORIEL_PIXEL_BGRA, 4, 4},
	[B7_FRAME_RGBA] = {ORIEL_PIXEL_RGBA, 4, 4},
	[B7_FRAME_RGBA10] = {ORIEL_PIXEL_RGBA10, 4, 4},
	[B7_FRAME_RGBA16F] = {ORIEL_PIXEL_RGBA16F, 8, 8},
	[B7_FRAME_BGR_32] = {ORIEL_PIXEL_BGR_32, 4, 3},
	[B7_FRAME_RGB_24] = {ORIEL_PIXEL_RGB_24, 3, 3},
};

/* Rotations and flags have the same numbers on the wire and above it. */
static_assert(ORIEL_ROTATE_270 == 3, "4.4");
static_assert(ORIEL_PICTURE_BLOCK_SCREENSAVER == (int)B7_FLAG_BLOCK_SCREENSAVER, "4.6");
static_assert(ORIEL_PICTURE_REQUEST_ACTIVATION == (int)B7_FLAG_REQUEST_ACTIVATION, "4.6");
static_assert(ORIEL_PICTURE_TRUNCATED == (int)B7_FLAG_TRUNCATED, "4.6");
static_assert(ORIEL_PICTURE_HDR == (int)B7_FLAG_HDR, "4.6");
static_assert(ORIEL_PICTURE_HDR_PQ == (int)B7_FLAG_HDR_PQ, "4.6");
#define FLAGS_KNOWN 0x1fu

static bool is_side(uint32_t side_px)
{
	return side_px && side_px <= SIDE_MAX_PX;
}

/* Some producers leave the storage sizes zero (12, point 5), and a screen size is only a hint. */
static void fill_in(struct b7_frame *frame, const struct type *type)
{
	uint64_t row_bytes = (uint64_t)frame->frame_width * type->image_bytes;

	if (!frame->data_width)
		frame->data_width =
			(uint32_t)((row_bytes + type->stored_bytes - 1) / type->stored_bytes);
	if (!frame->data_height)
		frame->data_height = frame->frame_height;
	if (!frame->screen_width)
		frame->screen_width = frame->frame_width;
	if (!frame->screen_height)
		frame->screen_height = frame->frame_height;
}

static bool has_sound_sizes(const struct b7_frame *frame, const struct type *type)
{
	uint64_t stored_bytes = (uint64_t)frame->data_width * type->stored_bytes;
	uint64_t image_bytes = (uint64_t)frame->frame_width * type->image_bytes;

	return is_side(frame->frame_width) && is_side(frame->frame_height) &&
	       is_side(frame->data_width) && is_side(frame->data_height) &&
	       is_side(frame->screen_width) && is_side(frame->screen_height) &&
	       image_bytes <= stored_bytes && stored_bytes <= frame->pitch_bytes &&
	       frame->pitch_bytes <= PITCH_MAX_BYTES &&
	       (type->stored_bytes == 3 || frame->pitch_bytes % 4 == 0);
}

static bool has_sound_offset(const struct b7_frame *frame, uint32_t size_bytes)
{
	return frame->offset >= sizeof *frame && frame->offset % 4 == 0 &&
	       (uint64_t)frame->offset + POINTER_BYTES <= size_bytes;
}

/* Genuine producers count the rows from the whole allocation, although the pixels start later, and
 * some store a row less than the image has (T12, 4.5): what does not fit is left out. */
static uint32_t clamp_rows(const struct b7_frame *frame, uint32_t size_bytes)
{
	uint32_t rows = (size_bytes - frame->offset - POINTER_BYTES) / frame->pitch_bytes;

	if (rows > frame->data_height)
		rows = frame->data_height;
	return rows < frame->frame_height ? rows : frame->frame_height;
}

static void translate_damage(const struct b7_frame *frame, struct oriel_damage *ret_damage)
{
	oriel_damage_clear(ret_damage);
	if (!frame->damage_count || frame->damage_count > ORIEL_CODEC_COUNT(frame->damage)) {
		oriel_damage_set_full(ret_damage);
		return;
	}
	for (uint32_t i = 0; i < frame->damage_count; i++) {
		const struct b7_rect *from = &frame->damage[i];
		struct oriel_rect rect = {from->x, from->y, from->width, from->height};

		oriel_rect_clip(&rect, frame->frame_width, frame->frame_height);
		oriel_damage_add(ret_damage, rect);
	}
}

static struct oriel_picture describe(
	const struct b7_frame *frame, const struct type *type, uint32_t rows)
{
	return (struct oriel_picture){
		.format = type->format,
		.rotation = (enum oriel_rotation)frame->rotation,
		.width_px = frame->frame_width,
		.height_px = frame->frame_height,
		.rows = rows,
		.pitch_bytes = frame->pitch_bytes,
		.screen_width_px = frame->screen_width,
		.screen_height_px = frame->screen_height,
		.flags = frame->flags & FLAGS_KNOWN,
	};
}

int oriel_codec_b7_read_frame(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, struct oriel_codec_frame *ret_frame)
{
	struct b7_frame frame;
	const struct type *type;
	uint32_t rows;

	if (!oriel_codec_b7_is_sound(session, message, sizeof frame + POINTER_BYTES))
		return -EBADMSG;
	oriel_wire_copy(&frame, session->map.base + message->offset_bytes, sizeof frame);
	if (frame.type >= ORIEL_CODEC_COUNT(types) || !types[frame.type].stored_bytes ||
		frame.rotation > ORIEL_ROTATE_270)
		return -EBADMSG;
	type = &types[frame.type];
	fill_in(&frame, type);
	if (!has_sound_sizes(&frame, type) || !has_sound_offset(&frame, message->size_bytes))
		return -EBADMSG;
	rows = clamp_rows(&frame, message->size_bytes);
	if (!rows)
		return -EBADMSG;

	ret_frame->picture = describe(&frame, type, rows);
	translate_damage(&frame, &ret_frame->damage);
	ret_frame->serial = frame.serial;
	ret_frame->format_version = frame.format_version;
	ret_frame->pointer_offset = (size_t)message->offset_bytes + frame.offset;
	ret_frame->pixels_offset = ret_frame->pointer_offset + POINTER_BYTES;
	ret_frame->size_bytes = (size_t)rows * frame.pitch_bytes;
	return 0;
}
