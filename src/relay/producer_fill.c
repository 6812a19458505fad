/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/producer_fill.h"

#include "base/time.h"
#include "relay/copy.h"
#include "relay/wire.h"

#define PUBLISH_STEP_BYTES (1u << 20)

struct fill_run {
	const struct producer_fill *fill;
	enum oriel_copy_kind kind;
	uint8_t *target;
	uint32_t pixel_bytes;
	uint64_t copied_bytes;
};

/* All rows above rows are complete: fence what was copied, publish, and let the publication out of
 * the write buffers at once (2.6). */
static void publish_rows(const struct fill_run *run, uint32_t rows)
{
	oriel_wire_store_fence();
	oriel_wire_store32(run->fill->write_pointer, rows * run->fill->picture.pitch_bytes);
	oriel_wire_store_fence();
}

static void copy_block(struct fill_run *run, const struct oriel_rect *block)
{
	size_t pitch_bytes = run->fill->picture.pitch_bytes;
	size_t left_bytes = (size_t)block->x * run->pixel_bytes;
	size_t bytes = (size_t)block->w * run->pixel_bytes;

	oriel_copy_rows_rt(run->kind, run->target + block->y * pitch_bytes + left_bytes,
		pitch_bytes,
		run->fill->source + block->y * run->fill->source_pitch_bytes + left_bytes,
		run->fill->source_pitch_bytes, bytes, block->h);
	run->copied_bytes += (uint64_t)bytes * block->h;
}

/* Copies rect in pieces of about PUBLISH_STEP_BYTES. Rows from limit on may have to wait for other
 * rectangles and are not published yet. */
static void copy_rect(struct fill_run *run, const struct oriel_rect *rect, uint32_t limit)
{
	uint32_t step = PUBLISH_STEP_BYTES / (rect->w * run->pixel_bytes) + 1;
	uint32_t end = rect->y + rect->h;

	for (uint32_t y = rect->y; y < end; y += step) {
		uint32_t next = end - y > step ? y + step : end;

		copy_block(run, &(struct oriel_rect){rect->x, y, rect->w, next - y});
		publish_rows(run, next < limit ? next : limit);
		if (next == end)
			return;
	}
}

static void fill_full(struct fill_run *run)
{
	const struct oriel_picture *picture = &run->fill->picture;

	copy_rect(run, &(struct oriel_rect){0, 0, picture->width_px, picture->rows}, picture->rows);
}

/* From top to bottom: once a rectangle is done, only rows from the next one's top on can still
 * change. */
static void fill_damage(struct fill_run *run)
{
	const struct oriel_damage *lacks = &run->fill->lacks;
	uint32_t rows = run->fill->picture.rows;

	for (uint32_t i = 0; i < lacks->count; i++)
		copy_rect(
			run, &lacks->rects[i], i + 1 < lacks->count ? lacks->rects[i + 1].y : rows);
	publish_rows(run, rows);
}

uint64_t oriel_producer_fill_rt(struct producer_fill *fill)
{
	const struct oriel_picture *picture = &fill->picture;
	uint32_t pixel_bytes = oriel_pixel_get_info(picture->format)->bytes;
	uint64_t whole_px = (uint64_t)picture->width_px * picture->rows;
	uint64_t area_px = oriel_damage_area_px(&fill->lacks, picture->width_px, picture->rows);
	bool full = area_px >= whole_px;
	uint64_t bytes = (full ? whole_px : area_px) * pixel_bytes;
	struct fill_run run = {
		.fill = fill,
		.kind = oriel_copy_tuner_choose_rt(fill->tuner, bytes, fill->write_combined),
		.target = (uint8_t *)(fill->write_pointer + 1),
		.pixel_bytes = pixel_bytes,
	};

	uint64_t began_ns;

	oriel_damage_sort(&fill->lacks);
	began_ns = oriel_time_now_ns();
	if (full)
		fill_full(&run);
	else
		fill_damage(&run);
	oriel_copy_tuner_learn_rt(fill->tuner, bytes, oriel_time_now_ns() - began_ns);
	return run.copied_bytes;
}
