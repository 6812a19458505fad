/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/linux/x11/cursor.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/time.h"

#define ASK_NS (8 * ORIEL_NS_PER_MS)

void oriel_x11_cursor_init(
	struct oriel_x11_cursor *cursor, xcb_connection_t *connection, xcb_window_t root)
{
	*cursor = (struct oriel_x11_cursor){
		.connection = connection,
		.root = root,
		.is_shape_due = true,
	};
}

void oriel_x11_cursor_finish(struct oriel_x11_cursor *cursor)
{
	free(cursor->image);
	cursor->image = NULL;
}

void oriel_x11_cursor_expect_shape(struct oriel_x11_cursor *cursor)
{
	cursor->is_shape_due = true;
}

static int8_t clamp_hot(uint32_t value)
{
	return (int8_t)(value > INT8_MAX ? INT8_MAX : value);
}

static bool adopt_shape(struct oriel_x11_cursor *cursor, xcb_xfixes_get_cursor_image_reply_t *reply)
{
	const uint32_t *argb = xcb_xfixes_get_cursor_image_cursor_image(reply);
	size_t bytes = (size_t)reply->width * reply->height * 4;
	uint8_t *image;

	if (!bytes || reply->width > ORIEL_CURSOR_SIDE_MAX_PX ||
		reply->height > ORIEL_CURSOR_SIDE_MAX_PX)
		return false;
	image = realloc(cursor->image, bytes);
	if (!image)
		return false;
	cursor->image = image;
	memcpy(image, argb, bytes);
	cursor->hot_x_px = reply->xhot;
	cursor->hot_y_px = reply->yhot;
	cursor->last.shape = (struct oriel_cursor_shape){
		.type = ORIEL_CURSOR_COLOUR,
		.width_px = reply->width,
		.height_px = reply->height,
		.pitch_bytes = reply->width * 4u,
		.hot_x_px = clamp_hot(reply->xhot),
		.hot_y_px = clamp_hot(reply->yhot),
		.image = image,
	};
	return true;
}

/* True when there is a new one, in cursor->last. */
static bool look_at_shape(struct oriel_x11_cursor *cursor)
{
	xcb_xfixes_get_cursor_image_reply_t *reply;
	bool is_new = false;

	if (!cursor->is_shape_due)
		return false;
	cursor->is_shape_due = false;
	reply = xcb_xfixes_get_cursor_image_reply(
		cursor->connection, xcb_xfixes_get_cursor_image(cursor->connection), NULL);
	if (reply)
		is_new = adopt_shape(cursor, reply);
	free(reply);
	return is_new;
}

bool oriel_x11_cursor_take(
	struct oriel_x11_cursor *cursor, uint64_t now_ns, struct oriel_capture_cursor *ret_cursor)
{
	struct oriel_capture_cursor before = cursor->last;
	struct oriel_capture_cursor *last = &cursor->last;
	xcb_query_pointer_reply_t *pointer;

	if (!cursor->is_shape_due && now_ns < cursor->asked_ns + ASK_NS)
		return false;
	cursor->asked_ns = now_ns;
	last->has_shape = look_at_shape(cursor);
	pointer = xcb_query_pointer_reply(
		cursor->connection, xcb_query_pointer(cursor->connection, cursor->root), NULL);
	if (!pointer)
		return false;
	last->visible = pointer->same_screen;
	last->x_px = pointer->root_x - (int32_t)cursor->hot_x_px;
	last->y_px = pointer->root_y - (int32_t)cursor->hot_y_px;
	free(pointer);
	if (!last->has_shape && last->visible == before.visible && last->x_px == before.x_px &&
		last->y_px == before.y_px)
		return false;
	*ret_cursor = *last;
	return true;
}
