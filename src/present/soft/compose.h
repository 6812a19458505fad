/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drawing on a target's buffers with pixman: the picture placed and scaled, black around it. One
 * thread; functions ending in _rt do not block.
 */
#ifndef ORIEL_PRESENT_SOFT_COMPOSE_H
#define ORIEL_PRESENT_SOFT_COMPOSE_H

#include <pixman.h>

#include "base/error.h"
#include "base/frame.h"
#include "present/soft/canvas.h"
#include "present/soft/place.h"
#include "present/soft/target.h"

struct oriel_soft_compose {
	const struct oriel_soft_target *target; /* borrowed */
	struct oriel_soft_place place;
	pixman_image_t *picture; /* placed; NULL: it is not drawn */
	pixman_image_t *buffers[ORIEL_SOFT_BUFFERS_MAX];
};

/* For the target as it is now, with its current memory. canvas: the picture, borrowed, which is at
 * place; NULL: there is none to draw. 0 or -ENOMEM; finish is due in either case. */
int oriel_soft_compose_init(struct oriel_soft_compose *compose,
	const struct oriel_soft_target *target, const struct oriel_soft_canvas *canvas,
	const struct oriel_soft_place *place, struct oriel_error *error);
/* Of zeros, too. */
void oriel_soft_compose_finish(struct oriel_soft_compose *compose);

/* Of the buffer that may be written to now. */
pixman_image_t *oriel_soft_compose_get_image(const struct oriel_soft_compose *compose);
/* Draws the part of the picture that is within rect of the target. */
void oriel_soft_compose_draw_rt(
	const struct oriel_soft_compose *compose, const struct oriel_rect *rect);
/* Black all around seen. */
void oriel_soft_compose_fill_borders_rt(
	const struct oriel_soft_compose *compose, const struct oriel_rect *seen);

#endif
