/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/fake_viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

uint8_t fake_region[FAKE_REGION_BYTES] __attribute__((aligned(4096)));

struct b7_message *fake_message(unsigned block, unsigned slot)
{
	uint32_t ring = fake_queue(block)->messages_offset;

	return (struct b7_message *)(void *)(fake_region + ring) + slot;
}

void fake_region_clear(void)
{
	memset(fake_region, 0, sizeof fake_region);
}

struct oriel_producer *fake_producer_create(void)
{
	struct oriel_producer_options options = {
		.host_version = "TEST-1",
		.capture = "TestCapture",
		.cpus = 8,
		.cores = 4,
		.sockets = 1,
		.cpu_model = "Test CPU",
		.os = ORIEL_GUEST_OS_WINDOWS,
		.os_name = "Test OS",
		.accepts_set_cursor = true,
		.session_id = 0x2a2a,
	};
	struct oriel_producer *producer = NULL;

	for (uint8_t i = 0; i < sizeof options.uuid; i++)
		options.uuid[i] = i;
	fake_region_clear();
	assert_int_equal(oriel_producer_create(&producer, fake_region, FAKE_REGION_BYTES, &options,
				 FAKE_T0_MS, NULL),
		0);
	return producer;
}

uint32_t fake_on(unsigned block)
{
	return (uint32_t)(fake_queue(block)->subs >> 32);
}

uint32_t fake_bad(unsigned block)
{
	return (uint32_t)fake_queue(block)->subs;
}

/* 2.13 step 3. */
static void recycle(struct b7_queue *queue)
{
	for (unsigned i = 0; i < B7_SUBSCRIBERS_MAX; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(queue->subs & bit) || queue->timeout_ms[i] >= fake_header()->timestamp_ms)
			continue;
		queue->timeout_ms[i] = 0;
		queue->client_id[i] = 0;
		queue->subs &= ~(bit | bit << 32);
	}
}

unsigned fake_subscribe(unsigned block, uint32_t client_id)
{
	struct b7_queue *queue = fake_queue(block);
	unsigned id = 0;

	assert_int_equal(queue->lock, 0);
	recycle(queue);
	while ((fake_on(block) | fake_bad(block)) & UINT32_C(1) << id)
		id++;
	assert_true(id < B7_SUBSCRIBERS_MAX);
	queue->timeout_ms[id] = 0;
	queue->client_id[id] = client_id;
	queue->subs |= UINT64_C(1) << (32 + id);
	queue->new_subscribers++;
	return id;
}

void fake_unsubscribe(unsigned block, unsigned subscriber)
{
	struct b7_queue *queue = fake_queue(block);
	uint64_t bit = UINT64_C(1) << subscriber;

	assert_int_equal(queue->lock, 0);
	queue->subs &= ~(bit | bit << 32);
	queue->timeout_ms[subscriber] = 0;
	queue->client_id[subscriber] = 0;
}

void fake_done(unsigned block, unsigned subscriber)
{
	struct b7_queue *queue = fake_queue(block);
	struct b7_message *message = fake_message(block, queue->start);

	assert_int_equal(queue->lock, 0);
	message->pending &= ~(UINT32_C(1) << subscriber);
	if (message->pending)
		return;
	queue->start = (queue->start + 1) % queue->length;
	queue->count--;
	queue->deadline_ms = fake_header()->timestamp_ms + queue->max_time_ms;
}

void fake_send(unsigned block, const void *data, uint32_t size)
{
	struct b7_queue *queue = fake_queue(block);
	struct b7_client_message *message = &queue->client_messages[queue->client_write_index];

	assert_true(queue->client_free > 0);
	assert_int_equal(queue->client_lock, 0);
	message->size = size;
	memcpy(message->data, data, size < sizeof message->data ? size : sizeof message->data);
	queue->client_write_index = (queue->client_write_index + 1) % B7_CLIENT_MESSAGES;
	queue->client_free--;
	queue->client_write_serial++;
}

uint32_t fake_crc32(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint32_t crc = UINT32_MAX;

	while (bytes--) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}
