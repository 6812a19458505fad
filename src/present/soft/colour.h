/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Colours changed for the eyes of the user: brightness, and differences that colour-blind eyes miss
 * moved to where they see them. One matrix does both, on the values of the window.
 *
 * Thread: any. Nothing blocks.
 */
#ifndef ORIEL_PRESENT_SOFT_COLOUR_H
#define ORIEL_PRESENT_SOFT_COLOUR_H

#include <stdint.h>

#include "present/present.h"

struct oriel_soft_colour {
	float matrix[3][3]; /* of red, green, blue */
};

/* False: the colours stay as they are, and ret_colour is untouched. */
bool oriel_soft_colour_make(
	struct oriel_soft_colour *ret_colour, const struct oriel_colours *colours);
/* pixels: B,G,R,X; or deep ones (present/soft/depth.h). */
void oriel_soft_colour_apply_rt(
	const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count);
void oriel_soft_colour_apply_deep_rt(
	const struct oriel_soft_colour *colour, uint32_t *pixels, uint32_t count);

#endif
