/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread that keeps a producer's session alive, so that a slow capture does not look like a
 * dead guest. Between start and stop it alone calls oriel_producer_step(). */
#ifndef ORIEL_GUEST_CORE_HEARTBEAT_H
#define ORIEL_GUEST_CORE_HEARTBEAT_H

#include <stdbool.h>

#include "base/error.h"
#include "relay/producer.h"

struct oriel_heartbeat;

int oriel_heartbeat_start(struct oriel_heartbeat **ret_heartbeat, struct oriel_producer *producer,
	struct oriel_error *error);
/* Waits for the thread's end, one period at most. NULL is fine. */
void oriel_heartbeat_stop(struct oriel_heartbeat *heartbeat);

/* True once after the session was begun anew: everything known must be sent again. */
bool oriel_heartbeat_take_renewed(struct oriel_heartbeat *heartbeat);

#endif
