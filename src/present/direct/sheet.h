/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A picture in memory of our own that the compositor reads: the cursor, what is written over the
 * picture, and the copy of a frame. Internal to src/present/direct; the presenter's thread. */
#ifndef ORIEL_PRESENT_DIRECT_SHEET_H
#define ORIEL_PRESENT_DIRECT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "present/direct/server.h"

/* 4 bytes a pixel, B,G,R and A or nothing. At one address from init to finish. */
struct oriel_direct_sheet {
	struct wl_buffer *wl;
	uint8_t *pixels;
	size_t pitch_bytes, bytes;
	uint32_t width_px, height_px;
	bool is_held; /* the compositor may read it: set by whoever attaches it */
};

/* Zeros that cost nothing before they are written to. has_alpha: premultiplied. 0, -ENOMEM, -EFBIG.
 */
int oriel_direct_sheet_init(struct oriel_direct_sheet *sheet,
	const struct oriel_direct_server *server, uint32_t width_px, uint32_t height_px,
	bool has_alpha, struct oriel_error *error);
/* The compositor keeps what it shows of it. Fine on a zeroed one. */
void oriel_direct_sheet_finish(struct oriel_direct_sheet *sheet);

#endif
