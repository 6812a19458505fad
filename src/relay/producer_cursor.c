/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cursor (protocol 4.3): positions in twenty small buffers, shapes in three large ones. A
 * buffer is used again only when the message that showed it has been read by everybody.
 */
#include "relay/producer_private.h"

#include <errno.h>
#include <string.h>

#include "relay/wire.h"

static_assert(PRODUCER_POSITION_BUFFERS >= B7_POINTER_LENGTH,
	"a position buffer comes round only after as many messages as can be unread");
static_assert((int)ORIEL_CURSOR_COLOUR == 0 && (int)ORIEL_CURSOR_MONOCHROME == 1 &&
		      (int)ORIEL_CURSOR_MASKED == 2,
	"types go over the wire as they are (4.3)");

void oriel_producer_cursor_begin(struct producer_cursor *cursor)
{
	memset(cursor, 0, sizeof *cursor);
	cursor->newest_shape = -1;
}

static bool is_full(const struct oriel_producer *producer)
{
	return oriel_producer_queue_count(&producer->pointer_queue) >= B7_POINTER_LENGTH;
}

static void set_state(struct producer_cursor *cursor, int32_t x_px, int32_t y_px, bool visible)
{
	cursor->x_px = producer_clamp16(x_px);
	cursor->y_px = producer_clamp16(y_px);
	cursor->visible = visible;
}

static int post(struct oriel_producer *producer, uint32_t flags, uint32_t offset, uint32_t bytes)
{
	flags |= B7_CURSOR_POSITION;
	if (producer->cursor.visible)
		flags |= B7_CURSOR_VISIBLE;
	oriel_wire_store_fence();
	return oriel_producer_check(producer, oriel_producer_queue_post(&producer->pointer_queue,
						      producer->now_ms, flags, bytes, offset));
}

/* ---- position only -------------------------------------------------------------------------- */

static int post_position(struct oriel_producer *producer)
{
	struct producer_cursor *cursor = &producer->cursor;
	uint32_t offset =
		producer->layout.position_buffers + cursor->next_position * PRODUCER_POSITION_BYTES;
	struct b7_cursor wire = {.x = cursor->x_px, .y = cursor->y_px};

	memcpy(producer->base + offset, &wire, sizeof wire);
	cursor->next_position = (cursor->next_position + 1) % PRODUCER_POSITION_BUFFERS;
	return post(producer, 0, offset, PRODUCER_POSITION_BYTES);
}

/* ---- with a shape --------------------------------------------------------------------------- */

static uint32_t get_shape_offset(const struct oriel_producer *producer, uint32_t buffer)
{
	return producer->layout.shape_buffers + buffer * PRODUCER_SHAPE_BYTES;
}

/* Messages are retired in order, so one that is older than all unread ones has been read. */
static bool is_shape_buffer_read(const struct oriel_producer *producer, uint32_t buffer)
{
	uint64_t posted = producer->cursor.shape_posted[buffer];

	return !posted || producer->pointer_queue.posted - posted >=
				  oriel_producer_queue_count(&producer->pointer_queue);
}

static uint32_t get_min_pitch(const struct oriel_cursor_shape *shape)
{
	return shape->type == ORIEL_CURSOR_MONOCHROME ? (shape->width_px + 7) / 8
						      : shape->width_px * 4;
}

static bool is_carriable(const struct oriel_cursor_shape *shape)
{
	return (unsigned)shape->type <= ORIEL_CURSOR_MASKED && shape->width_px &&
	       shape->height_px && shape->width_px <= ORIEL_CURSOR_SIDE_MAX_PX &&
	       shape->height_px <= ORIEL_CURSOR_SIDE_MAX_PX &&
	       shape->pitch_bytes >= get_min_pitch(shape) &&
	       oriel_cursor_get_image_bytes(shape) <= ORIEL_CURSOR_BYTES_MAX;
}

static void write_shape(
	struct oriel_producer *producer, uint32_t buffer, const struct oriel_cursor_shape *shape)
{
	uint8_t *to = producer->base + get_shape_offset(producer, buffer);
	struct b7_cursor wire = {
		.type = shape->type,
		.hot_x = shape->hot_x_px,
		.hot_y = shape->hot_y_px,
		.width = shape->width_px,
		.height = shape->type == ORIEL_CURSOR_MONOCHROME ? 2 * shape->height_px
								 : shape->height_px,
		.pitch = shape->pitch_bytes,
	};

	memcpy(to, &wire, sizeof wire);
	memcpy(to + sizeof wire, shape->image, oriel_cursor_get_image_bytes(shape));
}

/* One 32-bit store, since a viewer may be reading the buffer: it sees the old place or the new one.
 */
static void store_position(struct oriel_producer *producer, uint32_t buffer)
{
	uint32_t both = (uint16_t)producer->cursor.x_px | (uint32_t)(uint16_t)producer->cursor.y_px
								  << 16;

	oriel_wire_store32(
		(uint32_t *)(void *)(producer->base + get_shape_offset(producer, buffer)), both);
}

static int post_shape(struct oriel_producer *producer, uint32_t buffer)
{
	struct producer_cursor *cursor = &producer->cursor;
	int rc;

	store_position(producer, buffer);
	rc = post(producer, B7_CURSOR_SHAPE, get_shape_offset(producer, buffer),
		PRODUCER_SHAPE_BYTES);
	if (rc > 0)
		cursor->shape_posted[buffer] = producer->pointer_queue.posted;
	return rc;
}

/* ---- door ----------------------------------------------------------------------------------- */

static int publish_position(
	struct oriel_producer *producer, int32_t x_px, int32_t y_px, bool visible)
{
	int rc = -EAGAIN;

	pthread_mutex_lock(&producer->mutex);
	if (!producer->broken && !is_full(producer)) {
		set_state(&producer->cursor, x_px, y_px, visible);
		rc = post_position(producer);
	}
	pthread_mutex_unlock(&producer->mutex);
	return rc < 0 ? rc : 0;
}

/* The image is copied outside of the mutex: nobody but the capture thread touches shape buffers. */
static int publish_shape(struct oriel_producer *producer, int32_t x_px, int32_t y_px, bool visible,
	const struct oriel_cursor_shape *shape)
{
	struct producer_cursor *cursor = &producer->cursor;
	uint32_t buffer, session;
	bool usable;
	int rc = -EAGAIN;

	pthread_mutex_lock(&producer->mutex);
	buffer = cursor->next_shape;
	session = producer->sessions;
	usable = !producer->broken && !is_full(producer) && is_shape_buffer_read(producer, buffer);
	pthread_mutex_unlock(&producer->mutex);
	if (!usable)
		return -EAGAIN;
	write_shape(producer, buffer, shape);

	pthread_mutex_lock(&producer->mutex);
	if (producer->sessions == session) {
		set_state(cursor, x_px, y_px, visible);
		cursor->newest_shape = (int32_t)buffer;
		cursor->next_shape = (buffer + 1) % PRODUCER_SHAPE_BUFFERS;
		rc = post_shape(producer, buffer);
	}
	pthread_mutex_unlock(&producer->mutex);
	return rc < 0 ? rc : 0;
}

int oriel_producer_publish_cursor_rt(struct oriel_producer *producer, int32_t x_px, int32_t y_px,
	bool visible, const struct oriel_cursor_shape *shape)
{
	if (!shape)
		return publish_position(producer, x_px, y_px, visible);
	if (!is_carriable(shape))
		return -EINVAL;
	return publish_shape(producer, x_px, y_px, visible, shape);
}

int oriel_producer_repeat_cursor_rt(struct oriel_producer *producer)
{
	int32_t buffer;
	int rc = -EAGAIN;

	pthread_mutex_lock(&producer->mutex);
	buffer = producer->cursor.newest_shape;
	if (!producer->broken && !is_full(producer))
		rc = buffer < 0 ? post_position(producer) : post_shape(producer, (uint32_t)buffer);
	pthread_mutex_unlock(&producer->mutex);
	return rc < 0 ? rc : 0;
}
