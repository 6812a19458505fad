/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE_BYTES 64

struct oriel_ring {
	size_t record_bytes;
	size_t mask;
	_Atomic size_t written;
	/* So that the two threads do not take one cache line from each other at every record. */
	uint8_t apart[CACHE_LINE_BYTES];
	_Atomic size_t read;
	uint8_t apart_too[CACHE_LINE_BYTES];
	uint8_t records[];
};

struct oriel_ring *oriel_ring_create(size_t record_bytes, size_t count)
{
	struct oriel_ring *ring;
	size_t bytes;

	if (!record_bytes || !count || (count & (count - 1)))
		return NULL;
	if (__builtin_mul_overflow(record_bytes, count, &bytes) ||
		__builtin_add_overflow(bytes, sizeof *ring, &bytes))
		return NULL;
	ring = calloc(1, bytes);
	if (!ring)
		return NULL;
	ring->record_bytes = record_bytes;
	ring->mask = count - 1;
	return ring;
}

void oriel_ring_destroy(struct oriel_ring *ring)
{
	free(ring);
}

bool oriel_ring_push_rt(struct oriel_ring *ring, const void *record)
{
	size_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);

	if (written - atomic_load_explicit(&ring->read, memory_order_acquire) > ring->mask)
		return false;
	memcpy(ring->records + (written & ring->mask) * ring->record_bytes, record,
		ring->record_bytes);
	atomic_store_explicit(&ring->written, written + 1, memory_order_release);
	return true;
}

bool oriel_ring_pop_rt(struct oriel_ring *ring, void *ret_record)
{
	size_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);

	if (read == atomic_load_explicit(&ring->written, memory_order_acquire))
		return false;
	memcpy(ret_record, ring->records + (read & ring->mask) * ring->record_bytes,
		ring->record_bytes);
	atomic_store_explicit(&ring->read, read + 1, memory_order_release);
	return true;
}
