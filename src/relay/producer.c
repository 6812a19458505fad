/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a producer and its sessions (protocol 2.7, 2.9); the parts are in producer_*.c. */
#include "relay/producer_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "relay/wire.h"

#define DEFAULT_ALIGNMENT_BYTES 4096u
#define MAX_ALIGNMENT_BYTES (1u << 20)

/* ---- sessions ------------------------------------------------------------------------------- */

/* A viewer tells sessions apart by this number alone. */
static uint32_t pick_session_id(const struct oriel_producer *producer)
{
	uint32_t in_memory = oriel_wire_load32(&producer->header->session_id);
	uint32_t id;

	do
		id = oriel_random_u32();
	while (id == in_memory || id == producer->session_id);
	return id;
}

static void store_timestamp(struct oriel_producer *producer, uint64_t now_ms)
{
	producer->now_ms = now_ms;
	oriel_wire_store64(&producer->header->timestamp_ms, now_ms ? now_ms : 1);
}

/* Zeroes everything but the magic, up to the first payload: also the bits that viewers of an
 * earlier session left pending in the rings. */
static void wipe(struct oriel_producer *producer)
{
	uint32_t *words = (uint32_t *)(void *)producer->base;

	for (uint32_t i = 1; i < producer->layout.position_buffers / sizeof *words; i++)
		oriel_wire_store32(&words[i], 0);
}

/* The magic goes first and comes back last, so that nobody takes a half-written session for a whole
 * one (2.7). */
static void begin_session(struct oriel_producer *producer, uint32_t session_id, uint64_t now_ms)
{
	struct b7_header *header = producer->header;

	oriel_wire_store32(&header->magic, 0);
	oriel_wire_store_fence();
	wipe(producer);
	oriel_wire_store32(&header->version, B7_LGMP_VERSION);
	oriel_wire_store32(&header->session_id, session_id);
	store_timestamp(producer, now_ms);
	oriel_producer_queue_begin(&producer->frame_queue);
	oriel_producer_queue_begin(&producer->pointer_queue);
	oriel_wire_store32(&header->udata_size, producer->udata_bytes);
	memcpy(producer->base + B7_UDATA_OFFSET, producer->udata, producer->udata_bytes);
	oriel_wire_store32(&header->queue_count, 2);
	oriel_wire_store_fence();
	oriel_wire_store32(&header->magic, B7_LGMP_MAGIC);
	oriel_wire_store_fence();

	producer->session_id = session_id;
	producer->sessions++;
	producer->broken = NULL;
	memset(&producer->messages, 0, sizeof producer->messages);
	oriel_producer_frames_begin(&producer->frames);
	oriel_producer_cursor_begin(&producer->cursor);
}

int oriel_producer_check(struct oriel_producer *producer, int rc)
{
	if (rc != -ETIMEDOUT && rc != -EBADMSG)
		return rc;
	producer->broken = rc == -ETIMEDOUT ? "a lock in shared memory is held by nobody"
					    : "a queue in shared memory holds impossible values";
	return -EAGAIN;
}

/* ---- create and destroy --------------------------------------------------------------------- */

static int check_region(const uint8_t *base, size_t size_bytes, struct oriel_error *error)
{
	if (size_bytes < ORIEL_PRODUCER_MIN_BYTES)
		return oriel_error_set(error, -ENOSPC,
			"the shared memory has %zu bytes, fewer than the %u that are needed: "
			"give the VM's ivshmem device a larger size",
			size_bytes, ORIEL_PRODUCER_MIN_BYTES);
	if (size_bytes > UINT32_MAX)
		return oriel_error_set(error, -EFBIG,
			"the shared memory has %zu bytes, but the protocol ends at 4 GiB: "
			"give the VM's ivshmem device a smaller size",
			size_bytes);
	if ((uintptr_t)base % sizeof(uint64_t))
		return oriel_error_set(error, -EINVAL,
			"the shared memory is mapped at %p, which is not a multiple of 8",
			(const void *)base);
	return 0;
}

static int check_alignment(size_t alignment_bytes, struct oriel_error *error)
{
	if (alignment_bytes < DEFAULT_ALIGNMENT_BYTES || alignment_bytes > MAX_ALIGNMENT_BYTES ||
		(alignment_bytes & (alignment_bytes - 1)))
		return oriel_error_set(error, -EINVAL,
			"pixel data cannot be aligned to %zu bytes: use a power of two from %u to "
			"%u",
			alignment_bytes, DEFAULT_ALIGNMENT_BYTES, MAX_ALIGNMENT_BYTES);
	return 0;
}

static int plan(struct oriel_producer *producer, size_t size_bytes,
	const struct oriel_producer_options *options, struct oriel_error *error)
{
	size_t alignment_bytes =
		options->alignment_bytes ? options->alignment_bytes : DEFAULT_ALIGNMENT_BYTES;
	int rc = check_region(producer->base, size_bytes, error);

	if (rc < 0)
		return rc;
	rc = check_alignment(alignment_bytes, error);
	if (rc < 0)
		return rc;
	producer->udata_bytes = oriel_producer_udata_build(options, producer->udata);
	rc = oriel_producer_layout_plan(
		&producer->layout, size_bytes, producer->udata_bytes, alignment_bytes);
	if (rc < 0)
		return oriel_error_set(error, rc,
			"the shared memory of %zu bytes has no room for two frames aligned to %zu "
			"bytes",
			size_bytes, alignment_bytes);
	return 0;
}

int oriel_producer_create(struct oriel_producer **ret_producer, uint8_t *base, size_t size_bytes,
	const struct oriel_producer_options *options, uint64_t now_ms, struct oriel_error *error)
{
	struct oriel_producer *producer = calloc(1, sizeof *producer);
	int rc;

	if (!producer)
		return oriel_error_set(error, -ENOMEM, "no memory for the relay's producer");
	producer->base = base;
	rc = plan(producer, size_bytes, options, error);
	if (rc < 0) {
		free(producer);
		return rc;
	}
	pthread_mutex_init(&producer->mutex, NULL);
	producer->header = (struct b7_header *)(void *)base;
	oriel_producer_queue_init(&producer->frame_queue, base, 0, B7_QUEUE_FRAME, B7_FRAME_LENGTH,
		producer->layout.frame_ring);
	oriel_producer_queue_init(&producer->pointer_queue, base, 1, B7_QUEUE_POINTER,
		B7_POINTER_LENGTH, producer->layout.pointer_ring);
	producer->accepts_set_cursor = options->accepts_set_cursor;
	producer->write_combined = options->write_combined;
	/* Also finds out about the processor, which is nothing for the frame path. */
	oriel_copy_tuner_init(&producer->tuner);
	begin_session(producer,
		options->session_id ? options->session_id : pick_session_id(producer), now_ms);
	*ret_producer = producer;
	return 0;
}

void oriel_producer_destroy(struct oriel_producer *producer)
{
	if (!producer)
		return;
	oriel_wire_store32(&producer->header->magic, 0);
	oriel_wire_store_fence();
	pthread_mutex_destroy(&producer->mutex);
	free(producer);
}

/* ---- the heartbeat -------------------------------------------------------------------------- */

static void process_queues(struct oriel_producer *producer, uint64_t now_ms)
{
	oriel_producer_check(
		producer, oriel_producer_queue_process(&producer->frame_queue, now_ms));
	oriel_producer_check(
		producer, oriel_producer_queue_process(&producer->pointer_queue, now_ms));
	/* What take_set_cursor handed out before has been acted upon by now. */
	if (!producer->messages.has_position)
		oriel_producer_messages_acknowledge(&producer->messages, &producer->pointer_queue);
	oriel_producer_check(
		producer, oriel_producer_messages_drain(&producer->messages,
				  &producer->pointer_queue, producer->accepts_set_cursor));
}

/* The magic tells of a region wiped from outside; the rest is what viewers could not do without. */
static bool is_header_ours(const struct oriel_producer *producer)
{
	const struct b7_header *header = producer->header;

	return oriel_wire_load32(&header->magic) == B7_LGMP_MAGIC &&
	       oriel_wire_load32(&header->version) == B7_LGMP_VERSION &&
	       oriel_wire_load32(&header->session_id) == producer->session_id &&
	       oriel_wire_load32(&header->queue_count) == 2 &&
	       oriel_wire_load32(&header->udata_size) == producer->udata_bytes;
}

/* NULL: the session goes on. */
static const char *find_breakage(struct oriel_producer *producer, uint64_t now_ms)
{
	if (!is_header_ours(producer))
		return "the shared memory was overwritten";
	store_timestamp(producer, now_ms);
	process_queues(producer, now_ms);
	return producer->broken;
}

bool oriel_producer_step(struct oriel_producer *producer, uint64_t now_ms)
{
	const char *breakage;

	pthread_mutex_lock(&producer->mutex);
	breakage = find_breakage(producer, now_ms);
	if (breakage)
		begin_session(producer, pick_session_id(producer), now_ms);
	pthread_mutex_unlock(&producer->mutex);
	if (breakage)
		oriel_log(ORIEL_LOG_WARNING, "relay: %s; began a new session", breakage);
	return breakage;
}

/* ---- questions ------------------------------------------------------------------------------ */

bool oriel_producer_is_watched(const struct oriel_producer *producer)
{
	return oriel_producer_queue_is_watched(&producer->frame_queue);
}

bool oriel_producer_take_new_viewer(struct oriel_producer *producer)
{
	return oriel_producer_queue_take_new_subscriber(&producer->frame_queue);
}

bool oriel_producer_take_new_pointer_viewer(struct oriel_producer *producer)
{
	return oriel_producer_queue_take_new_subscriber(&producer->pointer_queue);
}

bool oriel_producer_take_set_cursor_rt(
	struct oriel_producer *producer, int32_t *ret_x_px, int32_t *ret_y_px)
{
	struct producer_messages *messages = &producer->messages;
	bool taken;

	pthread_mutex_lock(&producer->mutex);
	if (!messages->has_position)
		oriel_producer_messages_acknowledge(messages, &producer->pointer_queue);
	oriel_producer_check(
		producer, oriel_producer_messages_drain(messages, &producer->pointer_queue,
				  producer->accepts_set_cursor));
	taken = messages->has_position;
	messages->has_position = false;
	if (taken) {
		*ret_x_px = messages->x_px;
		*ret_y_px = messages->y_px;
	}
	pthread_mutex_unlock(&producer->mutex);
	return taken;
}
