/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/soft/place.h"

static uint32_t scaled(uint32_t side, uint32_t numerator, uint32_t denominator)
{
	uint64_t result = ((uint64_t)side * numerator + denominator / 2) / denominator;

	return result ? (uint32_t)result : 1;
}

static void place_none(struct oriel_soft_place *place, uint32_t width_px, uint32_t height_px)
{
	place->width_px = place->picture_width_px;
	place->height_px = place->picture_height_px;
}

static void place_stretch(struct oriel_soft_place *place, uint32_t width_px, uint32_t height_px)
{
	place->width_px = width_px;
	place->height_px = height_px;
}

static void place_fit(struct oriel_soft_place *place, uint32_t width_px, uint32_t height_px)
{
	uint32_t picture_w = place->picture_width_px, picture_h = place->picture_height_px;

	if ((uint64_t)width_px * picture_h <= (uint64_t)height_px * picture_w) {
		place->width_px = width_px;
		place->height_px = scaled(picture_h, width_px, picture_w);
	} else {
		place->width_px = scaled(picture_w, height_px, picture_h);
		place->height_px = height_px;
	}
}

static void place_integer(struct oriel_soft_place *place, uint32_t width_px, uint32_t height_px)
{
	uint32_t across = width_px / place->picture_width_px;
	uint32_t down = height_px / place->picture_height_px;
	uint32_t times = across < down ? across : down;

	if (!times) {
		place_fit(place, width_px, height_px);
		return;
	}
	place->width_px = place->picture_width_px * times;
	place->height_px = place->picture_height_px * times;
}

static void (*const places[])(
	struct oriel_soft_place *place, uint32_t width_px, uint32_t height_px) = {
	[ORIEL_SCALE_FIT] = place_fit,
	[ORIEL_SCALE_NONE] = place_none,
	[ORIEL_SCALE_INTEGER] = place_integer,
	[ORIEL_SCALE_STRETCH] = place_stretch,
};

static bool is_whole_multiple(const struct oriel_soft_place *place)
{
	return place->width_px % place->picture_width_px == 0 &&
	       place->height_px % place->picture_height_px == 0;
}

/* The part of a side of length at start that lies within 0..limit. */
static void clip_side(
	int64_t start, int64_t length, uint32_t limit, uint32_t *ret_start, uint32_t *ret_length)
{
	int64_t from = start > 0 ? start : 0;
	int64_t to = start + length < limit ? start + length : limit;

	*ret_start = (uint32_t)from;
	*ret_length = to > from ? (uint32_t)(to - from) : 0;
}

struct oriel_soft_place oriel_soft_place_make(uint32_t window_width_px, uint32_t window_height_px,
	uint32_t picture_width_px, uint32_t picture_height_px, enum oriel_scale scale,
	enum oriel_filter filter)
{
	struct oriel_soft_place place = {
		.picture_width_px = picture_width_px,
		.picture_height_px = picture_height_px,
	};

	places[scale](&place, window_width_px, window_height_px);
	place.x_px = (int32_t)(((int64_t)window_width_px - place.width_px) / 2);
	place.y_px = (int32_t)(((int64_t)window_height_px - place.height_px) / 2);
	clip_side(place.x_px, place.width_px, window_width_px, &place.seen.x, &place.seen.w);
	clip_side(place.y_px, place.height_px, window_height_px, &place.seen.y, &place.seen.h);
	place.is_1to1 = place.width_px == picture_width_px && place.height_px == picture_height_px;
	place.is_whole = place.seen.w == place.width_px && place.seen.h == place.height_px;
	place.nearest = filter == ORIEL_FILTER_NEAREST ||
			(filter == ORIEL_FILTER_AUTO && is_whole_multiple(&place));
	return place;
}

/* From a stretch of picture pixels to window pixels, one more picture pixel on either side: a
 * linear filter looks at its neighbours. */
static void map_side(uint32_t start, uint32_t length, uint32_t picture, uint32_t shown,
	int32_t offset, int64_t *ret_start, int64_t *ret_length)
{
	uint64_t first = start ? start - 1 : 0;
	uint64_t end = (uint64_t)start + length + 1;
	int64_t from = (int64_t)(first * shown / picture);
	int64_t to = (int64_t)((end * shown + picture - 1) / picture);

	*ret_start = from + offset;
	*ret_length = to - from;
}

struct oriel_rect oriel_soft_place_map(
	const struct oriel_soft_place *place, const struct oriel_rect *rect)
{
	struct oriel_rect mapped = {0}, shared = {0};
	int64_t x, y, w, h;

	if (place->is_1to1) {
		x = (int64_t)rect->x + place->x_px;
		y = (int64_t)rect->y + place->y_px;
		w = rect->w;
		h = rect->h;
	} else {
		map_side(rect->x, rect->w, place->picture_width_px, place->width_px, place->x_px,
			&x, &w);
		map_side(rect->y, rect->h, place->picture_height_px, place->height_px, place->y_px,
			&y, &h);
	}
	clip_side(x, w, place->seen.x + place->seen.w, &mapped.x, &mapped.w);
	clip_side(y, h, place->seen.y + place->seen.h, &mapped.y, &mapped.h);
	oriel_rect_intersect(&mapped, &place->seen, &shared);
	return shared;
}
