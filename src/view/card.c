/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/card.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#define CARD_WIDTH_MAX_PX 720
#define CARD_WIDTH_MIN_PX 160
#define MARGIN_PX 28
#define GAP_PX 10
#define CORNER_PX 12.0

static const char headline_font[] = "Sans Bold 17";
static const char sentence_font[] = "Sans 12";

static int card_width(uint32_t window_width_px)
{
	int width = (int)window_width_px - 2 * MARGIN_PX;

	if (width > CARD_WIDTH_MAX_PX)
		return CARD_WIDTH_MAX_PX;
	return width < CARD_WIDTH_MIN_PX ? CARD_WIDTH_MIN_PX : width;
}

static PangoLayout *make_text(PangoContext *context, const char *font, const char *text, int width)
{
	g_autoptr(PangoFontDescription) description = pango_font_description_from_string(font);
	PangoLayout *layout = pango_layout_new(context);

	pango_layout_set_font_description(layout, description);
	pango_layout_set_width(layout, width * PANGO_SCALE);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(layout, text, -1);
	return layout;
}

static int height_of(PangoLayout *layout)
{
	int height;

	pango_layout_get_pixel_size(layout, NULL, &height);
	return height;
}

static void draw_ground(cairo_t *cairo, double width, double height)
{
	cairo_arc(cairo, CORNER_PX, CORNER_PX, CORNER_PX, M_PI, 1.5 * M_PI);
	cairo_arc(cairo, width - CORNER_PX, CORNER_PX, CORNER_PX, 1.5 * M_PI, 2.0 * M_PI);
	cairo_arc(cairo, width - CORNER_PX, height - CORNER_PX, CORNER_PX, 0.0, 0.5 * M_PI);
	cairo_arc(cairo, CORNER_PX, height - CORNER_PX, CORNER_PX, 0.5 * M_PI, M_PI);
	cairo_close_path(cairo);
	cairo_set_source_rgb(cairo, 0.13, 0.15, 0.19);
	cairo_fill(cairo);
}

static void draw(
	cairo_t *cairo, PangoLayout *headline, PangoLayout *sentence, int width, int height)
{
	draw_ground(cairo, width, height);
	cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
	cairo_move_to(cairo, MARGIN_PX, MARGIN_PX);
	pango_cairo_show_layout(cairo, headline);
	cairo_set_source_rgb(cairo, 0.78, 0.82, 0.88);
	cairo_move_to(cairo, MARGIN_PX, MARGIN_PX + height_of(headline) + GAP_PX);
	pango_cairo_show_layout(cairo, sentence);
}

static struct oriel_card *make_blank(int width, int height, uint8_t dim)
{
	struct oriel_card *card = calloc(1, sizeof *card);

	if (!card)
		return NULL;
	card->overlay = (struct oriel_overlay){
		.width_px = (uint32_t)width,
		.height_px = (uint32_t)height,
		.pitch_bytes = (size_t)width * 4,
		.dim = dim,
	};
	card->pixels = calloc((size_t)height, card->overlay.pitch_bytes);
	card->overlay.pixels = card->pixels;
	if (card->pixels)
		return card;
	oriel_card_destroy(card);
	return NULL;
}

struct oriel_card *oriel_card_create(
	const char *headline, const char *sentence, uint32_t window_width_px, uint8_t dim)
{
	int width = card_width(window_width_px), height, text_width = width - 2 * MARGIN_PX;
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	g_autoptr(PangoLayout) top = make_text(context, headline_font, headline, text_width);
	g_autoptr(PangoLayout) bottom = make_text(context, sentence_font, sentence, text_width);
	struct oriel_card *card;
	cairo_surface_t *surface;
	cairo_t *cairo;

	g_object_unref(context); /* the layouts hold it */
	height = 2 * MARGIN_PX + height_of(top) + GAP_PX + height_of(bottom);
	card = make_blank(width, height, dim);
	if (!card)
		return NULL;
	/* Both fall back to an inert object when memory is short, and draw nothing. */
	surface = cairo_image_surface_create_for_data(
		card->pixels, CAIRO_FORMAT_ARGB32, width, height, width * 4);
	cairo = cairo_create(surface);
	draw(cairo, top, bottom, width, height);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
	cairo_surface_destroy(surface);
	return card;
}

void oriel_card_destroy(struct oriel_card *card)
{
	if (card)
		free(card->pixels);
	free(card);
}
