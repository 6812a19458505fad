/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of things at one moment: the main thread makes one with room for the picture, the
 * render thread fills it.
 */
#ifndef ORIEL_VIEW_SNAPSHOT_H
#define ORIEL_VIEW_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "present/present.h"
#include "view/source.h"
#include "view/stats.h"

struct oriel_snapshot {
	bool wants_image;
	uint8_t *pixels;
	size_t capacity_bytes;

	struct oriel_stats stats;
	size_t image_bytes;	  /* what the picture needs; 0: there is none */
	struct oriel_image image; /* in pixels; only when image_bytes fits */
};

/* Costs as much as copying a frame where the picture is wanted. The render thread. */
void oriel_snapshot_fill_rt(struct oriel_snapshot *snapshot, const struct oriel_stats *stats,
	const struct oriel_source *source, const struct oriel_presenter *presenter);

#endif
