/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile viewer does to the shared memory: one small step, repeated every millisecond. */
#ifndef PEER_SABOTAGE_H
#define PEER_SABOTAGE_H

#include "harness/peer/viewer.h"

struct peer_sabotage {
	const char *name;
	const char *what;
	void (*turn)(struct peer_viewer *viewer);
};

/* Ends with a NULL name. */
extern const struct peer_sabotage peer_sabotages[];
/* NULL when none has that name. */
const struct peer_sabotage *peer_sabotage_find(const char *name);

#endif
