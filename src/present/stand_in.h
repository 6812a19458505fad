/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The soft presenter behind another one, which cannot go on by its own way: with the same picture,
 * cursor and overlay, and as long as that one likes. On the presenter's own thread; begin and end
 * allocate and may block on the display, once.
 */
#ifndef ORIEL_PRESENT_STAND_IN_H
#define ORIEL_PRESENT_STAND_IN_H

#include "present/present.h"
#include "present/soft/cursor.h"

/* The first member of a presenter that may need one. */
struct oriel_stand_in {
	struct oriel_presenter base;
	struct oriel_presenter *soft;	       /* NULL: the presenter works itself */
	const struct oriel_presenter_ops *own; /* the presenter's, meanwhile */
	struct oriel_presenter_ops forwards;   /* base.ops, meanwhile */
};

/* Where the presenter has got to. All borrowed. */
struct oriel_stand_in_state {
	const struct oriel_window *window;
	const struct oriel_present_options *options;
	uint32_t width_px, height_px; /* of the window; 0: not known yet */
	const struct oriel_overlay *overlay;
	const struct oriel_soft_canvas *canvas; /* without cursor; pixels NULL: no picture yet */
	const struct oriel_picture *layout;
	const struct oriel_soft_cursor *cursor;
};

/* From then on every call goes to the soft presenter, except destroy. When that fails, calls go to
 * one that shows nothing, and the error says why. */
int oriel_stand_in_begin(struct oriel_stand_in *stand_in, const struct oriel_stand_in_state *state,
	struct oriel_error *error);
/* Calls go to the presenter again. Fine when they do. */
void oriel_stand_in_end(struct oriel_stand_in *stand_in);

#endif
