/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One presenter behind another one: soft where that one cannot go on by its own way, or has not yet
 * begun to. With the same picture, cursor and overlay, and as long as that one likes. On the
 * presenter's own thread; everything here allocates and may block on the display, once.
 */
#ifndef ORIEL_PRESENT_STAND_IN_H
#define ORIEL_PRESENT_STAND_IN_H

#include "present/present.h"
#include "present/soft/cursor.h"

/* The first member of a presenter that may need one. */
struct oriel_stand_in {
	struct oriel_presenter base;
	struct oriel_presenter *active;	       /* NULL: the presenter works itself */
	const struct oriel_presenter_ops *own; /* the presenter's, meanwhile */
	struct oriel_presenter_ops forwards;   /* base.ops, meanwhile */
};

/* Where the presenter has got to. All borrowed. */
struct oriel_stand_in_state {
	const struct oriel_window *window; /* to begin */
	const struct oriel_present_options *options;
	uint32_t width_px, height_px; /* of the window; 0: not known yet */
	const struct oriel_overlay *overlay;
	const struct oriel_soft_canvas *canvas; /* without cursor; pixels NULL: no picture yet */
	const struct oriel_picture *layout;
	const struct oriel_soft_cursor *cursor;
};

/* Has another presenter show what state says. */
int oriel_stand_in_hand_over(struct oriel_presenter *to, const struct oriel_stand_in_state *state,
	struct oriel_error *error);
/* From then on every call goes to active, which becomes the stand-in's, except destroy. The one
 * before is destroyed; frames that it held are held no more. */
void oriel_stand_in_put(struct oriel_stand_in *stand_in, struct oriel_presenter *active);
/* Likewise, but the one before is the caller's; NULL: there was none. */
struct oriel_presenter *oriel_stand_in_swap(
	struct oriel_stand_in *stand_in, struct oriel_presenter *active);

/* Both, with a soft presenter. When there can be none, calls go to one that shows nothing, and the
 * error says why. */
int oriel_stand_in_begin(struct oriel_stand_in *stand_in, const struct oriel_stand_in_state *state,
	struct oriel_error *error);
/* Calls go to the presenter again. Fine when they do. */
void oriel_stand_in_end(struct oriel_stand_in *stand_in);

#endif
