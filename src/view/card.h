/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the viewer writes over the picture: cards, drawn with pango and cairo. Main thread only: the
 * first one loads fonts. A card is drawn once; it does not change afterwards.
 */
#ifndef ORIEL_VIEW_CARD_H
#define ORIEL_VIEW_CARD_H

#include <pango/pangocairo.h>

#include "present/present.h"

struct oriel_card {
	struct oriel_overlay overlay; /* what the presenter is given; side and dim may be set */
	uint8_t *pixels;
	unsigned refs;
};

/* A headline and a sentence, for a window of window_width_px. NULL when memory is short. */
struct oriel_card *oriel_card_create(
	const char *headline, const char *sentence, uint32_t window_width_px);
/* A short remark, at the bottom. NULL when memory is short. */
struct oriel_card *oriel_card_create_note(const char *text);
/* That something is on, such as a microphone: a red dot and its name, at the top right. NULL when
 * memory is short. */
struct oriel_card *oriel_card_create_indicator(const char *name);

struct oriel_card *oriel_card_ref(struct oriel_card *card);
/* NULL is fine. */
void oriel_card_unref(struct oriel_card *card);

/* For drawing others: an empty card and what to draw on it with; end() before it is shown. NULL
 * when memory is short. */
struct oriel_card *oriel_card_begin(int width_px, int height_px, cairo_t **ret_cairo);
void oriel_card_end(cairo_t *cairo);
/* width_px: where lines break; -1: nowhere. */
PangoLayout *oriel_card_make_text(const char *font, const char *text, int width_px);

#endif
