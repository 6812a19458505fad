/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hostile guest does to the shared memory. An attack is a small step that is repeated while
 * the heartbeat goes on, so that the viewer has no reason to believe the guest gone.
 */
#ifndef PEER_ATTACK_H
#define PEER_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/peer/guest.h"

struct peer_attack {
	const char *name;
	const char *what;
	void (*turn)(struct peer_guest *guest);
	bool without_heartbeat;
};

/* Ends with a NULL name. */
extern const struct peer_attack peer_attacks[];
/* NULL when no attack has that name. */
const struct peer_attack *peer_attack_find(const char *name);
/* Same seed, same attack. */
void peer_attack_seed(uint64_t seed);

#endif
