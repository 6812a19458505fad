/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/frame.h"

#include <stdlib.h>
#include <string.h>

/* ---- rectangles ----------------------------------------------------------------------------- */

static uint64_t area(const struct oriel_rect *rect)
{
	return (uint64_t)rect->w * rect->h;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static bool contains(const struct oriel_rect *outer, const struct oriel_rect *inner)
{
	return inner->x >= outer->x && inner->y >= outer->y &&
	       (uint64_t)inner->x + inner->w <= (uint64_t)outer->x + outer->w &&
	       (uint64_t)inner->y + inner->h <= (uint64_t)outer->y + outer->h;
}

void oriel_rect_clip(struct oriel_rect *rect, uint32_t width_px, uint32_t height_px)
{
	if (rect->x >= width_px || rect->y >= height_px) {
		rect->w = rect->h = 0;
		return;
	}
	rect->w = min32(rect->w, width_px - rect->x);
	rect->h = min32(rect->h, height_px - rect->y);
}

bool oriel_rect_intersect(
	const struct oriel_rect *a, const struct oriel_rect *b, struct oriel_rect *ret_shared)
{
	uint32_t left = max32(a->x, b->x);
	uint32_t top = max32(a->y, b->y);
	uint32_t right = min32(a->x + a->w, b->x + b->w);
	uint32_t bottom = min32(a->y + a->h, b->y + b->h);

	if (left >= right || top >= bottom)
		return false;
	*ret_shared = (struct oriel_rect){left, top, right - left, bottom - top};
	return true;
}

struct oriel_rect oriel_rect_union(const struct oriel_rect *a, const struct oriel_rect *b)
{
	uint32_t left = min32(a->x, b->x);
	uint32_t top = min32(a->y, b->y);
	uint32_t right = max32(a->x + a->w, b->x + b->w);
	uint32_t bottom = max32(a->y + a->h, b->y + b->h);

	return (struct oriel_rect){left, top, right - left, bottom - top};
}

/* ---- damage --------------------------------------------------------------------------------- */

void oriel_damage_clear(struct oriel_damage *damage)
{
	damage->full = false;
	damage->count = 0;
}

void oriel_damage_set_full(struct oriel_damage *damage)
{
	damage->full = true;
	damage->count = 0;
}

static void remove_at(struct oriel_damage *damage, uint32_t index)
{
	damage->rects[index] = damage->rects[--damage->count];
}

/* The entry whose union with rect covers the least that neither covered; *ret_cost says how much.
 */
static uint32_t find_cheapest(
	const struct oriel_damage *damage, const struct oriel_rect *rect, int64_t *ret_cost)
{
	uint32_t best = 0;

	*ret_cost = INT64_MAX;
	for (uint32_t i = 0; i < damage->count; i++) {
		struct oriel_rect both = oriel_rect_union(&damage->rects[i], rect);
		int64_t cost = (int64_t)area(&both) - (int64_t)area(&damage->rects[i]) -
			       (int64_t)area(rect);

		if (cost < *ret_cost) {
			*ret_cost = cost;
			best = i;
		}
	}
	return best;
}

void oriel_damage_add(struct oriel_damage *damage, struct oriel_rect rect)
{
	if (damage->full || !rect.w || !rect.h)
		return;

	/* A union can make further unions free, hence the loop; it ends because each round removes
	 * an entry. */
	while (damage->count) {
		int64_t cost;
		uint32_t index = find_cheapest(damage, &rect, &cost);

		if (contains(&damage->rects[index], &rect))
			return;
		if (cost > 0 && damage->count < ORIEL_DAMAGE_MAX)
			break;
		rect = oriel_rect_union(&damage->rects[index], &rect);
		remove_at(damage, index);
	}
	damage->rects[damage->count++] = rect;
}

void oriel_damage_merge(struct oriel_damage *damage, const struct oriel_damage *other)
{
	if (other->full) {
		oriel_damage_set_full(damage);
		return;
	}
	for (uint32_t i = 0; i < other->count; i++)
		oriel_damage_add(damage, other->rects[i]);
}

void oriel_damage_clip(struct oriel_damage *damage, uint32_t width_px, uint32_t height_px)
{
	uint32_t i = 0;

	while (i < damage->count) {
		oriel_rect_clip(&damage->rects[i], width_px, height_px);
		if (damage->rects[i].w && damage->rects[i].h)
			i++;
		else
			remove_at(damage, i);
	}
}

uint64_t oriel_damage_area_px(
	const struct oriel_damage *damage, uint32_t width_px, uint32_t height_px)
{
	uint64_t sum = 0;

	if (damage->full)
		return (uint64_t)width_px * height_px;
	for (uint32_t i = 0; i < damage->count; i++)
		sum += area(&damage->rects[i]);
	return sum;
}

/* Insertion sort: at most 64 entries, mostly in order already, and no allocation. */
void oriel_damage_sort(struct oriel_damage *damage)
{
	for (uint32_t i = 1; i < damage->count; i++) {
		struct oriel_rect moving = damage->rects[i];
		uint32_t at = i;

		while (at && (damage->rects[at - 1].y > moving.y ||
				     (damage->rects[at - 1].y == moving.y &&
					     damage->rects[at - 1].x > moving.x))) {
			damage->rects[at] = damage->rects[at - 1];
			at--;
		}
		damage->rects[at] = moving;
	}
}

/* ---- pixels --------------------------------------------------------------------------------- */

static const struct oriel_pixel_info pixel_infos[ORIEL_PIXEL_COUNT] = {
	[ORIEL_PIXEL_BGRA] = {"bgra", 4, 8},
	[ORIEL_PIXEL_RGBA] = {"rgba", 4, 8},
	[ORIEL_PIXEL_RGBA10] = {"rgba10", 4, 10},
	[ORIEL_PIXEL_RGBA16F] = {"rgba16f", 8, 16},
	[ORIEL_PIXEL_BGR_32] = {"bgr_32", 3, 8},
	[ORIEL_PIXEL_RGB_24] = {"rgb_24", 3, 8},
};

const struct oriel_pixel_info *oriel_pixel_get_info(enum oriel_pixel_format format)
{
	if ((unsigned)format >= ORIEL_PIXEL_COUNT || !pixel_infos[format].name)
		return NULL;
	return &pixel_infos[format];
}

enum oriel_pixel_format oriel_pixel_from_name(const char *name)
{
	for (int i = 0; i < ORIEL_PIXEL_COUNT; i++)
		if (pixel_infos[i].name && !strcmp(pixel_infos[i].name, name))
			return (enum oriel_pixel_format)i;
	return ORIEL_PIXEL_INVALID;
}

uint32_t oriel_picture_get_row_bytes(const struct oriel_picture *picture)
{
	const struct oriel_pixel_info *info = oriel_pixel_get_info(picture->format);

	return info ? picture->width_px * info->bytes : 0;
}

bool oriel_picture_is_same_layout(const struct oriel_picture *a, const struct oriel_picture *b)
{
	return a->format == b->format && a->rotation == b->rotation && a->width_px == b->width_px &&
	       a->height_px == b->height_px && a->rows == b->rows &&
	       a->pitch_bytes == b->pitch_bytes && a->screen_width_px == b->screen_width_px &&
	       a->screen_height_px == b->screen_height_px;
}

/* ---- cursor --------------------------------------------------------------------------------- */

size_t oriel_cursor_get_image_bytes(const struct oriel_cursor_shape *shape)
{
	size_t bytes = (size_t)shape->pitch_bytes * shape->height_px;

	return shape->type == ORIEL_CURSOR_MONOCHROME ? 2 * bytes : bytes;
}
