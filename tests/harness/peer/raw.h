/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Byte offsets of LGMP 6 + KVMFR 20 and the few atomic accesses that both raw peers need.
 *
 * Written from the protocol document alone and sharing nothing with src/relay on purpose: an error
 * in our own layout must not be repeated here, where it would go unseen.
 */
#ifndef PEER_RAW_H
#define PEER_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* Shared header (2.2). */
#define RAW_MAGIC 0u
#define RAW_VERSION 4u
#define RAW_SESSION 8u
#define RAW_TIMESTAMP 16u
#define RAW_QUEUE_COUNT 24u
#define RAW_QUEUES 32u
#define RAW_QUEUE_BYTES 1144u
#define RAW_UDATA_BYTES 5752u
#define RAW_UDATA 5756u
#define RAW_HEADER_BYTES 5760u
#define RAW_MAGIC_VALUE 0x504d474cu

/* Queue block (2.3). */
#define RAW_Q_ID 0u
#define RAW_Q_LENGTH 4u
#define RAW_Q_NEW 8u
#define RAW_Q_MAX_TIME 12u
#define RAW_Q_POSITION 16u
#define RAW_Q_RING 20u
#define RAW_Q_TIMEOUT 24u
#define RAW_Q_CLIENT 280u
#define RAW_Q_LOCK 408u
#define RAW_Q_SUBS 416u
#define RAW_Q_START 424u
#define RAW_Q_DEADLINE 432u
#define RAW_Q_COUNT 440u
#define RAW_Q_CM_LOCK 444u
#define RAW_Q_CM_FREE 448u
#define RAW_Q_CM_WRITE 452u
#define RAW_Q_CM_WRITTEN 456u
#define RAW_Q_CM_READ 460u
#define RAW_Q_CM_SLOTS 464u
#define RAW_CM_SLOT_BYTES 68u
#define RAW_CM_SLOTS 10u

/* Message descriptor (2.4). */
#define RAW_M_BYTES 16u
#define RAW_M_UDATA 0u
#define RAW_M_SIZE 4u
#define RAW_M_OFFSET 8u
#define RAW_M_PENDING 12u

/* Queues, cursor and frame structures (4). */
#define RAW_POINTER_QUEUE 1u
#define RAW_FRAME_QUEUE 2u
#define RAW_CURSOR_BYTES 24u
#define RAW_FRAME_BYTES 1084u
#define RAW_CURSOR_POSITION 1u
#define RAW_CURSOR_VISIBLE 2u
#define RAW_CURSOR_SHAPE 4u
#define RAW_FRAME_TRUNCATED 4u

static inline uint32_t raw_load32(const uint8_t *base, size_t offset)
{
	return __atomic_load_n((const uint32_t *)(const void *)(base + offset), __ATOMIC_SEQ_CST);
}

static inline void raw_store32(uint8_t *base, size_t offset, uint32_t value)
{
	__atomic_store_n((uint32_t *)(void *)(base + offset), value, __ATOMIC_SEQ_CST);
}

static inline uint64_t raw_load64(const uint8_t *base, size_t offset)
{
	return __atomic_load_n((const uint64_t *)(const void *)(base + offset), __ATOMIC_SEQ_CST);
}

static inline void raw_store64(uint8_t *base, size_t offset, uint64_t value)
{
	__atomic_store_n((uint64_t *)(void *)(base + offset), value, __ATOMIC_SEQ_CST);
}

/* Returns the value after the addition. */
static inline uint32_t raw_add32(uint8_t *base, size_t offset, uint32_t value)
{
	return __atomic_add_fetch((uint32_t *)(void *)(base + offset), value, __ATOMIC_SEQ_CST);
}

/* Returns the value after the operation. */
static inline uint32_t raw_and32(uint8_t *base, size_t offset, uint32_t mask)
{
	return __atomic_and_fetch((uint32_t *)(void *)(base + offset), mask, __ATOMIC_SEQ_CST);
}

static inline uint32_t raw_swap32(uint8_t *base, size_t offset, uint32_t value)
{
	return __atomic_exchange_n((uint32_t *)(void *)(base + offset), value, __ATOMIC_SEQ_CST);
}

static inline bool raw_try_lock(uint8_t *base, size_t offset)
{
	uint32_t free_value = 0;

	return __atomic_compare_exchange_n((uint32_t *)(void *)(base + offset), &free_value, 1,
		false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* The stock programs spin for ever; ends the process after 5 s so that no test hangs on a peer. */
void raw_lock(uint8_t *base, size_t offset);

static inline void raw_unlock(uint8_t *base, size_t offset)
{
	raw_store32(base, offset, 0);
}

static inline uint64_t raw_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t raw_now_ms(void)
{
	return raw_now_ns() / 1000000u;
}

static inline void raw_nap_us(long us)
{
	struct timespec nap = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&nap, NULL);
}

static inline size_t raw_round_up(size_t value, size_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

#endif
