/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/card.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#define CARD_WIDTH_MAX_PX 720
#define CARD_WIDTH_MIN_PX 160
#define MARGIN_PX 28
#define GAP_PX 10
#define NOTE_MARGIN_PX 14
/* A longer remark gets more lines. */
#define NOTE_WIDTH_PX 480
#define CORNER_PX 12.0
#define DOT_PX 6

static const char headline_font[] = "Sans Bold 17";
static const char sentence_font[] = "Sans 12";

static int card_width(uint32_t window_width_px)
{
	int width = (int)window_width_px - 2 * MARGIN_PX;

	if (width > CARD_WIDTH_MAX_PX)
		return CARD_WIDTH_MAX_PX;
	return width < CARD_WIDTH_MIN_PX ? CARD_WIDTH_MIN_PX : width;
}

PangoLayout *oriel_card_make_text(const char *font, const char *text, int width_px)
{
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	g_autoptr(PangoFontDescription) description = pango_font_description_from_string(font);
	PangoLayout *layout = pango_layout_new(context);

	g_object_unref(context); /* the layout holds it */
	pango_layout_set_font_description(layout, description);
	pango_layout_set_width(layout, width_px < 0 ? -1 : width_px * PANGO_SCALE);
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

/* Both cairo objects fall back to inert ones when memory is short, and draw nothing. */
struct oriel_card *oriel_card_begin(int width_px, int height_px, cairo_t **ret_cairo)
{
	struct oriel_card *card = calloc(1, sizeof *card);
	cairo_surface_t *surface;

	if (!card)
		return NULL;
	card->refs = 1;
	card->overlay = (struct oriel_overlay){
		.width_px = (uint32_t)width_px,
		.height_px = (uint32_t)height_px,
		.pitch_bytes = (size_t)width_px * 4,
	};
	card->pixels = calloc((size_t)height_px, card->overlay.pitch_bytes);
	card->overlay.pixels = card->pixels;
	if (!card->pixels) {
		oriel_card_unref(card);
		return NULL;
	}
	surface = cairo_image_surface_create_for_data(
		card->pixels, CAIRO_FORMAT_ARGB32, width_px, height_px, width_px * 4);
	*ret_cairo = cairo_create(surface);
	cairo_surface_destroy(surface); /* the cairo_t holds it */
	draw_ground(*ret_cairo, width_px, height_px);
	return card;
}

void oriel_card_end(cairo_t *cairo)
{
	cairo_surface_flush(cairo_get_target(cairo));
	cairo_destroy(cairo);
}

struct oriel_card *oriel_card_create(
	const char *headline, const char *sentence, uint32_t window_width_px)
{
	int width = card_width(window_width_px), text_width = width - 2 * MARGIN_PX;
	g_autoptr(PangoLayout) top = oriel_card_make_text(headline_font, headline, text_width);
	g_autoptr(PangoLayout) bottom = oriel_card_make_text(sentence_font, sentence, text_width);
	cairo_t *cairo;
	struct oriel_card *card = oriel_card_begin(
		width, 2 * MARGIN_PX + height_of(top) + GAP_PX + height_of(bottom), &cairo);

	if (!card)
		return NULL;
	cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
	cairo_move_to(cairo, MARGIN_PX, MARGIN_PX);
	pango_cairo_show_layout(cairo, top);
	cairo_set_source_rgb(cairo, 0.78, 0.82, 0.88);
	cairo_move_to(cairo, MARGIN_PX, MARGIN_PX + height_of(top) + GAP_PX);
	pango_cairo_show_layout(cairo, bottom);
	oriel_card_end(cairo);
	return card;
}

/* With left_px free before it. */
static struct oriel_card *begin_remark(const char *text, int left_px, cairo_t **ret_cairo)
{
	g_autoptr(PangoLayout) layout = oriel_card_make_text(sentence_font, text, NOTE_WIDTH_PX);
	struct oriel_card *card;
	int width, height;

	pango_layout_get_pixel_size(layout, &width, &height);
	card = oriel_card_begin(
		left_px + width + 2 * NOTE_MARGIN_PX, height + 2 * NOTE_MARGIN_PX, ret_cairo);
	if (!card)
		return NULL;
	cairo_set_source_rgb(*ret_cairo, 1.0, 1.0, 1.0);
	cairo_move_to(*ret_cairo, left_px + NOTE_MARGIN_PX, NOTE_MARGIN_PX);
	pango_cairo_show_layout(*ret_cairo, layout);
	return card;
}

struct oriel_card *oriel_card_create_note(const char *text)
{
	cairo_t *cairo;
	struct oriel_card *card = begin_remark(text, 0, &cairo);

	if (!card)
		return NULL;
	oriel_card_end(cairo);
	card->overlay.y_side = ORIEL_SIDE_END;
	return card;
}

struct oriel_card *oriel_card_create_indicator(const char *name)
{
	cairo_t *cairo;
	struct oriel_card *card = begin_remark(name, 4 * DOT_PX, &cairo);

	if (!card)
		return NULL;
	cairo_set_source_rgb(cairo, 0.90, 0.16, 0.16);
	cairo_arc(cairo, NOTE_MARGIN_PX + DOT_PX, card->overlay.height_px / 2.0, DOT_PX, 0.0,
		2.0 * M_PI);
	cairo_fill(cairo);
	oriel_card_end(cairo);
	card->overlay.x_side = ORIEL_SIDE_END;
	card->overlay.y_side = ORIEL_SIDE_START;
	return card;
}

struct oriel_card *oriel_card_ref(struct oriel_card *card)
{
	card->refs++;
	return card;
}

void oriel_card_unref(struct oriel_card *card)
{
	if (!card || --card->refs)
		return;
	free(card->pixels);
	free(card);
}
