/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a frame as the guest stores it into the upright picture: converted, turned back, only the
 * damaged pixels, each of them read once, and none before it has arrived.
 *
 * Frame path: allocates nothing; waits only through arrival->wait_rt().
 */
#ifndef ORIEL_PRESENT_SOFT_UPLOAD_H
#define ORIEL_PRESENT_SOFT_UPLOAD_H

#include "present/present.h"
#include "present/soft/canvas.h"
#include "present/soft/convert.h"
#include "relay/copy_tuner.h"

/* Size of the picture once it is turned back. */
void oriel_soft_upload_get_upright(
	const struct oriel_picture *picture, uint32_t *ret_width_px, uint32_t *ret_height_px);

/* Where a rectangle of the stored image lies on the upright picture (protocol 4.4). */
struct oriel_rect oriel_soft_upload_map_rect(
	const struct oriel_picture *picture, const struct oriel_rect *stored);

/* The guest's screen as the user sees it: what cursor positions refer to. The picture may be
 * smaller, where its capture scales down. */
void oriel_soft_upload_get_screen(
	const struct oriel_picture *picture, uint32_t *ret_width_px, uint32_t *ret_height_px);

/* A frame's damage, clipped, on the upright picture; and whether any of it lies within rect. */
void oriel_soft_upload_map_damage(
	const struct oriel_frame *frame, struct oriel_damage *ret_upright);
bool oriel_soft_upload_touches(const struct oriel_damage *upright, const struct oriel_rect *rect);

/* canvas has the upright size of frame->picture. 0, or what wait_rt() failed with: the rest of the
 * canvas is as it was then. *ret_bytes: bytes read. tuner: of this canvas. */
int oriel_soft_upload_rt(const struct oriel_soft_canvas *canvas,
	const struct oriel_soft_convert *convert, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, struct oriel_copy_tuner *tuner, uint64_t *ret_bytes);

#endif
