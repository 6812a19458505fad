/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawing what is written over the picture. Any thread; may allocate. */
#ifndef ORIEL_PRESENT_SOFT_CARDS_H
#define ORIEL_PRESENT_SOFT_CARDS_H

#include <pixman.h>

#include "present/present.h"

/* The list that begins with first (NULL: none) over image, which is as large as the window. */
void oriel_soft_cards_draw(pixman_image_t *image, const struct oriel_overlay *first);

#endif
