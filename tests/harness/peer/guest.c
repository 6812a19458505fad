/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/guest.h"

#include <sched.h>
#include <stdlib.h>

#include "harness/peer/pattern.h"
#include "harness/peer/raw.h"

#define PROCESS_MS 10u
#define MAX_TIME_MS 1000u
#define WP_STEP_BYTES (1u << 20)

struct queue_spec {
	uint32_t id, length; /* as configured: the ring has one slot more */
};

static const struct queue_spec queue_specs[PEER_QUEUES] = {
	[PEER_FRAME] = {RAW_FRAME_QUEUE, 2},
	[PEER_POINTER] = {RAW_POINTER_QUEUE, 20},
};

/* ---- session -------------------------------------------------------------------------------- */

static uint32_t write_record(
	uint8_t *udata, uint32_t at, uint8_t type, const uint8_t *body, uint32_t bytes)
{
	memset(udata + at, 0, 8);
	udata[at] = type;
	memcpy(udata + at + 4, &bytes, 4);
	memcpy(udata + at + 8, body, bytes);
	return at + 8 + bytes;
}

/* KVMFR header and both records; returns their size. */
static uint32_t write_udata(uint8_t *udata, uint32_t features)
{
	static const char cpu[] = "Peer CPU";
	static const char os[] = "Peer OS";
	uint8_t vm_info[51 + sizeof(cpu)] = {0};
	uint8_t os_info[1 + sizeof(os)] = {3};
	uint32_t version = 20, at = 48;

	memset(udata, 0, 48);
	memcpy(udata, "KVMFR---", 8);
	memcpy(udata + 8, &version, 4);
	memcpy(udata + 12, "peer", 4);
	memcpy(udata + 44, &features, 4);
	for (uint8_t i = 0; i < 16; i++)
		vm_info[i] = i;
	memcpy(vm_info + 16, "Peer", 4);
	vm_info[48] = 8;
	vm_info[49] = 4;
	vm_info[50] = 1;
	memcpy(vm_info + 51, cpu, sizeof(cpu));
	memcpy(os_info + 1, os, sizeof(os));
	at = write_record(udata, at, 1, vm_info, sizeof(vm_info));
	return write_record(udata, at, 2, os_info, sizeof(os_info));
}

static void fill_block(struct peer_guest *guest, enum peer_queue queue, uint32_t ring_offset)
{
	struct peer_ring *ring = &guest->rings[queue];
	uint8_t *block;

	*ring = (struct peer_ring){.block = RAW_QUEUES + RAW_QUEUE_BYTES * queue,
		.slots = ring_offset,
		.length = queue_specs[queue].length + 1};
	block = guest->base + ring->block;
	memset(block, 0, RAW_QUEUE_BYTES);
	raw_store32(block, RAW_Q_ID, queue_specs[queue].id);
	raw_store32(block, RAW_Q_LENGTH, ring->length);
	raw_store32(block, RAW_Q_MAX_TIME, MAX_TIME_MS);
	raw_store32(block, RAW_Q_RING, ring_offset);
	raw_store32(block, RAW_Q_CM_FREE, RAW_CM_SLOTS);
	raw_add32(guest->base, RAW_QUEUE_COUNT, 1);
}

/* Cursor buffers, then two frame buffers that share the rest (6.5). */
static bool allocate(struct peer_guest *guest, size_t next)
{
	size_t avail, frame_max;

	for (uint32_t i = 0; i < PEER_POSITION_BUFFERS; i++, next += RAW_CURSOR_BYTES)
		guest->position_buffers[i] = (uint32_t)next;
	for (uint32_t i = 0; i < PEER_SHAPE_BUFFERS; i++, next += PEER_SHAPE_BYTES)
		guest->shape_buffers[i] = (uint32_t)next;
	if (next + 4 * guest->alignment > guest->size_bytes)
		return false;
	avail = guest->size_bytes - next;
	frame_max = (avail - (guest->alignment - 1)) / guest->alignment * guest->alignment / 2;
	next = raw_round_up(next, guest->alignment);
	guest->frame_bytes = (uint32_t)raw_round_up(frame_max, guest->alignment);
	if (next + 2 * (size_t)guest->frame_bytes > guest->size_bytes)
		guest->frame_bytes -= guest->alignment;
	for (uint32_t i = 0; i < 2; i++, next += guest->frame_bytes) {
		guest->frame_buffers[i] = (uint32_t)next;
		memset(guest->base + next, 0, RAW_FRAME_BYTES);
		raw_store32(guest->base, next + 48, guest->alignment - 4);
	}
	for (uint32_t i = 0; i < PEER_SHAPE_BUFFERS; i++)
		memset(guest->base + guest->shape_buffers[i], 0, PEER_SHAPE_BYTES);
	return true;
}

bool peer_guest_begin(struct peer_guest *guest, uint32_t session_id)
{
	uint32_t udata_bytes;
	size_t next;

	if (guest->size_bytes < RAW_HEADER_BYTES + 4096)
		return false;
	guest->session_id = session_id;
	guest->serial = 0;
	guest->format_version = 1;
	guest->has_frame = false;
	guest->next_frame = guest->next_shape = guest->next_position = guest->last_shape = 0;
	if (!guest->alignment)
		guest->alignment = 4096;
	raw_store32(guest->base, RAW_SESSION, session_id);
	raw_store32(guest->base, RAW_MAGIC, RAW_MAGIC_VALUE);
	raw_store64(guest->base, RAW_TIMESTAMP, raw_now_ms());
	raw_store32(guest->base, RAW_VERSION, 6);
	raw_store32(guest->base, RAW_QUEUE_COUNT, 0);
	udata_bytes = write_udata(guest->base + RAW_UDATA, guest->features);
	raw_store32(guest->base, RAW_UDATA_BYTES, udata_bytes);
	next = raw_round_up(RAW_HEADER_BYTES + udata_bytes, 4);
	for (enum peer_queue i = 0; i < PEER_QUEUES; i++) {
		fill_block(guest, i, (uint32_t)next);
		next += RAW_M_BYTES * (queue_specs[i].length + 1);
	}
	guest->last_process_ms = raw_now_ms();
	return allocate(guest, next);
}

/* ---- the step of every 10 ms (2.9) ---------------------------------------------------------- */

static uint8_t *get_block(const struct peer_guest *guest, enum peer_queue queue)
{
	return guest->base + guest->rings[queue].block;
}

static uint8_t *get_slot(const struct peer_guest *guest, enum peer_queue queue, uint32_t index)
{
	return guest->base + guest->rings[queue].slots + (size_t)RAW_M_BYTES * index;
}

/* Viewers that kept the oldest message too long become BAD; returns the new subs. */
static uint64_t flag_slow(uint8_t *block, uint8_t *slot, uint64_t subs, uint64_t now_ms)
{
	uint32_t slow = raw_load32(slot, RAW_M_PENDING) & (uint32_t)(subs >> 32) & ~(uint32_t)subs;

	if (!slow || now_ms <= raw_load64(block, RAW_Q_DEADLINE))
		return subs;
	for (uint32_t id = 0; id < 32; id++) {
		if (slow & 1u << id)
			raw_store64(block, RAW_Q_TIMEOUT + 8 * id, now_ms + MAX_TIME_MS);
	}
	raw_store32(slot, RAW_M_PENDING, 0);
	return subs | slow;
}

static void retire(struct peer_guest *guest, enum peer_queue queue, uint64_t now_ms)
{
	uint8_t *block = get_block(guest, queue);
	uint64_t subs = raw_load64(block, RAW_Q_SUBS);
	uint32_t start = raw_load32(block, RAW_Q_START) % guest->rings[queue].length;

	while (raw_load32(block, RAW_Q_COUNT)) {
		uint8_t *slot = get_slot(guest, queue, start);

		subs = flag_slow(block, slot, subs, now_ms);
		if (raw_load32(slot, RAW_M_PENDING) & (uint32_t)(subs >> 32) & ~(uint32_t)subs)
			break;
		start = (start + 1) % guest->rings[queue].length;
		raw_store32(block, RAW_Q_START, start);
		if (raw_add32(block, RAW_Q_COUNT, (uint32_t)-1))
			raw_store64(block, RAW_Q_DEADLINE, now_ms + MAX_TIME_MS);
	}
	raw_store64(block, RAW_Q_SUBS, subs);
}

/* 2.17; B7 sends only on the pointer queue, and acts before it acknowledges. */
static void drain_client_messages(struct peer_guest *guest)
{
	uint8_t *block = get_block(guest, PEER_POINTER);
	struct peer_ring *ring = &guest->rings[PEER_POINTER];

	while (raw_load32(block, RAW_Q_CM_FREE) < RAW_CM_SLOTS) {
		uint32_t words[4] = {0};

		raw_lock(block, RAW_Q_CM_LOCK);
		memcpy(words, block + RAW_Q_CM_SLOTS + RAW_CM_SLOT_BYTES * ring->cm_read, 16);
		ring->cm_read = (ring->cm_read + 1) % RAW_CM_SLOTS;
		raw_add32(block, RAW_Q_CM_FREE, 1);
		raw_unlock(block, RAW_Q_CM_LOCK);
		if (words[0] == 12 && words[1] == 0 && guest->on_set_cursor)
			guest->on_set_cursor(guest->data, (int32_t)words[2], (int32_t)words[3]);
		raw_add32(block, RAW_Q_CM_READ, 1);
	}
}

void peer_guest_pump(struct peer_guest *guest)
{
	uint64_t now_ms = raw_now_ms();

	if (now_ms < guest->last_process_ms + PROCESS_MS)
		return;
	guest->last_process_ms = now_ms;
	if (now_ms >= guest->frozen_until_ms)
		raw_store64(guest->base, RAW_TIMESTAMP, now_ms);
	for (enum peer_queue i = 0; i < PEER_QUEUES; i++) {
		raw_lock(get_block(guest, i), RAW_Q_LOCK);
		retire(guest, i, now_ms);
		raw_unlock(get_block(guest, i), RAW_Q_LOCK);
	}
	drain_client_messages(guest);
	if (peer_guest_take_new(guest, PEER_POINTER))
		peer_guest_repeat_cursor(guest);
	if (peer_guest_take_new(guest, PEER_FRAME))
		peer_guest_repeat_frame(guest);
}

/* ---- posting (2.10) ------------------------------------------------------------------------- */

bool peer_guest_has_viewer(const struct peer_guest *guest, enum peer_queue queue)
{
	uint64_t subs = raw_load64(get_block(guest, queue), RAW_Q_SUBS);

	return ((uint32_t)(subs >> 32) & ~(uint32_t)subs) != 0;
}

uint32_t peer_guest_take_new(struct peer_guest *guest, enum peer_queue queue)
{
	return raw_swap32(get_block(guest, queue), RAW_Q_NEW, 0);
}

/* With the lock held and a subscriber known. */
static int enqueue(struct peer_guest *guest, enum peer_queue queue, const uint32_t message[3],
	uint32_t pending)
{
	uint8_t *block = get_block(guest, queue);
	struct peer_ring *ring = &guest->rings[queue];
	uint8_t *slot = get_slot(guest, queue, ring->position);

	if (raw_load32(block, RAW_Q_COUNT) >= ring->length - 1)
		return -1;
	memcpy(slot, message, 12);
	raw_store32(slot, RAW_M_PENDING, pending);
	if (raw_add32(block, RAW_Q_COUNT, 1) == 1)
		raw_store64(block, RAW_Q_DEADLINE, raw_now_ms() + MAX_TIME_MS);
	ring->position = (ring->position + 1) % ring->length;
	raw_store32(block, RAW_Q_POSITION, ring->position);
	return 1;
}

int peer_guest_post(struct peer_guest *guest, enum peer_queue queue, uint32_t udata,
	uint32_t size_bytes, uint32_t offset)
{
	const uint32_t message[3] = {udata, size_bytes, offset};
	uint8_t *block = get_block(guest, queue);
	uint32_t pending;
	uint64_t subs;
	int result = 0;

	raw_lock(block, RAW_Q_LOCK);
	subs = raw_load64(block, RAW_Q_SUBS);
	pending = (uint32_t)(subs >> 32) & ~(uint32_t)subs;
	if (pending)
		result = enqueue(guest, queue, message, pending);
	raw_unlock(block, RAW_Q_LOCK);
	return result;
}

int peer_guest_post_wait(struct peer_guest *guest, enum peer_queue queue, uint32_t udata,
	uint32_t size_bytes, uint32_t offset)
{
	int result;

	while ((result = peer_guest_post(guest, queue, udata, size_bytes, offset)) < 0) {
		peer_guest_pump(guest);
		raw_nap_us(1);
	}
	return result;
}

/* ---- frames (4.4, 4.7) ---------------------------------------------------------------------- */

void peer_guest_set_mode(struct peer_guest *guest, const struct peer_mode *mode)
{
	guest->mode = *mode;
	guest->format_version++;
}

/* Words the frame structure needs from the mode. */
struct layout {
	uint32_t row_bytes, pitch_bytes, data_width, stride, rows;
};

static struct layout get_layout(const struct peer_mode *mode)
{
	struct layout layout = {.rows = mode->height_px};
	uint32_t bytes = peer_pattern_get_pixel_bytes(mode->type);

	layout.row_bytes = bytes * mode->width_px;
	layout.pitch_bytes = (uint32_t)raw_round_up(layout.row_bytes, 256);
	layout.data_width = mode->width_px;
	if (mode->type == 5) { /* triplets in a texture of 4-byte pixels */
		layout.data_width = (uint32_t)raw_round_up((layout.row_bytes + 3) / 4, 64);
		layout.pitch_bytes = layout.data_width * 4;
		if (mode->short_rows)
			layout.rows = mode->width_px * mode->height_px / (mode->width_px + 1);
	}
	if (mode->type == 6)
		layout.pitch_bytes = (uint32_t)raw_round_up(mode->width_px, 256) * 3;
	if (mode->pitch_bytes)
		layout.pitch_bytes = mode->pitch_bytes;
	layout.stride = layout.pitch_bytes / (mode->type == 5 ? 4 : bytes);
	return layout;
}

static uint32_t fill_damage(struct peer_guest *guest, uint8_t *frame, uint32_t serial)
{
	const struct peer_mode *mode = &guest->mode;
	struct peer_rect rects[PEER_RECTS_MAX] = {{0}};
	uint32_t count = 0;

	if (mode->damage == PEER_DAMAGE_TILES && guest->has_frame)
		count = peer_pattern_get_damage(rects, mode->width_px, mode->height_px, serial);
	memcpy(frame + 56, rects, sizeof(rects));
	return mode->damage == PEER_DAMAGE_OVER ? PEER_RECTS_MAX + 1 : count;
}

uint32_t peer_guest_fill_frame(
	struct peer_guest *guest, uint32_t offset, uint32_t serial, uint32_t *ret_rows)
{
	const struct peer_mode *mode = &guest->mode;
	struct layout layout = get_layout(mode);
	uint8_t *frame = guest->base + offset;
	uint32_t flags = mode->flags;
	/* As the stock host computes it: from the whole allocation, which is one unit too much. */
	uint32_t rows_max = guest->frame_bytes / layout.pitch_bytes;

	if (layout.rows > rows_max) {
		layout.rows = rows_max;
		flags |= RAW_FRAME_TRUNCATED;
	}
	memcpy(frame,
		(uint32_t[]){guest->format_version, serial, mode->type, mode->width_px,
			mode->height_px, layout.data_width, layout.rows, mode->width_px,
			mode->height_px, mode->rotation, layout.stride, layout.pitch_bytes},
		48);
	raw_store32(frame, 52, fill_damage(guest, frame, serial));
	raw_store32(frame, 1080, flags);
	*ret_rows = layout.rows;
	return layout.pitch_bytes;
}

/* Draws row y where it belongs, as far as the allocation goes; the padding is filled with noise. */
static void draw_row(
	struct peer_guest *guest, uint32_t buffer, uint32_t pitch, uint32_t y, uint8_t *row)
{
	const struct peer_mode *mode = &guest->mode;
	uint32_t bytes = peer_pattern_get_pixel_bytes(mode->type);
	size_t from = guest->alignment + (size_t)y * pitch;
	size_t room = from < guest->frame_bytes ? guest->frame_bytes - from : 0;

	memset(row, 0xee, pitch);
	peer_pattern_draw_row(row, bytes, mode->width_px, mode->height_px, y, guest->serial);
	memcpy(guest->base + buffer + from, row, room < pitch ? room : pitch);
}

/* Pixels in rising order, wp at every whole MiB and at the end. */
static void draw_frame(struct peer_guest *guest, uint32_t buffer, uint32_t pitch, uint32_t rows,
	size_t until_bytes)
{
	size_t wp_at = buffer + guest->alignment - 4;
	size_t published = 0;
	uint8_t *row = malloc(pitch);

	if (!row)
		abort();
	for (uint32_t y = 0; y < rows; y++) {
		size_t done = (size_t)(y + 1) * pitch;

		if (done > until_bytes)
			break;
		draw_row(guest, buffer, pitch, y, row);
		while (published + WP_STEP_BYTES <= done) {
			published += WP_STEP_BYTES;
			raw_store32(guest->base, wp_at, (uint32_t)published);
		}
	}
	free(row);
	if (until_bytes == SIZE_MAX)
		raw_store32(guest->base, wp_at, pitch * rows);
}

int peer_guest_send_frame(struct peer_guest *guest, size_t until_bytes)
{
	uint32_t buffer = guest->frame_buffers[guest->next_frame];
	uint32_t rows, pitch;
	int posted;

	while (raw_load32(get_block(guest, PEER_FRAME), RAW_Q_COUNT) >= 2) {
		peer_guest_pump(guest);
		raw_nap_us(1);
	}
	pitch = peer_guest_fill_frame(guest, buffer, guest->serial, &rows);
	raw_store32(guest->base, buffer + guest->alignment - 4, 0);
	posted = peer_guest_post_wait(guest, PEER_FRAME, 0, guest->frame_bytes, buffer);
	draw_frame(guest, buffer, pitch, rows, until_bytes);
	guest->has_frame = true;
	guest->serial++;
	guest->next_frame ^= 1;
	return posted;
}

int peer_guest_repeat_frame(struct peer_guest *guest)
{
	if (!guest->has_frame)
		return 0;
	return peer_guest_post(guest, PEER_FRAME, 0, guest->frame_bytes,
		guest->frame_buffers[guest->next_frame ^ 1]);
}

/* ---- cursor (4.3) --------------------------------------------------------------------------- */

static uint32_t write_position(struct peer_guest *guest, uint32_t buffer)
{
	const struct peer_cursor *cursor = &guest->cursor;

	memcpy(guest->base + buffer, (int16_t[]){cursor->x, cursor->y}, 4);
	return RAW_CURSOR_POSITION | (cursor->visible ? RAW_CURSOR_VISIBLE : 0);
}

static void write_shape(struct peer_guest *guest, uint32_t buffer)
{
	const struct peer_cursor *cursor = &guest->cursor;
	uint8_t *to = guest->base + buffer;

	raw_store32(to, 4, cursor->type);
	memcpy(to + 8, (int8_t[]){cursor->hot_x, cursor->hot_y}, 2);
	memcpy(to + 12, (uint32_t[]){cursor->width_px, cursor->height_px, cursor->pitch_bytes}, 12);
	peer_pattern_draw_cursor(to + RAW_CURSOR_BYTES,
		(size_t)cursor->height_px * cursor->pitch_bytes, cursor->serial);
}

int peer_guest_send_cursor(struct peer_guest *guest, bool new_shape)
{
	uint32_t buffer = guest->position_buffers[guest->next_position];
	uint32_t bytes = RAW_CURSOR_BYTES, flags;

	if (new_shape) {
		buffer = guest->shape_buffers[guest->next_shape];
		guest->last_shape = guest->next_shape;
		guest->next_shape = (guest->next_shape + 1) % PEER_SHAPE_BUFFERS;
		guest->cursor.has_shape = true;
		write_shape(guest, buffer);
		bytes = PEER_SHAPE_BYTES;
	} else {
		guest->next_position = (guest->next_position + 1) % PEER_POSITION_BUFFERS;
	}
	flags = write_position(guest, buffer) | (new_shape ? RAW_CURSOR_SHAPE : 0);
	return peer_guest_post_wait(guest, PEER_POINTER, flags, bytes, buffer);
}

int peer_guest_repeat_cursor(struct peer_guest *guest)
{
	uint32_t buffer = guest->shape_buffers[guest->last_shape];
	uint32_t flags = write_position(guest, buffer);

	if (guest->cursor.has_shape)
		flags |= RAW_CURSOR_SHAPE;
	return peer_guest_post(guest, PEER_POINTER, flags, PEER_SHAPE_BYTES, buffer);
}
