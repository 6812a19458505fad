/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written over the picture: one layer as large as the window, above all others. */
#include "present/direct/direct.h"
#include "present/soft/cards.h"

static int draw_cards(
	struct oriel_direct *direct, struct oriel_direct_sheet *sheet, struct oriel_error *error)
{
	pixman_image_t *image;
	int result = oriel_direct_sheet_init(
		sheet, &direct->server, direct->width_px, direct->height_px, true, error);

	if (result)
		return result;
	image = pixman_image_create_bits(PIXMAN_a8r8g8b8, (int)sheet->width_px,
		(int)sheet->height_px, (uint32_t *)(void *)sheet->pixels, (int)sheet->pitch_bytes);
	if (!image)
		return oriel_error_set_errno(error, -ENOMEM, "cannot draw over the picture");
	oriel_soft_cards_draw(image, direct->overlay);
	pixman_image_unref(image);
	return 0;
}

/* A sheet of its own each time: it is seldom, and never for a frame. */
int oriel_direct_show_cards(struct oriel_direct *direct, struct oriel_error *error)
{
	struct oriel_rect all = {0, 0, direct->width_px, direct->height_px};
	struct oriel_soft_place place;
	int result;

	oriel_direct_layer_hide_rt(&direct->cards);
	oriel_direct_sheet_finish(&direct->card);
	if (!direct->overlay || !direct->width_px)
		return 0;
	result = draw_cards(direct, &direct->card, error);
	if (result)
		return result;
	place = oriel_soft_place_make(direct->width_px, direct->height_px, direct->width_px,
		direct->height_px, ORIEL_SCALE_NONE, ORIEL_FILTER_AUTO);
	oriel_direct_layer_place_rt(&direct->cards, &place, &all, direct->scale_120);
	oriel_direct_layer_attach_rt(&direct->cards, direct->card.wl, WL_OUTPUT_TRANSFORM_NORMAL);
	wl_surface_damage_buffer(direct->cards.surface, 0, 0, (int32_t)all.w, (int32_t)all.h);
	wl_surface_commit(direct->cards.surface);
	direct->is_moved = true;
	return 0;
}
