/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps signals away from the calling thread while it holds a lock in shared memory: a viewer that
 * dies or is stopped there leaves the lock to nobody (T1). Signals that report a fault stay
 * deliverable, the SIGBUS guard lives of one. Any thread; never blocks. Internal to src/relay.
 */
#ifndef ORIEL_RELAY_HOLD_H
#define ORIEL_RELAY_HOLD_H

#if defined(_WIN32)
struct oriel_hold {
	int unused; /* Windows has no signals */
};
#else
#include <signal.h>
struct oriel_hold {
	sigset_t before;
};
#endif

void oriel_hold_begin_rt(struct oriel_hold *ret_hold);
void oriel_hold_end_rt(const struct oriel_hold *hold);

#endif
