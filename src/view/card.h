/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The waiting screen: a headline and one sentence on a card in the middle of the window, drawn with
 * pango and cairo. Main thread only: the first one loads fonts.
 */
#ifndef ORIEL_VIEW_CARD_H
#define ORIEL_VIEW_CARD_H

#include "present/present.h"

struct oriel_card {
	struct oriel_overlay overlay; /* what the presenter is given */
	uint8_t *pixels;
};

/* The card fits a window of window_width_px. dim: see struct oriel_overlay. NULL when memory is
 * short. */
struct oriel_card *oriel_card_create(
	const char *headline, const char *sentence, uint32_t window_width_px, uint8_t dim);
void oriel_card_destroy(struct oriel_card *card);

#endif
