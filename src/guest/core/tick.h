/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A steady rhythm for sources that have no event to wait for. Plain arithmetic on times passed in.
 */
#ifndef ORIEL_GUEST_CORE_TICK_H
#define ORIEL_GUEST_CORE_TICK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct oriel_tick {
	uint64_t period_ns;
	uint64_t due_ns; /* 0: at once */
};

static inline void oriel_tick_init(struct oriel_tick *tick, uint32_t per_second)
{
	tick->period_ns = ORIEL_NS_PER_S / per_second;
	tick->due_ns = 0;
}

/* Sleeps until the tick is due or deadline_ns, whichever is first. True: it is due. */
static inline bool oriel_tick_wait(const struct oriel_tick *tick, uint64_t deadline_ns)
{
	bool is_due = tick->due_ns <= deadline_ns;

	oriel_time_sleep_until_ns(is_due ? tick->due_ns : deadline_ns);
	return is_due;
}

/* The tick was used at now_ns. Keeps the rhythm when late by less than a period; ticks that were
 * missed altogether are left out, never made up for in a burst. */
static inline void oriel_tick_advance(struct oriel_tick *tick, uint64_t now_ns)
{
	tick->due_ns += tick->period_ns;
	if (tick->due_ns + tick->period_ns < now_ns || tick->due_ns > now_ns + tick->period_ns)
		tick->due_ns = now_ns + tick->period_ns;
}

#endif
