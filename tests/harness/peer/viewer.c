/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/peer/pattern.h"
#include "harness/peer/raw.h"

#define HEARTBEAT_LOSS_MS 1000u
#define WP_WAIT_MS 1000u
#define PIXELS_MAX_BYTES (256u << 20)

/* ---- session (2.11, 2.12) ------------------------------------------------------------------- */

static bool read_udata(struct peer_viewer *viewer)
{
	uint32_t bytes = raw_load32(viewer->base, RAW_UDATA_BYTES);
	const uint8_t *udata = viewer->base + RAW_UDATA;
	uint32_t version;

	if (bytes < 48 || memcmp(udata, "KVMFR---", 8))
		return false;
	memcpy(&version, udata + 8, 4);
	memcpy(viewer->host_version, udata + 12, 32);
	memcpy(&viewer->features, udata + 44, 4);
	return version == 20;
}

static bool is_alive(struct peer_viewer *viewer, uint64_t first)
{
	return raw_load32(viewer->base, RAW_MAGIC) == RAW_MAGIC_VALUE &&
	       raw_load32(viewer->base, RAW_VERSION) == 6 &&
	       raw_load64(viewer->base, RAW_TIMESTAMP) != first;
}

enum peer_status peer_viewer_attach(struct peer_viewer *viewer, uint32_t wait_ms)
{
	uint64_t first = raw_load64(viewer->base, RAW_TIMESTAMP);
	uint64_t end_ms = raw_now_ms() + wait_ms;

	while (!is_alive(viewer, first) || !read_udata(viewer)) {
		if (raw_now_ms() > end_ms)
			return PEER_NO_SESSION;
		raw_nap_us(1000);
	}
	viewer->session_id = raw_load32(viewer->base, RAW_SESSION);
	viewer->timestamp = raw_load64(viewer->base, RAW_TIMESTAMP);
	viewer->changed_ms = raw_now_ms();
	viewer->client_id = (uint32_t)raw_now_ns() ^ (uint32_t)getpid() << 16;
	viewer->frame = viewer->pointer = (struct peer_subscription){.active = false};
	viewer->has_picture = false;
	return PEER_OK;
}

bool peer_viewer_is_valid(struct peer_viewer *viewer)
{
	uint64_t timestamp = raw_load64(viewer->base, RAW_TIMESTAMP);

	if (raw_load32(viewer->base, RAW_SESSION) != viewer->session_id)
		return false;
	if (timestamp != viewer->timestamp) {
		viewer->timestamp = timestamp;
		viewer->changed_ms = raw_now_ms();
		return true;
	}
	return raw_now_ms() - viewer->changed_ms <= HEARTBEAT_LOSS_MS;
}

/* ---- subscriptions (2.13, 2.14) ------------------------------------------------------------- */

/* Forgets flagged subscribers whose time is over; returns the subs word. */
static uint64_t recycle(struct peer_viewer *viewer, uint8_t *block, uint64_t subs)
{
	uint64_t now_ms = raw_load64(viewer->base, RAW_TIMESTAMP);

	for (uint32_t id = 0; id < 32; id++) {
		if (!(subs & 1u << id) || raw_load64(block, RAW_Q_TIMEOUT + 8 * id) >= now_ms)
			continue;
		raw_store64(block, RAW_Q_TIMEOUT + 8 * id, 0);
		raw_store32(block, RAW_Q_CLIENT + 4 * id, 0);
		subs &= ~((uint64_t)1 << id | (uint64_t)1 << (id + 32));
	}
	return subs;
}

static enum peer_status join(
	struct peer_viewer *viewer, struct peer_subscription *subscription, uint8_t *block)
{
	uint64_t subs = recycle(viewer, block, raw_load64(block, RAW_Q_SUBS));
	uint32_t taken = (uint32_t)(subs >> 32) | (uint32_t)subs;
	uint32_t id = 0;

	while (id < 32 && taken & 1u << id)
		id++;
	if (id == 32)
		return PEER_FULL;
	raw_store64(block, RAW_Q_TIMEOUT + 8 * id, 0);
	raw_store32(block, RAW_Q_CLIENT + 4 * id, viewer->client_id);
	raw_store64(block, RAW_Q_SUBS, subs | (uint64_t)1 << (id + 32));
	raw_add32(block, RAW_Q_NEW, 1);
	subscription->id = id;
	subscription->read = raw_load32(block, RAW_Q_POSITION);
	subscription->active = true;
	return PEER_OK;
}

enum peer_status peer_viewer_subscribe(
	struct peer_viewer *viewer, struct peer_subscription *subscription, uint32_t queue_id)
{
	uint32_t count = raw_load32(viewer->base, RAW_QUEUE_COUNT);
	enum peer_status status;
	uint8_t *block;

	for (uint32_t i = 0; i < count && i < 5; i++) {
		subscription->block = RAW_QUEUES + RAW_QUEUE_BYTES * i;
		block = viewer->base + subscription->block;
		if (raw_load32(block, RAW_Q_ID) != queue_id)
			continue;
		subscription->length = raw_load32(block, RAW_Q_LENGTH);
		subscription->slots = raw_load32(block, RAW_Q_RING);
		raw_lock(block, RAW_Q_LOCK);
		status = join(viewer, subscription, block);
		raw_unlock(block, RAW_Q_LOCK);
		return status;
	}
	return PEER_NO_QUEUE;
}

enum peer_status peer_viewer_unsubscribe(
	struct peer_viewer *viewer, struct peer_subscription *subscription)
{
	uint8_t *block = viewer->base + subscription->block;
	enum peer_status status = PEER_TIMEOUT;
	uint64_t subs;

	if (!subscription->active)
		return PEER_UNSUBSCRIBED;
	subscription->active = false;
	raw_lock(block, RAW_Q_LOCK);
	subs = raw_load64(block, RAW_Q_SUBS);
	if (!(subs & 1u << subscription->id)) {
		raw_store64(block, RAW_Q_SUBS, subs & ~((uint64_t)1 << (subscription->id + 32)));
		raw_store64(block, RAW_Q_TIMEOUT + 8 * subscription->id, 0);
		raw_store32(block, RAW_Q_CLIENT + 4 * subscription->id, 0);
		status = PEER_OK;
	}
	raw_unlock(block, RAW_Q_LOCK);
	return status;
}

/* ---- messages (2.15) ------------------------------------------------------------------------ */

static enum peer_status check(struct peer_viewer *viewer, struct peer_subscription *subscription)
{
	uint64_t subs = raw_load64(viewer->base + subscription->block, RAW_Q_SUBS);

	if (subs & 1u << subscription->id) {
		subscription->active = false;
		return PEER_TIMEOUT;
	}
	if (!(subs & (uint64_t)1 << (subscription->id + 32))) {
		subscription->active = false;
		return peer_viewer_is_valid(viewer) ? PEER_UNSUBSCRIBED : PEER_NO_SESSION;
	}
	return PEER_OK;
}

/* The next message's udata, size and offset. */
static enum peer_status peek(
	struct peer_viewer *viewer, struct peer_subscription *subscription, uint32_t ret_message[3])
{
	const uint8_t *block = viewer->base + subscription->block;
	enum peer_status status = check(viewer, subscription);

	if (status != PEER_OK)
		return status;
	if (raw_load32(block, RAW_Q_POSITION) == subscription->read)
		return PEER_EMPTY;
	memcpy(ret_message,
		viewer->base + subscription->slots + (size_t)RAW_M_BYTES * subscription->read, 12);
	if ((uint64_t)ret_message[2] + ret_message[1] > viewer->size_bytes)
		return PEER_CORRUPTED;
	return PEER_OK;
}

/* With the lock held: retires the message when it is the oldest. */
static void retire(struct peer_viewer *viewer, struct peer_subscription *subscription)
{
	uint8_t *block = viewer->base + subscription->block;

	if (raw_load32(block, RAW_Q_START) != subscription->read)
		return;
	raw_store32(block, RAW_Q_START, (subscription->read + 1) % subscription->length);
	raw_add32(block, RAW_Q_COUNT, (uint32_t)-1);
	raw_store64(block, RAW_Q_DEADLINE,
		raw_load64(viewer->base, RAW_TIMESTAMP) + raw_load32(block, RAW_Q_MAX_TIME));
}

static void done(struct peer_viewer *viewer, struct peer_subscription *subscription)
{
	uint8_t *block = viewer->base + subscription->block;
	uint8_t *slot =
		viewer->base + subscription->slots + (size_t)RAW_M_BYTES * subscription->read;

	if (!raw_and32(slot, RAW_M_PENDING, ~(1u << subscription->id)) &&
		raw_try_lock(block, RAW_Q_LOCK)) {
		retire(viewer, subscription);
		raw_unlock(block, RAW_Q_LOCK);
	}
	subscription->read = (subscription->read + 1) % subscription->length;
}

/* ---- frames --------------------------------------------------------------------------------- */

/* False when the write pointer does not get there in time. */
static bool wait_wp(const uint8_t *frame, uint32_t offset, size_t bytes)
{
	uint64_t end_ms = raw_now_ms() + WP_WAIT_MS;

	while (raw_load32(frame, offset) < bytes) {
		if (raw_now_ms() > end_ms)
			return false;
		raw_nap_us(20);
	}
	return true;
}

static bool copy_rect(struct peer_viewer *viewer, const uint8_t *frame, struct peer_rect rect)
{
	const uint32_t *words = viewer->words;
	uint32_t bytes = peer_pattern_get_pixel_bytes(words[PEER_W_TYPE]);
	const uint8_t *pixels = frame + words[PEER_W_OFFSET] + 4;

	for (uint32_t y = rect.y; y < rect.y + rect.h && y < viewer->rows; y++) {
		size_t from = (size_t)y * words[PEER_W_PITCH] + (size_t)rect.x * bytes;
		size_t row_bytes = (size_t)rect.w * bytes;

		if (!wait_wp(frame, words[PEER_W_OFFSET], from + row_bytes))
			return false;
		memcpy(viewer->picture + y * viewer->row_bytes + (size_t)rect.x * bytes,
			pixels + from, row_bytes);
	}
	return true;
}

/* Rows that fit the message (T12); false for a frame nobody can read. */
static bool measure(struct peer_viewer *viewer, uint32_t size_bytes)
{
	const uint32_t *words = viewer->words;
	uint32_t bytes = peer_pattern_get_pixel_bytes(words[PEER_W_TYPE]);
	size_t room;

	if (!bytes || !words[PEER_W_PITCH] || words[PEER_W_OFFSET] + 4 > size_bytes)
		return false;
	viewer->row_bytes = (size_t)bytes * words[PEER_W_FRAME_WIDTH];
	if (viewer->row_bytes > words[PEER_W_PITCH] ||
		viewer->row_bytes * words[PEER_W_FRAME_HEIGHT] > PIXELS_MAX_BYTES)
		return false;
	room = (size_bytes - words[PEER_W_OFFSET] - 4) / words[PEER_W_PITCH];
	viewer->rows =
		words[PEER_W_DATA_HEIGHT] < room ? words[PEER_W_DATA_HEIGHT] : (uint32_t)room;
	return true;
}

static bool is_pattern(const struct peer_viewer *viewer)
{
	const uint32_t *words = viewer->words;
	uint8_t *row = malloc(viewer->row_bytes);
	bool same = row != NULL;

	for (uint32_t y = 0; same && y < viewer->rows; y++) {
		peer_pattern_draw_row(row, peer_pattern_get_pixel_bytes(words[PEER_W_TYPE]),
			words[PEER_W_FRAME_WIDTH], words[PEER_W_FRAME_HEIGHT], y,
			words[PEER_W_SERIAL]);
		same = !memcmp(row, viewer->picture + y * viewer->row_bytes, viewer->row_bytes);
	}
	free(row);
	return same;
}

/* A new format: a new picture. */
static bool change_format(struct peer_viewer *viewer)
{
	free(viewer->picture);
	viewer->picture = malloc(viewer->row_bytes * viewer->words[PEER_W_FRAME_HEIGHT] + 1);
	return viewer->picture != NULL;
}

static bool copy_damage(struct peer_viewer *viewer, const uint8_t *frame, bool full)
{
	uint32_t count = viewer->words[PEER_W_DAMAGE_COUNT];
	struct peer_rect rects[PEER_RECTS_MAX];

	if (full || !count || count > PEER_RECTS_MAX) {
		rects[0] = (struct peer_rect){0, 0, viewer->words[PEER_W_FRAME_WIDTH],
			viewer->words[PEER_W_FRAME_HEIGHT]};
		count = 1;
	} else {
		memcpy(rects, frame + 56, sizeof(rects));
		viewer->counts.partial++;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!copy_rect(viewer, frame, rects[i]))
			return false;
	}
	return true;
}

static void show_frame(struct peer_viewer *viewer, const uint8_t *frame, uint32_t size_bytes)
{
	uint32_t old_version = viewer->words[PEER_W_FORMAT_VERSION];
	uint32_t old_serial = viewer->words[PEER_W_SERIAL];
	bool full = !viewer->has_picture;

	memcpy(viewer->words, frame, sizeof(viewer->words));
	memcpy(&viewer->flags, frame + 1080, 4);
	if (!full && old_version == viewer->words[PEER_W_FORMAT_VERSION] &&
		old_serial == viewer->words[PEER_W_SERIAL]) {
		viewer->counts.repeats++;
		return;
	}
	viewer->counts.frames++;
	viewer->counts.truncated += viewer->flags & RAW_FRAME_TRUNCATED ? 1 : 0;
	viewer->counts.skipped += !full && viewer->words[PEER_W_SERIAL] != old_serial + 1;
	full |= old_version != viewer->words[PEER_W_FORMAT_VERSION] ||
		viewer->words[PEER_W_SERIAL] != old_serial + 1;
	viewer->has_picture = false;
	if (!measure(viewer, size_bytes) || (full && !change_format(viewer))) {
		viewer->counts.wrong++;
		return;
	}
	if (!copy_damage(viewer, frame, full)) {
		viewer->counts.incomplete++;
		return;
	}
	viewer->has_picture = true;
	viewer->counts.wrong += !is_pattern(viewer);
}

enum peer_status peer_viewer_take_frame(struct peer_viewer *viewer)
{
	uint32_t message[3];
	enum peer_status status = peek(viewer, &viewer->frame, message);

	if (status != PEER_OK)
		return status;
	if (message[1] < RAW_FRAME_BYTES)
		return PEER_CORRUPTED;
	show_frame(viewer, viewer->base + message[2], message[1]);
	done(viewer, &viewer->frame);
	return PEER_OK;
}

/* ---- cursor --------------------------------------------------------------------------------- */

static void take_shape(struct peer_viewer *viewer, const uint8_t *cursor, uint32_t size_bytes)
{
	size_t bytes;
	uint8_t *image;

	memcpy(&viewer->cursor_type, cursor + 4, 4);
	memcpy(&viewer->hot_x, cursor + 8, 1);
	memcpy(&viewer->hot_y, cursor + 9, 1);
	memcpy(&viewer->cursor_width, cursor + 12, 4);
	memcpy(&viewer->cursor_height, cursor + 16, 4);
	memcpy(&viewer->cursor_pitch, cursor + 20, 4);
	viewer->counts.shapes++;
	bytes = (size_t)viewer->cursor_height * viewer->cursor_pitch;
	image = bytes && bytes <= size_bytes - RAW_CURSOR_BYTES ? malloc(bytes) : NULL;
	if (image)
		peer_pattern_draw_cursor(image, bytes, viewer->cursor_serial);
	if (!image || memcmp(image, cursor + RAW_CURSOR_BYTES, bytes))
		viewer->counts.wrong_shapes++;
	free(image);
}

enum peer_status peer_viewer_take_cursor(struct peer_viewer *viewer)
{
	uint32_t message[3];
	enum peer_status status = peek(viewer, &viewer->pointer, message);
	const uint8_t *cursor;

	if (status != PEER_OK)
		return status;
	cursor = viewer->base + message[2];
	if (message[1] < RAW_CURSOR_BYTES)
		return PEER_CORRUPTED;
	viewer->counts.cursors++;
	viewer->cursor_visible = message[0] & RAW_CURSOR_VISIBLE;
	if (message[0] & RAW_CURSOR_POSITION) {
		memcpy(&viewer->cursor_x, cursor, 2);
		memcpy(&viewer->cursor_y, cursor + 2, 2);
	}
	if (message[0] & RAW_CURSOR_SHAPE)
		take_shape(viewer, cursor, message[1]);
	done(viewer, &viewer->pointer);
	return PEER_OK;
}

/* ---- client messages (2.17) ----------------------------------------------------------------- */

static void write_message(uint8_t *block, const uint32_t message[4])
{
	uint32_t index = raw_load32(block, RAW_Q_CM_WRITE);

	memcpy(block + RAW_Q_CM_SLOTS + RAW_CM_SLOT_BYTES * index, message, 16);
	raw_store32(block, RAW_Q_CM_WRITE, (index + 1) % RAW_CM_SLOTS);
	raw_add32(block, RAW_Q_CM_FREE, (uint32_t)-1);
}

enum peer_status peer_viewer_set_cursor(
	struct peer_viewer *viewer, int32_t x, int32_t y, uint32_t wait_ms)
{
	const uint32_t message[4] = {12, 0, (uint32_t)x, (uint32_t)y};
	uint8_t *block = viewer->base + viewer->pointer.block;
	uint64_t end_ms = raw_now_ms() + wait_ms;
	uint32_t serial;

	if (check(viewer, &viewer->pointer) != PEER_OK)
		return PEER_TIMEOUT;
	raw_lock(block, RAW_Q_CM_LOCK);
	if (!raw_load32(block, RAW_Q_CM_FREE)) {
		raw_unlock(block, RAW_Q_CM_LOCK);
		return PEER_FULL;
	}
	write_message(block, message);
	serial = raw_add32(block, RAW_Q_CM_WRITTEN, 1);
	raw_unlock(block, RAW_Q_CM_LOCK);
	while ((int32_t)(raw_load32(block, RAW_Q_CM_READ) - serial) < 0) {
		if (raw_now_ms() > end_ms || !peer_viewer_is_valid(viewer))
			return PEER_TIMEOUT;
		raw_nap_us(1000);
	}
	return PEER_OK;
}

void peer_viewer_finish(struct peer_viewer *viewer)
{
	free(viewer->picture);
	viewer->picture = NULL;
}
