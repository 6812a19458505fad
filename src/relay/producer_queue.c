/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The producer's end of one LGMP queue (protocol 2.3-2.10). Viewers write to the same block: values
 * that index anything are read once and checked under the lock.
 */
#include "relay/producer_private.h"

#include <errno.h>
#include <string.h>

#include "relay/wire.h"

/* What the lock guards, copied once and checked. */
struct queue_state {
	uint32_t on, bad; /* masks of subscribers: present, flagged as lost */
	uint32_t start;
	uint32_t count;
	uint64_t deadline_ms;
};

void oriel_producer_queue_init(struct producer_queue *queue, uint8_t *base, uint32_t index,
	uint32_t id, uint32_t configured_length, uint32_t ring_offset)
{
	struct b7_header *header = (struct b7_header *)(void *)base;

	*queue = (struct producer_queue){
		.shared = &header->queues[index],
		.ring = (struct b7_message *)(void *)(base + ring_offset),
		.ring_offset = ring_offset,
		.id = id,
		.length = configured_length + 1,
	};
}

void oriel_producer_queue_begin(struct producer_queue *queue)
{
	struct b7_queue *shared = queue->shared;

	queue->position = 0;
	queue->posted = 0;
	memset(queue->owners, 0, sizeof queue->owners);
	oriel_wire_store32(&shared->id, queue->id);
	oriel_wire_store32(&shared->length, queue->length);
	oriel_wire_store32(&shared->max_time_ms, B7_MAX_TIME_MS);
	oriel_wire_store32(&shared->messages_offset, queue->ring_offset);
	oriel_wire_store32(&shared->client_free, B7_CLIENT_MESSAGES);
}

static bool lock(struct producer_queue *queue)
{
	return oriel_wire_lock(&queue->shared->lock,
		oriel_time_now_ns() + ORIEL_PRODUCER_LOCK_MS * ORIEL_NS_PER_MS);
}

/* Nobody but us writes these; who did all the same keeps every viewer from finding its way. */
static bool is_ours(const struct producer_queue *queue)
{
	const struct b7_queue *shared = queue->shared;

	return oriel_wire_load32(&shared->id) == queue->id &&
	       oriel_wire_load32(&shared->length) == queue->length &&
	       oriel_wire_load32(&shared->max_time_ms) == B7_MAX_TIME_MS &&
	       oriel_wire_load32(&shared->messages_offset) == queue->ring_offset &&
	       oriel_wire_load32(&shared->position) == queue->position;
}

static int load_state(const struct producer_queue *queue, struct queue_state *ret_state)
{
	const struct b7_queue *shared = queue->shared;
	uint64_t subs = oriel_wire_load64(&shared->subs);
	struct queue_state state = {
		.on = (uint32_t)(subs >> 32),
		.bad = (uint32_t)subs,
		.start = oriel_wire_load32(&shared->start),
		.count = oriel_wire_load32(&shared->count),
		.deadline_ms = oriel_wire_load64(&shared->deadline_ms),
	};

	if (!is_ours(queue) || state.start >= queue->length || state.count >= queue->length)
		return -EBADMSG;
	*ret_state = state;
	return 0;
}

static void clear_pending(struct producer_queue *queue, uint32_t bits)
{
	for (uint32_t i = 0; i < queue->length; i++)
		__atomic_and_fetch(&queue->ring[i].pending, ~bits, __ATOMIC_ACQ_REL);
}

/*
 * A subscriber's bit is used again by the next one, who never hears of the messages the bit is
 * still pending in and would be flagged for not reading them (T3). Stock viewers leave such bits
 * behind, so they are cleared here as soon as the bit is free or has another owner.
 */
static void forget_old_owners(struct producer_queue *queue, uint32_t on)
{
	uint32_t stale = ~on;

	for (uint32_t i = 0; i < B7_SUBSCRIBERS_MAX; i++) {
		uint32_t owner = oriel_wire_load32(&queue->shared->client_id[i]);

		if (owner == queue->owners[i])
			continue;
		queue->owners[i] = owner;
		stale |= UINT32_C(1) << i;
	}
	clear_pending(queue, stale);
}

static int post_locked(struct producer_queue *queue, uint64_t now_ms, uint32_t udata,
	uint32_t size_bytes, uint32_t offset)
{
	struct b7_message *message = &queue->ring[queue->position];
	struct queue_state state;
	uint32_t readers;
	int rc = load_state(queue, &state);

	if (rc < 0)
		return rc;
	forget_old_owners(queue, state.on);
	readers = state.on & ~state.bad;
	if (!readers)
		return 0;
	if (state.count == queue->length - 1)
		return -EAGAIN;

	oriel_wire_store32(&message->udata, udata);
	oriel_wire_store32(&message->size, size_bytes);
	oriel_wire_store32(&message->offset, offset);
	oriel_wire_store32(&message->pending, readers);
	if (!state.count)
		oriel_wire_store64(&queue->shared->deadline_ms, now_ms + B7_MAX_TIME_MS);
	oriel_wire_store32(&queue->shared->count, state.count + 1);
	queue->position = (queue->position + 1) % queue->length;
	queue->posted++;
	/* The payload and the descriptor before the position that announces them (2.6). */
	oriel_wire_store_fence();
	oriel_wire_store32(&queue->shared->position, queue->position);
	return 1;
}

int oriel_producer_queue_post(struct producer_queue *queue, uint64_t now_ms, uint32_t udata,
	uint32_t size_bytes, uint32_t offset)
{
	int rc;

	if (!lock(queue))
		return -ETIMEDOUT;
	rc = post_locked(queue, now_ms, udata, size_bytes, offset);
	oriel_wire_unlock(&queue->shared->lock);
	return rc;
}

/* Flags everybody in late as lost; they find out at their next look. */
static void flag_lost(
	struct producer_queue *queue, struct queue_state *state, uint32_t late, uint64_t now_ms)
{
	for (uint32_t i = 0; i < B7_SUBSCRIBERS_MAX; i++)
		if (late & UINT32_C(1) << i)
			oriel_wire_store64(&queue->shared->timeout_ms[i], now_ms + B7_MAX_TIME_MS);
	state->bad |= late;
}

/* True when the oldest message is finished with. */
static bool is_oldest_done(struct producer_queue *queue, struct queue_state *state, uint64_t now_ms)
{
	struct b7_message *oldest = &queue->ring[state->start];
	uint32_t readers = oriel_wire_load32(&oldest->pending) & state->on & ~state->bad;

	if (readers && now_ms <= state->deadline_ms)
		return false;
	if (readers)
		flag_lost(queue, state, readers, now_ms);
	oriel_wire_store32(&oldest->pending, 0);
	return true;
}

/* A viewer may have written any time there: the slot would never be anybody's again. */
static void cap_timeouts(struct producer_queue *queue, uint32_t bad, uint64_t now_ms)
{
	uint64_t latest_ms = now_ms + B7_MAX_TIME_MS;

	for (uint32_t i = 0; bad && i < B7_SUBSCRIBERS_MAX; i++)
		if (oriel_wire_load64(&queue->shared->timeout_ms[i]) > latest_ms)
			oriel_wire_store64(&queue->shared->timeout_ms[i], latest_ms);
}

static int process_locked(struct producer_queue *queue, uint64_t now_ms)
{
	struct b7_queue *shared = queue->shared;
	struct queue_state state;
	int rc = load_state(queue, &state);

	if (rc < 0)
		return rc;
	forget_old_owners(queue, state.on);
	cap_timeouts(queue, state.bad, now_ms);
	while (state.count && is_oldest_done(queue, &state, now_ms)) {
		state.start = (state.start + 1) % queue->length;
		if (--state.count)
			state.deadline_ms = now_ms + B7_MAX_TIME_MS;
	}
	oriel_wire_store32(&shared->start, state.start);
	oriel_wire_store32(&shared->count, state.count);
	oriel_wire_store64(&shared->deadline_ms, state.deadline_ms);
	oriel_wire_store64(&shared->subs, (uint64_t)state.on << 32 | state.bad);
	return 0;
}

int oriel_producer_queue_process(struct producer_queue *queue, uint64_t now_ms)
{
	int rc;

	/* Also when there is nothing to retire: a viewer that died with the lock held would keep
	 * all others out until the next post (T1). */
	if (!lock(queue))
		return -ETIMEDOUT;
	rc = process_locked(queue, now_ms);
	oriel_wire_unlock(&queue->shared->lock);
	return rc;
}

uint32_t oriel_producer_queue_count(const struct producer_queue *queue)
{
	return oriel_wire_load32(&queue->shared->count);
}

bool oriel_producer_queue_is_watched(const struct producer_queue *queue)
{
	uint64_t subs = oriel_wire_load64(&queue->shared->subs);

	return (uint32_t)(subs >> 32) & ~(uint32_t)subs;
}

bool oriel_producer_queue_take_new_subscriber(struct producer_queue *queue)
{
	return oriel_wire_load32(&queue->shared->new_subscribers) &&
	       __atomic_exchange_n(&queue->shared->new_subscribers, 0, __ATOMIC_ACQ_REL);
}
