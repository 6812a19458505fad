/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rawlink.h"

#include <unistd.h>

#include "relay/wire.h"

#define LOCK_NS (100 * ORIEL_NS_PER_MS)

static struct b7_queue *find_queue(uint8_t *base, uint32_t id)
{
	struct b7_header *header = (struct b7_header *)base;
	uint32_t index = 0;

	while (header->queues[index].id != id && index + 1 < B7_QUEUES_MAX)
		index++;
	return &header->queues[index];
}

void bench_rawlink_subscribe(struct bench_rawlink *ret_link, uint8_t *base)
{
	struct b7_queue *queue = find_queue(base, B7_QUEUE_FRAME);
	uint64_t subs;
	uint32_t bit = 0;

	oriel_wire_lock(&queue->lock, oriel_time_now_ns() + LOCK_NS);
	subs = oriel_wire_load64(&queue->subs);
	while (bit < B7_SUBSCRIBERS_MAX - 1 && (subs >> (32 + bit) | subs >> bit) & 1)
		bit++;
	*ret_link = (struct bench_rawlink){
		.base = base,
		.queue = queue,
		.messages = (struct b7_message *)(base + queue->messages_offset),
		.subscriber = bit,
		.next = oriel_wire_load32(&queue->position),
	};
	for (uint32_t slot = 0; slot < queue->length; slot++)
		__atomic_and_fetch(
			&ret_link->messages[slot].pending, ~(1u << bit), __ATOMIC_ACQ_REL);
	queue->timeout_ms[bit] = 0;
	queue->client_id[bit] = (uint32_t)getpid();
	oriel_wire_store64(&queue->subs, subs | UINT64_C(1) << (32 + bit));
	__atomic_add_fetch(&queue->new_subscribers, 1, __ATOMIC_ACQ_REL);
	oriel_wire_unlock(&queue->lock);
}

void bench_rawlink_unsubscribe(struct bench_rawlink *link)
{
	uint64_t mine = UINT64_C(0x100000001) << link->subscriber;

	oriel_wire_lock(&link->queue->lock, oriel_time_now_ns() + LOCK_NS);
	oriel_wire_store64(&link->queue->subs, oriel_wire_load64(&link->queue->subs) & ~mine);
	for (uint32_t slot = 0; slot < link->queue->length; slot++)
		__atomic_and_fetch(
			&link->messages[slot].pending, ~(1u << link->subscriber), __ATOMIC_ACQ_REL);
	oriel_wire_unlock(&link->queue->lock);
}

struct b7_frame *bench_rawlink_peek(struct bench_rawlink *link)
{
	if (oriel_wire_load32(&link->queue->position) == link->next)
		return NULL;
	return (struct b7_frame *)(link->base + link->messages[link->next].offset);
}

void bench_rawlink_done(struct bench_rawlink *link)
{
	struct b7_queue *queue = link->queue;
	uint32_t left = __atomic_and_fetch(
		&link->messages[link->next].pending, ~(1u << link->subscriber), __ATOMIC_ACQ_REL);

	if (!left && oriel_wire_lock(&queue->lock, oriel_time_now_ns() + LOCK_NS)) {
		if (queue->count && queue->start == link->next) {
			queue->start = (queue->start + 1) % queue->length;
			queue->count--;
		}
		oriel_wire_unlock(&queue->lock);
	}
	link->next = (link->next + 1) % queue->length;
}

uint32_t bench_rawlink_get_written_bytes(const struct b7_frame *frame)
{
	return oriel_wire_load32((const uint32_t *)((const uint8_t *)frame + frame->offset));
}

const uint8_t *bench_rawlink_get_pixels(const struct b7_frame *frame)
{
	return (const uint8_t *)frame + frame->offset + sizeof(uint32_t);
}
