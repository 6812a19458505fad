/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues: subscribing, receiving, sending (2.13 - 2.17).
 *
 * What is written goes through offsets that were checked and cached at subscribe, only while the
 * session id is ours, and under the queue's lock, except for clearing our own pending bit.
 */
#include "relay/codec_b7.h"

#include <string.h>

#include "base/errno.h"
#include "relay/hold.h"

#define LENGTH_MIN 2u
#define LENGTH_MAX 4096u
#define MAX_TIME_CAP_MS 60000u

static const uint32_t queue_ids[ORIEL_CODEC_QUEUES] = {
	[ORIEL_CODEC_FRAMES] = B7_QUEUE_FRAME,
	[ORIEL_CODEC_POINTER] = B7_QUEUE_POINTER,
};

static struct b7_queue *get_block(
	const struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	return &oriel_codec_b7_header(&session->map)->queues[queue->index];
}

static struct b7_message *get_slot(const struct oriel_codec_session *session,
	const struct oriel_codec_queue *queue, uint32_t index)
{
	return (struct b7_message *)(void *)(session->map.base + queue->messages_offset) + index;
}

static uint32_t own_bit(const struct oriel_codec_queue *queue)
{
	return UINT32_C(1) << queue->subscriber;
}

/* ---- locks ---------------------------------------------------------------------------------- */

static bool lock(uint32_t *at, struct oriel_hold *hold)
{
	uint64_t deadline_ns = oriel_time_now_ns() + ORIEL_CONSUMER_LOCK_MS * ORIEL_NS_PER_MS;

	oriel_hold_begin_rt(hold);
	if (oriel_wire_lock(at, deadline_ns))
		return true;
	oriel_hold_end_rt(hold);
	return false;
}

static void unlock(uint32_t *at, const struct oriel_hold *hold)
{
	oriel_wire_unlock(at);
	oriel_hold_end_rt(hold);
}

/* ---- subscriber masks ----------------------------------------------------------------------- */

/* 416: ON mask above, BAD mask below. */
struct subs {
	uint32_t on;
	uint32_t bad;
};

static struct subs load_subs(const struct b7_queue *block)
{
	uint64_t both = oriel_wire_load64(&block->subs);

	return (struct subs){(uint32_t)(both >> 32), (uint32_t)both};
}

static void store_subs(struct b7_queue *block, struct subs subs)
{
	oriel_wire_store64(&block->subs, (uint64_t)subs.on << 32 | subs.bad);
}

static int check_subscription(
	const struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	const struct b7_queue *block = get_block(session, queue);
	struct subs subs = load_subs(block);

	if (oriel_codec_b7_is_over(session))
		return -ESTALE;
	if (!queue->subscribed || subs.bad & own_bit(queue) || !(subs.on & own_bit(queue)) ||
		oriel_wire_load32(&block->client_id[queue->subscriber]) != session->client_id)
		return -ETIMEDOUT;
	return 0;
}

/* The bits of an earlier owner of our place would get us flagged for messages that we never had,
 * and ours the next owner (T3). */
static void clear_own_bits(
	const struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	for (uint32_t i = 0; i < queue->length; i++)
		__atomic_and_fetch(
			&get_slot(session, queue, i)->pending, ~own_bit(queue), __ATOMIC_ACQ_REL);
}

/* ---- subscribe ------------------------------------------------------------------------------ */

static int find_block(const struct oriel_codec_session *session, uint32_t id, uint32_t *ret_index)
{
	const struct b7_header *header = oriel_codec_b7_header(&session->map);
	uint32_t count = oriel_wire_load32(&header->queue_count);

	if (count > B7_QUEUES_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < count; i++) {
		if (oriel_wire_load32(&header->queues[i].id) == id) {
			*ret_index = i;
			return 0;
		}
	}
	return -EAGAIN;
}

static int read_geometry(const struct oriel_codec_session *session, struct oriel_codec_queue *queue)
{
	const struct b7_queue *block = get_block(session, queue);
	uint64_t end;

	queue->length = oriel_wire_load32(&block->length);
	queue->messages_offset = oriel_wire_load32(&block->messages_offset);
	queue->max_time_ms = oriel_wire_load32(&block->max_time_ms);
	if (queue->max_time_ms > MAX_TIME_CAP_MS)
		queue->max_time_ms = MAX_TIME_CAP_MS;
	end = queue->messages_offset + (uint64_t)queue->length * sizeof(struct b7_message);
	if (queue->length < LENGTH_MIN || queue->length > LENGTH_MAX ||
		queue->messages_offset % 4 || queue->messages_offset < sizeof(struct b7_header) ||
		end > session->map.size_bytes)
		return -EBADMSG;
	return 0;
}

/* 2.13.3: places whose owner was flagged long enough ago are free again. */
static void recycle(struct b7_queue *block, struct subs *subs, uint64_t now_ms)
{
	for (uint32_t i = 0; i < B7_SUBSCRIBERS_MAX; i++) {
		uint32_t bit = UINT32_C(1) << i;

		if (!(subs->bad & bit) || oriel_wire_load64(&block->timeout_ms[i]) >= now_ms)
			continue;
		oriel_wire_store64(&block->timeout_ms[i], 0);
		oriel_wire_store32(&block->client_id[i], 0);
		subs->on &= ~bit;
		subs->bad &= ~bit;
	}
}

static int subscribe_locked(struct oriel_codec_session *session, struct oriel_codec_queue *queue)
{
	struct b7_header *header = oriel_codec_b7_header(&session->map);
	struct b7_queue *block = get_block(session, queue);
	struct subs subs = load_subs(block);
	uint32_t position = oriel_wire_load32(&block->position);
	uint32_t start = oriel_wire_load32(&block->start);

	if (oriel_codec_b7_is_over(session)) /* again, now that nobody begins anew unseen (T31) */
		return -ESTALE;
	if (position >= queue->length || start >= queue->length)
		return -EBADMSG;
	recycle(block, &subs, oriel_wire_load64(&header->timestamp_ms));
	if (!~(subs.on | subs.bad)) {
		store_subs(block, subs);
		return -ENOSPC;
	}
	queue->subscriber = (uint32_t)__builtin_ctz(~(subs.on | subs.bad));
	clear_own_bits(session, queue);
	oriel_wire_store64(&block->timeout_ms[queue->subscriber], 0);
	oriel_wire_store32(&block->client_id[queue->subscriber], session->client_id);
	subs.on |= own_bit(queue);
	store_subs(block, subs);
	__atomic_add_fetch(&block->new_subscribers, 1, __ATOMIC_ACQ_REL);
	queue->next = position;
	queue->subscribed = true;
	return 0;
}

int oriel_codec_b7_subscribe(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind)
{
	struct oriel_codec_queue queue = {0};
	struct oriel_hold hold;
	int r = find_block(session, queue_ids[kind], &queue.index);

	if (!r)
		r = read_geometry(session, &queue);
	if (r < 0)
		return oriel_codec_b7_is_over(session) ? -ESTALE : r;
	if (!lock(&get_block(session, &queue)->lock, &hold))
		return oriel_codec_b7_is_over(session) ? -ESTALE : -EBUSY;
	r = subscribe_locked(session, &queue);
	unlock(&get_block(session, &queue)->lock, &hold);
	if (!r)
		session->queues[kind] = queue;
	return r;
}

static void unsubscribe_locked(
	const struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	struct b7_queue *block = get_block(session, queue);
	struct subs subs = load_subs(block);

	if (check_subscription(session, queue) < 0)
		return;
	clear_own_bits(session, queue);
	subs.on &= ~own_bit(queue);
	subs.bad &= ~own_bit(queue);
	store_subs(block, subs);
	oriel_wire_store64(&block->timeout_ms[queue->subscriber], 0);
	oriel_wire_store32(&block->client_id[queue->subscriber], 0);
}

void oriel_codec_b7_unsubscribe(
	struct oriel_codec_session *session, enum oriel_codec_queue_kind kind)
{
	struct oriel_codec_queue *queue = &session->queues[kind];
	struct oriel_hold hold;

	if (!check_subscription(session, queue) && lock(&get_block(session, queue)->lock, &hold)) {
		unsubscribe_locked(session, queue);
		unlock(&get_block(session, queue)->lock, &hold);
	}
	queue->subscribed = false;
}

/* ---- receive -------------------------------------------------------------------------------- */

int oriel_codec_b7_peek(const struct oriel_codec_session *session, enum oriel_codec_queue_kind kind,
	uint32_t ahead, struct oriel_codec_message *ret_message)
{
	const struct oriel_codec_queue *queue = &session->queues[kind];
	const struct b7_message *slot;
	uint32_t position, waiting;
	int r = check_subscription(session, queue);

	if (r < 0)
		return r;
	position = oriel_wire_load32(&get_block(session, queue)->position);
	if (position >= queue->length)
		return -EBADMSG;
	waiting = (position + queue->length - queue->next) % queue->length;
	if (waiting <= ahead)
		return 0;
	slot = get_slot(session, queue, (queue->next + ahead) % queue->length);
	*ret_message = (struct oriel_codec_message){
		.udata = oriel_wire_load32(&slot->udata),
		.size_bytes = oriel_wire_load32(&slot->size),
		.offset_bytes = oriel_wire_load32(&slot->offset),
		.behind = waiting - ahead - 1,
	};
	return 1;
}

/* Our slot is the oldest and nobody else needs it: it is free at once, not at the producer's next
 * look (T2). */
static int retire(struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	struct b7_queue *block = get_block(session, queue);
	uint64_t now_ms = oriel_wire_load64(&oriel_codec_b7_header(&session->map)->timestamp_ms);
	uint32_t count = oriel_wire_load32(&block->count);

	if (!count || count >= queue->length)
		return -EBADMSG;
	oriel_wire_store32(&block->start, (queue->next + 1) % queue->length);
	oriel_wire_store32(&block->count, count - 1);
	oriel_wire_store64(&block->deadline_ms, now_ms + queue->max_time_ms);
	return 0;
}

static int done_locked(struct oriel_codec_session *session, const struct oriel_codec_queue *queue)
{
	uint32_t *pending = &get_slot(session, queue, queue->next)->pending;
	uint32_t start = oriel_wire_load32(&get_block(session, queue)->start);
	int r = check_subscription(session, queue);

	if (r < 0)
		return r;
	if (start >= queue->length)
		return -EBADMSG;
	if (__atomic_and_fetch(pending, ~own_bit(queue), __ATOMIC_ACQ_REL) || start != queue->next)
		return 0;
	return retire(session, queue);
}

int oriel_codec_b7_done(struct oriel_codec_session *session, enum oriel_codec_queue_kind kind)
{
	struct oriel_codec_queue *queue = &session->queues[kind];
	struct oriel_hold hold;
	int r = check_subscription(session, queue);

	if (r < 0)
		return r;
	if (!lock(&get_block(session, queue)->lock, &hold))
		return oriel_codec_b7_is_over(session) ? -ESTALE : -EBUSY;
	r = done_locked(session, queue);
	unlock(&get_block(session, queue)->lock, &hold);
	if (!r)
		queue->next = (queue->next + 1) % queue->length;
	return r;
}

static bool overlaps(const struct oriel_codec_queue *queue, uint64_t begin, uint64_t end)
{
	uint64_t ring_end =
		queue->messages_offset + (uint64_t)queue->length * sizeof(struct b7_message);

	return queue->subscribed && begin < ring_end && end > queue->messages_offset;
}

bool oriel_codec_b7_is_sound(const struct oriel_codec_session *session,
	const struct oriel_codec_message *message, size_t min_bytes)
{
	uint64_t begin = message->offset_bytes;
	uint64_t end = begin + message->size_bytes;

	if (begin < sizeof(struct b7_header) || begin % 4 || end > session->map.size_bytes ||
		message->size_bytes < min_bytes)
		return false;
	for (int i = 0; i < ORIEL_CODEC_QUEUES; i++)
		if (overlaps(&session->queues[i], begin, end))
			return false;
	return true;
}

/* ---- send ----------------------------------------------------------------------------------- */

static int send_locked(struct oriel_codec_session *session, struct b7_queue *block,
	const void *data, uint32_t bytes)
{
	uint32_t available = oriel_wire_load32(&block->client_free);
	uint32_t index = oriel_wire_load32(&block->client_write_index);
	int r = check_subscription(session, &session->queues[ORIEL_CODEC_POINTER]);

	if (r < 0)
		return r;
	if (available > B7_CLIENT_MESSAGES || index >= B7_CLIENT_MESSAGES)
		return -EBADMSG;
	if (!available)
		return -EAGAIN;
	oriel_wire_store32(&block->client_messages[index].size, bytes);
	memcpy(block->client_messages[index].data, data, bytes);
	oriel_wire_store32(&block->client_write_index, (index + 1) % B7_CLIENT_MESSAGES);
	__atomic_sub_fetch(&block->client_free, 1, __ATOMIC_ACQ_REL);
	__atomic_add_fetch(&block->client_write_serial, 1, __ATOMIC_ACQ_REL);
	return 0;
}

int oriel_codec_b7_send_cursor(struct oriel_codec_session *session, int32_t x_px, int32_t y_px)
{
	const struct b7_set_cursor message = {B7_MESSAGE_SET_CURSOR, x_px, y_px};
	const struct oriel_codec_queue *queue = &session->queues[ORIEL_CODEC_POINTER];
	struct b7_queue *block = get_block(session, queue);
	struct oriel_hold hold;
	int r = check_subscription(session, queue);

	if (r < 0)
		return r;
	if (!oriel_wire_load32(&block->client_free))
		return -EAGAIN;
	if (!lock(&block->client_lock, &hold))
		return oriel_codec_b7_is_over(session) ? -ESTALE : -EBUSY;
	r = send_locked(session, block, &message, sizeof message);
	unlock(&block->client_lock, &hold);
	return r;
}
