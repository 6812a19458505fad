/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/upload.h"

#include <stdlib.h>

#include "base/time.h"
#include "relay/wire.h"

/* A turned picture is written in tiles of this many stored rows: 16 pixels are one cache line of
 * the canvas. The width keeps a tile in the first-level cache. */
#define TILE_ROWS 16u
#define TILE_COLUMNS 128u

struct job {
	const struct oriel_soft_canvas *canvas;
	const struct oriel_soft_convert *convert;
	const struct oriel_frame *frame;
	const struct oriel_arrival *arrival;
	enum oriel_copy_kind copy_kind;
	size_t arrived_bytes;
	uint64_t read_bytes;
	uint64_t busy_ns; /* not waiting for the guest */
};

/* ---- where things lie ----------------------------------------------------------------------- */

void oriel_soft_upload_get_upright(
	const struct oriel_picture *picture, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	bool lying = picture->rotation == ORIEL_ROTATE_90 || picture->rotation == ORIEL_ROTATE_270;

	*ret_width_px = lying ? picture->height_px : picture->width_px;
	*ret_height_px = lying ? picture->width_px : picture->height_px;
}

struct oriel_rect oriel_soft_upload_map_rect(
	const struct oriel_picture *picture, const struct oriel_rect *stored)
{
	uint32_t right = picture->width_px - stored->x - stored->w;
	uint32_t below = picture->height_px - stored->y - stored->h;

	switch (picture->rotation) {
	case ORIEL_ROTATE_90:
		return (struct oriel_rect){stored->y, right, stored->h, stored->w};
	case ORIEL_ROTATE_180:
		return (struct oriel_rect){right, below, stored->w, stored->h};
	case ORIEL_ROTATE_270:
		return (struct oriel_rect){below, stored->x, stored->h, stored->w};
	default:
		return *stored;
	}
}

void oriel_soft_upload_get_screen(
	const struct oriel_picture *picture, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	struct oriel_picture screen = *picture;

	screen.width_px = screen.screen_width_px ? screen.screen_width_px : screen.width_px;
	screen.height_px = screen.screen_height_px ? screen.screen_height_px : screen.height_px;
	oriel_soft_upload_get_upright(&screen, ret_width_px, ret_height_px);
}

void oriel_soft_upload_map_damage(const struct oriel_frame *frame, struct oriel_damage *ret_upright)
{
	struct oriel_damage stored = frame->damage;

	oriel_damage_clip(&stored, frame->picture.width_px, frame->picture.height_px);
	*ret_upright = stored;
	for (uint32_t i = 0; i < stored.count; i++)
		ret_upright->rects[i] =
			oriel_soft_upload_map_rect(&frame->picture, &stored.rects[i]);
}

bool oriel_soft_upload_touches(const struct oriel_damage *upright, const struct oriel_rect *rect)
{
	struct oriel_rect shared;

	for (uint32_t i = 0; i < upright->count; i++)
		if (oriel_rect_intersect(&upright->rects[i], rect, &shared))
			return true;
	return upright->full && rect->w;
}

static const uint8_t *stored_at(const struct job *job, uint32_t x, uint32_t y)
{
	return job->frame->pixels + (size_t)y * job->frame->picture.pitch_bytes +
	       (size_t)x * job->convert->pixel_bytes;
}

static uint32_t *canvas_at(const struct job *job, uint32_t x, uint32_t y)
{
	return (uint32_t *)(void *)(job->canvas->pixels + (size_t)y * job->canvas->pitch_bytes) + x;
}

/* ---- rows that have arrived, by rotation ---------------------------------------------------- */

static void put_upright(struct job *job, const struct oriel_rect *rect)
{
	if (job->convert->is_copy) {
		oriel_copy_rows_rt(job->copy_kind, (uint8_t *)canvas_at(job, rect->x, rect->y),
			job->canvas->pitch_bytes, stored_at(job, rect->x, rect->y),
			job->frame->picture.pitch_bytes, (size_t)rect->w * 4, rect->h);
		return;
	}
	for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
		oriel_soft_convert_row_rt(job->convert, canvas_at(job, rect->x, y),
			stored_at(job, rect->x, y), rect->w);
}

static void put_half_turn(struct job *job, const struct oriel_rect *rect)
{
	struct oriel_rect to = oriel_soft_upload_map_rect(&job->frame->picture, rect);

	for (uint32_t y = 0; y < rect->h; y++) {
		uint32_t *row = canvas_at(job, to.x, to.y + rect->h - 1 - y);

		oriel_soft_convert_row_rt(
			job->convert, row, stored_at(job, rect->x, rect->y + y), rect->w);
		for (uint32_t left = 0, right = rect->w - 1; left < right; left++, right--) {
			uint32_t kept = row[left];

			row[left] = row[right];
			row[right] = kept;
		}
	}
}

/* One tile: its stored rows are columns of the canvas. */
static void put_tile(struct job *job, const struct oriel_rect *tile)
{
	uint32_t pixels[TILE_ROWS][TILE_COLUMNS];
	bool mirrored = job->frame->picture.rotation == ORIEL_ROTATE_270;
	struct oriel_rect to = oriel_soft_upload_map_rect(&job->frame->picture, tile);

	for (uint32_t y = 0; y < tile->h; y++)
		oriel_soft_convert_row_rt(job->convert, pixels[mirrored ? tile->h - 1 - y : y],
			stored_at(job, tile->x, tile->y + y), tile->w);
	for (uint32_t x = 0; x < tile->w; x++) {
		uint32_t *row = canvas_at(job, to.x, to.y + (mirrored ? x : tile->w - 1 - x));

		for (uint32_t y = 0; y < tile->h; y++)
			row[y] = pixels[y][x];
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void put_quarter_turn(struct job *job, const struct oriel_rect *rect)
{
	for (uint32_t y = 0; y < rect->h; y += TILE_ROWS)
		for (uint32_t x = 0; x < rect->w; x += TILE_COLUMNS) {
			struct oriel_rect tile = {rect->x + x, rect->y + y,
				least(rect->w - x, TILE_COLUMNS), least(rect->h - y, TILE_ROWS)};

			put_tile(job, &tile);
		}
}

static void (*const puts_by_rotation[])(struct job *job, const struct oriel_rect *rect) = {
	[ORIEL_ROTATE_0] = put_upright,
	[ORIEL_ROTATE_90] = put_quarter_turn,
	[ORIEL_ROTATE_180] = put_half_turn,
	[ORIEL_ROTATE_270] = put_quarter_turn,
};

/* ---- following the guest -------------------------------------------------------------------- */

/* Bytes that must have arrived before row y is whole between x and the right edge of rect. */
static size_t end_of_row(const struct job *job, const struct oriel_rect *rect, uint32_t y)
{
	return (size_t)y * job->frame->picture.pitch_bytes +
	       (size_t)(rect->x + rect->w) * job->convert->pixel_bytes;
}

/* How many rows of rect, from y on, are there: all of them is the rule, except behind a guest that
 * is still writing. Turned pictures go by whole tiles. */
static int wait_rows(struct job *job, const struct oriel_rect *rect, uint32_t y, uint32_t *ret_rows)
{
	bool lying = puts_by_rotation[job->frame->picture.rotation] == put_quarter_turn;
	uint32_t left = rect->y + rect->h - y;
	uint32_t wanted = lying ? least(left, TILE_ROWS) : 1;
	size_t needed = end_of_row(job, rect, y + wanted - 1);
	uint64_t rows;

	if (job->arrived_bytes < needed) {
		int result = job->arrival->wait_rt(
			job->arrival->data, job->frame, needed, &job->arrived_bytes);

		if (result)
			return result;
	}
	rows = (job->arrived_bytes - end_of_row(job, rect, y)) / job->frame->picture.pitch_bytes +
	       1;
	if (lying && rows < left)
		rows -= rows % TILE_ROWS;
	*ret_rows = rows < left ? (uint32_t)rows : left;
	return 0;
}

static int follow_rect(struct job *job, const struct oriel_rect *rect)
{
	uint32_t y = rect->y;

	while (y < rect->y + rect->h) {
		struct oriel_rect part = {.x = rect->x, .y = y, .w = rect->w};
		int result = wait_rows(job, rect, y, &part.h);
		uint64_t began_ns;

		if (result)
			return result;
		began_ns = oriel_time_now_ns();
		puts_by_rotation[job->frame->picture.rotation](job, &part);
		job->busy_ns += oriel_time_now_ns() - began_ns;
		job->read_bytes += (uint64_t)part.w * part.h * job->convert->pixel_bytes;
		y += part.h;
	}
	return 0;
}

/* ---- overlapping damage --------------------------------------------------------------------- */

/* The next row below y at which a rectangle begins or ends. */
static uint32_t next_edge(const struct oriel_damage *damage, uint32_t y)
{
	uint32_t next = UINT32_MAX;

	for (uint32_t i = 0; i < damage->count; i++) {
		const struct oriel_rect *rect = &damage->rects[i];

		if (rect->y > y)
			next = least(next, rect->y);
		if (rect->y + rect->h > y)
			next = least(next, rect->y + rect->h);
	}
	return next;
}

/* The next stretch of damaged columns at or right of x in the rows that begin at y. */
static bool next_stretch(const struct oriel_damage *damage, uint32_t y, uint32_t x,
	uint32_t *ret_left, uint32_t *ret_right)
{
	uint32_t left = UINT32_MAX, right = 0;
	bool grown;

	for (uint32_t i = 0; i < damage->count; i++) {
		const struct oriel_rect *rect = &damage->rects[i];

		if (rect->y <= y && y < rect->y + rect->h && rect->x + rect->w > x &&
			(rect->x > x ? rect->x : x) < left)
			left = rect->x > x ? rect->x : x;
	}
	if (left == UINT32_MAX)
		return false;
	right = left;
	do {
		grown = false;
		for (uint32_t i = 0; i < damage->count; i++) {
			const struct oriel_rect *rect = &damage->rects[i];

			if (rect->y <= y && y < rect->y + rect->h && rect->x <= right &&
				rect->x + rect->w > right) {
				right = rect->x + rect->w;
				grown = true;
			}
		}
	} while (grown);
	*ret_left = left;
	*ret_right = right;
	return true;
}

/* Rectangles of a guest may overlap: go by bands of rows that no edge divides, so that no pixel is
 * read twice. At most 128 bands of 64 stretches. */
static int follow_damage(struct job *job, const struct oriel_damage *damage)
{
	uint32_t y = 0;

	for (uint32_t end = next_edge(damage, y); end != UINT32_MAX;
		y = end, end = next_edge(damage, y)) {
		uint32_t left, right = 0;

		while (next_stretch(damage, y, right, &left, &right)) {
			struct oriel_rect part = {left, y, right - left, end - y};
			int result = follow_rect(job, &part);

			if (result)
				return result;
		}
	}
	return 0;
}

int oriel_soft_upload_rt(const struct oriel_soft_canvas *canvas,
	const struct oriel_soft_convert *convert, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, struct oriel_copy_tuner *tuner, uint64_t *ret_bytes)
{
	const struct oriel_picture *picture = &frame->picture;
	struct oriel_damage stored = frame->damage;
	struct job job = {
		.canvas = canvas,
		.convert = convert,
		.frame = frame,
		.arrival = arrival,
	};
	size_t bytes;
	int result;

	if (stored.full) {
		stored.full = false;
		stored.count = 1;
		stored.rects[0] = (struct oriel_rect){0, 0, picture->width_px, picture->rows};
	}
	oriel_damage_clip(&stored, picture->width_px, picture->rows);
	bytes = (size_t)oriel_damage_area_px(&stored, picture->width_px, picture->rows) * 4;
	job.copy_kind = oriel_copy_tuner_choose_rt(tuner, bytes, false);
	result = follow_damage(&job, &stored);
	if (!result && convert->is_copy && picture->rotation == ORIEL_ROTATE_0)
		oriel_copy_tuner_learn_rt(tuner, bytes, job.busy_ns);
	/* Streamed stores are to be seen by the display server that is told of them next. */
	oriel_wire_store_fence();
	*ret_bytes = job.read_bytes;
	return result;
}
