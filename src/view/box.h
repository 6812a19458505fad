/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The newest picture and cursor that one thread (the writer: main) has for another one (the reader:
 * render). Neither waits for the other: each has a copy of its own, and a third is exchanged.
 *
 * Pixels are B,G,R and one byte without meaning. While the reader does not want pictures, none are
 * copied.
 */
#ifndef ORIEL_VIEW_BOX_H
#define ORIEL_VIEW_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/consumer.h" /* struct oriel_cursor_update */

struct oriel_box;

struct oriel_box_screen {
	const uint8_t *pixels;
	uint32_t width_px, height_px;
	size_t pitch_bytes;
};

/* NULL when memory or descriptors are short. */
struct oriel_box *oriel_box_create(void);
/* When neither thread uses it any more. NULL is fine. */
void oriel_box_destroy(struct oriel_box *box);

/* ---- the writer ----------------------------------------------------------------------------- */

/* What post() copies from: borrowed until the next call. NULL: there is no picture any more. The
 * reader learns of it at once, wanted or not. False: memory is short, there is no picture. */
bool oriel_box_set_screen(struct oriel_box *box, const struct oriel_box_screen *screen);
/* That part of it is another one now; clipped here. */
void oriel_box_change(struct oriel_box *box, struct oriel_rect rect);
/* Hands over what has changed, if it is wanted. */
void oriel_box_post(struct oriel_box *box);
/* The image is copied; without has_shape the one before stays. False: memory is short. */
bool oriel_box_set_cursor(struct oriel_box *box, const struct oriel_cursor_update *update);
/* Readable when the reader begins to want pictures: answer with start(). */
int oriel_box_get_wanted_fd(const struct oriel_box *box);
/* Hands over everything there is. */
void oriel_box_start(struct oriel_box *box);

/* ---- the reader ----------------------------------------------------------------------------- */

/* Readable when there is news. */
int oriel_box_get_fd(const struct oriel_box *box);
/* From the moment it wants pictures, the first one taken is whole. */
void oriel_box_want_rt(struct oriel_box *box, bool wanted);
/* Looks for pictures; true while there is one. To be called when the descriptor is readable. */
bool oriel_box_step_rt(struct oriel_box *box);
/* 1, or 0 when the last step found no news. One at a time. */
int oriel_box_take_frame_rt(struct oriel_box *box, uint64_t now_ns, struct oriel_frame *ret_frame);
/* complete false: the next one is whole. */
void oriel_box_give_frame_rt(struct oriel_box *box, bool complete);
/* True between take and give of that frame. */
bool oriel_box_has_lent(const struct oriel_box *box, const struct oriel_frame *frame);
/* 1 or 0. Its image is valid until the next call. */
int oriel_box_take_cursor_rt(struct oriel_box *box, struct oriel_cursor_update *ret_update);

#endif
