/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a frame buffer's number to its pixels, whoever made it. Capture thread. */
#ifndef ORIEL_GUEST_LINUX_KMS_SCANOUT_H
#define ORIEL_GUEST_LINUX_KMS_SCANOUT_H

#include <stdint.h>

#include "base/error.h"
#include "guest/core/pixels.h"
#include "guest/linux/kms/card.h"

#define ORIEL_KMS_MAPPINGS 4u

struct oriel_kms_mapping {
	uint8_t *base; /* NULL: unused */
	size_t size_bytes;
	uint64_t key;  /* names the memory as long as we map it */
	int dmabuf_fd; /* -1: mapped through the card */
	uint64_t used_ns;
};

/* Programs flip between two or three buffers: their mappings are kept for a moment. */
struct oriel_kms_scanout {
	const struct oriel_kms_card *card;
	struct oriel_kms_mapping mappings[ORIEL_KMS_MAPPINGS];
};

struct oriel_kms_view {
	const uint8_t *pixels;
	uint32_t pitch_bytes;
	uint32_t width_px, height_px;
	const struct oriel_pixels_way *way;
	const struct oriel_kms_mapping *mapping;
};

void oriel_kms_scanout_init(struct oriel_kms_scanout *scanout, const struct oriel_kms_card *card);
void oriel_kms_scanout_finish(struct oriel_kms_scanout *scanout);

/*
 * *ret_view is valid until the next get. -ENOENT: the buffer just went away; -EACCES: not allowed
 * to look into buffers of others; -ENOTSUP: a pixel format or a tiling that cannot be read.
 */
int oriel_kms_scanout_get(struct oriel_kms_scanout *scanout, uint32_t fb_id, uint64_t now_ns,
	struct oriel_kms_view *ret_view, struct oriel_error *error);

/* Around reading a view's pixels: drivers that move or cache them must know. */
void oriel_kms_view_begin(const struct oriel_kms_view *view);
void oriel_kms_view_end(const struct oriel_kms_view *view);

#endif
