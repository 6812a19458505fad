/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to look for the next frame. There is no interrupt from the guest: everybody polls. The
 * rhythm of the last frames tells when the next is due; until shortly before, the thread sleeps;
 * around that time it looks often; when the guest is idle it looks seldom.
 *
 * Pure arithmetic on times passed in: no clock, no sleep, no allocation. One thread.
 */
#ifndef ORIEL_RELAY_PACE_H
#define ORIEL_RELAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define ORIEL_PACE_HISTORY 16u

struct oriel_pace {
	uint64_t last_arrival_ns; /* 0: none yet */
	uint64_t hint_until_ns;
	uint64_t intervals_ns[ORIEL_PACE_HISTORY];
	uint32_t interval_count; /* ever seen; the newest is at (count - 1) % HISTORY */
	uint64_t period_ns;	 /* 0: no rhythm */
	uint64_t jitter_ns;	 /* how far arrivals stray from the rhythm */
	uint64_t late_ns;	 /* how far the last one came after the beat of those before */
};

void oriel_pace_init(struct oriel_pace *pace);
/* frames new ones were seen at now_ns; more than one: looked too late, the rhythm is faster. */
void oriel_pace_arrived(struct oriel_pace *pace, uint64_t now_ns, uint32_t frames);
/* Something makes a frame likely soon (the user pressed a key): look often until until_ns. */
void oriel_pace_expect(struct oriel_pace *pace, uint64_t until_ns);
/* How long to sleep from now_ns before looking again. Short while a frame is due, and never 0: on
 * the machines measured, a short sleep sees a frame nearly as early as a spinning core. */
uint64_t oriel_pace_get_wait_ns(const struct oriel_pace *pace, uint64_t now_ns);

#endif
