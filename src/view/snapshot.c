/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/snapshot.h"

#include <string.h>

static void copy_image(struct oriel_snapshot *snapshot, const struct oriel_image *image)
{
	size_t row_bytes = (size_t)image->width_px * 4;

	snapshot->image_bytes = row_bytes * image->height_px;
	if (snapshot->image_bytes > snapshot->capacity_bytes)
		return;
	for (uint32_t y = 0; y < image->height_px; y++)
		memcpy(snapshot->pixels + y * row_bytes, image->pixels + y * image->pitch_bytes,
			row_bytes);
	snapshot->image = (struct oriel_image){
		snapshot->pixels, row_bytes, image->width_px, image->height_px};
}

void oriel_snapshot_fill_rt(struct oriel_snapshot *snapshot, const struct oriel_stats *stats,
	const struct oriel_source *source, const struct oriel_presenter *presenter)
{
	struct oriel_image image;

	snapshot->stats = *stats;
	source->ops->get_counts(source, &snapshot->stats.source);
	snapshot->image_bytes = 0;
	if (snapshot->wants_image && stats->frames && presenter->ops->get_image(presenter, &image))
		copy_image(snapshot, &image);
}
