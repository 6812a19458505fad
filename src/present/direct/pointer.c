/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's cursor as a surface of its own: the picture, which is the guest's memory, is not
 * written to.
 *
 * A cursor of colours is shown as it is. One that inverts what is beneath becomes what that looks
 * like: its small part of the picture is read, and again whenever that may have changed. Changes go
 * to the compositor one a refresh, however many the guest sends.
 */
#include <string.h>

#include "present/direct/direct.h"

int oriel_direct_pointer_init(struct oriel_direct *direct, struct oriel_error *error)
{
	struct oriel_direct_pointer *pointer = &direct->pointer;
	int result = oriel_soft_cursor_init(&pointer->cursor);

	if (result)
		return oriel_error_set_errno(error, result, "cannot prepare for the cursor");
	for (int i = 0; i < ORIEL_DIRECT_POINTER_SHEETS && !result; i++)
		result = oriel_direct_sheet_init(&pointer->sheets[i], &direct->server,
			ORIEL_CURSOR_SIDE_MAX_PX, ORIEL_CURSOR_SIDE_MAX_PX, true, error);
	return result;
}

void oriel_direct_pointer_finish(struct oriel_direct_pointer *pointer)
{
	if (pointer->frame)
		wl_callback_destroy(pointer->frame);
	pointer->frame = NULL;
	oriel_direct_layer_finish(&pointer->layer);
	for (int i = 0; i < ORIEL_DIRECT_POINTER_SHEETS; i++)
		oriel_direct_sheet_finish(&pointer->sheets[i]);
	oriel_soft_cursor_finish(&pointer->cursor);
}

/* ---- painting -----------------------------------------------------------------------------------
 */

static bool inverts(const struct oriel_soft_cursor *cursor)
{
	return cursor->shape.type != ORIEL_CURSOR_COLOUR;
}

static struct oriel_direct_sheet *find_free(struct oriel_direct_pointer *pointer)
{
	for (int i = 0; i < ORIEL_DIRECT_POINTER_SHEETS; i++)
		if (!pointer->sheets[i].is_held)
			return &pointer->sheets[i];
	return NULL;
}

static void paint_colours(
	struct oriel_direct_sheet *sheet, const struct oriel_direct_pointer *pointer)
{
	const struct oriel_cursor_shape *shape = &pointer->cursor.shape;

	for (uint32_t y = 0; y < pointer->height_px; y++)
		memcpy(sheet->pixels + y * sheet->pitch_bytes,
			shape->image + (size_t)(pointer->top_px + y) * shape->pitch_bytes +
				(size_t)pointer->left_px * 4,
			(size_t)pointer->width_px * 4);
}

static void read_beneath(struct oriel_direct *direct, const struct oriel_rect *rect,
	struct oriel_soft_canvas *ret_canvas)
{
	struct oriel_damage damage = {.count = 1};

	if (direct->where == ORIEL_DIRECT_IN_FRAME) {
		damage.rects[0] = oriel_direct_to_stored(&direct->layout, rect);
		*ret_canvas = direct->scratch;
		direct->read_bytes += oriel_direct_read(direct, ret_canvas, &damage);
		return;
	}
	*ret_canvas = (struct oriel_soft_canvas){direct->copy.pixels, direct->copy.pitch_bytes,
		direct->copy.width_px, direct->copy.height_px};
}

static void paint_inverting(struct oriel_direct *direct, struct oriel_direct_sheet *sheet,
	const struct oriel_rect *rect)
{
	struct oriel_soft_canvas beneath,
		small = {sheet->pixels, sheet->pitch_bytes, rect->w, rect->h};
	struct oriel_soft_cursor cursor = direct->pointer.cursor;

	read_beneath(direct, rect, &beneath);
	for (uint32_t y = 0; y < rect->h; y++) {
		uint32_t *to = (uint32_t *)(void *)(sheet->pixels + y * sheet->pitch_bytes);

		memcpy(to,
			beneath.pixels + (rect->y + y) * beneath.pitch_bytes + (size_t)rect->x * 4,
			(size_t)rect->w * 4);
		for (uint32_t x = 0; x < rect->w; x++)
			to[x] |= 0xff000000u;
	}
	cursor.x_px = -(int32_t)direct->pointer.left_px;
	cursor.y_px = -(int32_t)direct->pointer.top_px;
	oriel_soft_cursor_drop_rt(&cursor, &small, rect->w, rect->h);
}

/* ---- showing ------------------------------------------------------------------------------------
 */

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct oriel_direct *direct = data;

	wl_callback_destroy(callback);
	direct->pointer.frame = NULL;
	if (direct->pointer.cursor.changed)
		oriel_direct_pointer_show_rt(direct, false);
}

static const struct wl_callback_listener frame_listener = {on_frame};

/* The position of a layer is the window's to change. */
static void commit(struct oriel_direct *direct)
{
	struct oriel_direct_pointer *pointer = &direct->pointer;

	pointer->cursor.changed = false;
	wl_surface_commit(pointer->layer.surface);
	pointer->frame = wl_surface_frame(direct->server.window);
	wl_callback_add_listener(pointer->frame, &frame_listener, direct);
	wl_surface_commit(direct->server.window);
	wl_display_flush(direct->server.display);
}

/* Notes which part of its image is on the picture; true when that is another one. */
static bool note_part(
	struct oriel_direct_pointer *pointer, const struct oriel_rect *rect, int64_t x, int64_t y)
{
	uint32_t left_px = (uint32_t)(rect->x - x), top_px = (uint32_t)(rect->y - y);
	bool is_other = pointer->is_new_shape || pointer->left_px != left_px ||
			pointer->top_px != top_px || pointer->width_px != rect->w ||
			pointer->height_px != rect->h;

	pointer->left_px = left_px;
	pointer->top_px = top_px;
	pointer->width_px = rect->w;
	pointer->height_px = rect->h;
	return is_other;
}

/* False: not before the compositor has given a sheet back. */
static bool paint(struct oriel_direct *direct, const struct oriel_rect *rect)
{
	struct oriel_direct_pointer *pointer = &direct->pointer;
	struct oriel_direct_sheet *sheet = find_free(pointer);

	pointer->is_new_shape = true;
	if (!sheet)
		return false;
	if (inverts(&pointer->cursor))
		paint_inverting(direct, sheet, rect);
	else
		paint_colours(sheet, pointer);
	oriel_direct_layer_attach_rt(&pointer->layer, sheet->wl, WL_OUTPUT_TRANSFORM_NORMAL);
	wl_surface_damage_buffer(pointer->layer.surface, 0, 0, (int32_t)rect->w, (int32_t)rect->h);
	sheet->is_held = true;
	pointer->is_new_shape = false;
	return true;
}

static bool place(struct oriel_direct *direct, struct oriel_rect *ret_rect, int64_t *ret_x_px,
	int64_t *ret_y_px)
{
	uint32_t screen_width_px, screen_height_px;

	if (direct->where == ORIEL_DIRECT_NOWHERE)
		return false;
	oriel_soft_upload_get_screen(&direct->layout, &screen_width_px, &screen_height_px);
	return oriel_soft_cursor_place_rt(&direct->pointer.cursor, direct->scratch.width_px,
		       direct->scratch.height_px, screen_width_px, screen_height_px, ret_rect,
		       ret_x_px, ret_y_px) &&
	       oriel_direct_layer_place_rt(
		       &direct->pointer.layer, &direct->place, ret_rect, direct->scale_120);
}

void oriel_direct_pointer_show_rt(struct oriel_direct *direct, bool has_new_picture)
{
	struct oriel_direct_pointer *pointer = &direct->pointer;
	struct oriel_rect rect;
	int64_t x, y;

	if (has_new_picture && inverts(&pointer->cursor) && pointer->cursor.visible)
		pointer->is_new_shape = pointer->cursor.changed = true;
	if (!pointer->cursor.changed || pointer->frame)
		return;
	if (!place(direct, &rect, &x, &y)) {
		pointer->cursor.changed = false;
		oriel_direct_layer_hide_rt(&pointer->layer);
		wl_display_flush(direct->server.display);
		return;
	}
	if (inverts(&pointer->cursor))
		pointer->is_new_shape = true;
	if ((note_part(pointer, &rect, x, y) || !pointer->layer.is_shown) && !paint(direct, &rect))
		return;
	commit(direct);
}
