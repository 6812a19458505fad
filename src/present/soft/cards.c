/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/cards.h"

static void darken(pixman_image_t *image, uint8_t dim)
{
	pixman_color_t black = {.alpha = (uint16_t)(dim * 257)};
	pixman_box32_t all = {0, 0, pixman_image_get_width(image), pixman_image_get_height(image)};

	pixman_image_fill_boxes(PIXMAN_OP_OVER, image, &black, 1, &all);
}

static void draw(pixman_image_t *image, const struct oriel_overlay *overlay)
{
	pixman_image_t *card = pixman_image_create_bits(PIXMAN_a8r8g8b8, (int)overlay->width_px,
		(int)overlay->height_px, (uint32_t *)(uintptr_t)overlay->pixels,
		(int)overlay->pitch_bytes);
	int32_t x_px, y_px;

	darken(image, overlay->dim);
	if (!card)
		return;
	oriel_overlay_place(overlay, (uint32_t)pixman_image_get_width(image),
		(uint32_t)pixman_image_get_height(image), &x_px, &y_px);
	pixman_image_composite32(PIXMAN_OP_OVER, card, NULL, image, 0, 0, 0, 0, x_px, y_px,
		(int32_t)overlay->width_px, (int32_t)overlay->height_px);
	pixman_image_unref(card);
}

void oriel_soft_cards_draw(pixman_image_t *image, const struct oriel_overlay *first)
{
	for (const struct oriel_overlay *it = first; it; it = it->next)
		draw(image, it);
}
