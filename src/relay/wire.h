/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Touching memory that an untrusted peer changes at the same time: every access goes through one of
 * these, so that the compiler reads a field exactly once and the order is stated. Any thread; only
 * oriel_wire_lock() may wait, and it has a deadline.
 */
#ifndef ORIEL_RELAY_WIRE_H
#define ORIEL_RELAY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/time.h"

static inline uint32_t oriel_wire_load32(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static inline uint64_t oriel_wire_load64(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static inline void oriel_wire_store32(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static inline void oriel_wire_store64(uint64_t *at, uint64_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

/* Copies a structure out of shared memory, once: behind the barrier the compiler must take the
 * source for changed and cannot look there again in place of the copy. */
static inline void oriel_wire_copy(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	__asm__ __volatile__("" ::: "memory");
}

/* Everything stored before is visible to the other side before anything stored after; also for
 * write-combined mappings and non-temporal stores (protocol 2.6). */
static inline void oriel_wire_store_fence(void)
{
#if defined(__x86_64__)
	__builtin_ia32_sfence();
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline bool oriel_wire_try_lock(uint32_t *lock)
{
	uint32_t unlocked = 0;

	return __atomic_compare_exchange_n(
		lock, &unlocked, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Tries until the monotonic clock shows deadline_ns: the lock has no owner that could be asked, and
 * a peer that died or lies holds it for ever (trap T1). False: not taken. */
static inline bool oriel_wire_lock(uint32_t *lock, uint64_t deadline_ns)
{
	for (uint32_t tries = 1; !oriel_wire_try_lock(lock); tries++) {
		oriel_time_relax();
		if (tries % 64 == 0 && oriel_time_now_ns() >= deadline_ns)
			return false;
	}
	return true;
}

/* An exchange and not a plain store: it also drains write-combining buffers (protocol 2.6). */
static inline void oriel_wire_unlock(uint32_t *lock)
{
	__atomic_exchange_n(lock, 0, __ATOMIC_SEQ_CST);
}

#endif
