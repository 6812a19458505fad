/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monotonic time. Thread: any. oriel_time_now_ns() never blocks. */
#ifndef ORIEL_BASE_TIME_H
#define ORIEL_BASE_TIME_H

#include <stdint.h>

#define ORIEL_NS_PER_US UINT64_C(1000)
#define ORIEL_NS_PER_MS UINT64_C(1000000)
#define ORIEL_NS_PER_S UINT64_C(1000000000)

/* CLOCK_MONOTONIC, or the performance counter on Windows. */
uint64_t oriel_time_now_ns(void);

/* Sleeps until the clock above shows at least deadline_ns; returns at once when it already does.
 * A signal does not cut it short. Precision: the kernel's timer slack (see oriel_time_sharpen). */
void oriel_time_sleep_until_ns(uint64_t deadline_ns);

/* Asks for the finest timer slack (1 ns) for the calling thread, so that short sleeps end on time.
 * Without effect where the system has no such setting. */
void oriel_time_sharpen(void);

/* One step of a spin-wait: tells the processor that nothing is to be done yet. */
static inline void oriel_time_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	__asm__ __volatile__("" ::: "memory");
#endif
}

#endif
