/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picture read out of the guest's frames, where the compositor alone is not enough. */
#include <string.h>

#include "present/direct/direct.h"

uint64_t oriel_direct_read(struct oriel_direct *direct, const struct oriel_soft_canvas *canvas,
	const struct oriel_damage *damage)
{
	struct oriel_frame frame = direct->frame;
	uint64_t bytes = 0;

	frame.damage = *damage;
	oriel_soft_upload_rt(
		canvas, &direct->convert, &frame, &oriel_present_arrived, &direct->tuner, &bytes);
	return bytes;
}

/* Turned on by what is missing to a whole turn. */
struct oriel_rect oriel_direct_to_stored(
	const struct oriel_picture *picture, const struct oriel_rect *upright)
{
	struct oriel_picture turned = *picture;

	oriel_soft_upload_get_upright(picture, &turned.width_px, &turned.height_px);
	turned.rotation = (enum oriel_rotation)((4 - (unsigned)picture->rotation) % 4);
	return oriel_soft_upload_map_rect(&turned, upright);
}

uint64_t oriel_direct_refresh(struct oriel_direct *direct)
{
	struct oriel_soft_canvas canvas = {direct->copy.pixels, direct->copy.pitch_bytes,
		direct->copy.width_px, direct->copy.height_px};
	uint64_t bytes = oriel_direct_read(direct, &canvas, &direct->stale);

	oriel_damage_clear(&direct->stale);
	return bytes;
}

/* Brings the scratch up to date, where the picture changed and where the cursor was drawn. */
static void refresh_scratch(struct oriel_direct *direct)
{
	struct oriel_rect drawn = direct->drawn;

	if (direct->where == ORIEL_DIRECT_IN_COPY) {
		memcpy(direct->scratch.pixels, direct->copy.pixels, direct->copy.bytes);
	} else {
		oriel_damage_add(&direct->unread, oriel_direct_to_stored(&direct->layout, &drawn));
		direct->read_bytes += oriel_direct_read(direct, &direct->scratch, &direct->unread);
	}
	oriel_damage_clear(&direct->unread);
}

bool oriel_direct_get_image(const struct oriel_presenter *presenter, struct oriel_image *ret_image)
{
	struct oriel_direct *direct = (struct oriel_direct *)presenter;
	struct oriel_soft_canvas *canvas = &direct->scratch;
	struct oriel_soft_cursor cursor = direct->pointer.cursor;
	uint32_t screen_width_px, screen_height_px;

	if (direct->where == ORIEL_DIRECT_NOWHERE)
		return false;
	refresh_scratch(direct);
	oriel_soft_upload_get_screen(&direct->layout, &screen_width_px, &screen_height_px);
	direct->drawn =
		oriel_soft_cursor_drop_rt(&cursor, canvas, screen_width_px, screen_height_px);
	*ret_image = (struct oriel_image){
		canvas->pixels, canvas->pitch_bytes, canvas->width_px, canvas->height_px, NULL};
	return true;
}
