/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A viewer as the protocol describes it, and nothing of src/relay's consumer: what the producer's
 * tests look at the shared memory with. One region per test program.
 */
#ifndef ORIEL_TESTS_RELAY_FAKE_VIEWER_H
#define ORIEL_TESTS_RELAY_FAKE_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/producer.h"
#include "relay/wire_b7.h"

#define FAKE_REGION_BYTES (8u * 1024 * 1024)
#define FAKE_T0_MS UINT64_C(100000)

/* 8 MiB, aligned to a page; fake_region_clear() zeroes them. */
extern uint8_t fake_region[FAKE_REGION_BYTES];

static inline struct b7_header *fake_header(void)
{
	return (struct b7_header *)(void *)fake_region;
}

/* Block 0 is the frame queue, block 1 the pointer queue. */
enum { FAKE_FRAME, FAKE_POINTER };

static inline struct b7_queue *fake_queue(unsigned block)
{
	return &fake_header()->queues[block];
}

/* Of a ring's slot. */
struct b7_message *fake_message(unsigned block, unsigned slot);

void fake_region_clear(void);
/* A producer with the inputs of the protocol's worked example (8), started at FAKE_T0_MS on a
 * cleared region. Asserts that it could be made. */
struct oriel_producer *fake_producer_create(void);

/* The steps of 2.13 to 2.17, without the recommended clearing of bits, as stock viewers do them.
 * Returns the subscriber's number. */
unsigned fake_subscribe(unsigned block, uint32_t client_id);
void fake_unsubscribe(unsigned block, unsigned subscriber);
/* Finishes the oldest message. */
void fake_done(unsigned block, unsigned subscriber);
void fake_send(unsigned block, const void *data, uint32_t size);

/* ON and BAD masks. */
uint32_t fake_on(unsigned block);
uint32_t fake_bad(unsigned block);

uint32_t fake_crc32(const void *data, size_t bytes);

#endif
