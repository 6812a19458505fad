/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/core/heartbeat.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/time.h"

struct oriel_heartbeat {
	struct oriel_producer *producer;
	pthread_t thread;
	atomic_bool is_stopping;
	atomic_bool is_renewed;
};

static void *beat(void *data)
{
	struct oriel_heartbeat *heartbeat = data;
	uint64_t now_ns = oriel_time_now_ns();

	while (!atomic_load(&heartbeat->is_stopping)) {
		if (oriel_producer_step(heartbeat->producer, now_ns / ORIEL_NS_PER_MS))
			atomic_store(&heartbeat->is_renewed, true);
		oriel_time_sleep_until_ns(now_ns + ORIEL_PRODUCER_STEP_MS * ORIEL_NS_PER_MS);
		now_ns = oriel_time_now_ns();
	}
	return NULL;
}

int oriel_heartbeat_start(struct oriel_heartbeat **ret_heartbeat, struct oriel_producer *producer,
	struct oriel_error *error)
{
	struct oriel_heartbeat *heartbeat = calloc(1, sizeof *heartbeat);
	int rc;

	if (!heartbeat)
		return oriel_error_set_errno(error, -ENOMEM, "cannot start the heartbeat");
	heartbeat->producer = producer;
	rc = pthread_create(&heartbeat->thread, NULL, beat, heartbeat);
	if (rc) {
		free(heartbeat);
		return oriel_error_set_errno(error, -rc, "cannot start the heartbeat's thread");
	}
	*ret_heartbeat = heartbeat;
	return 0;
}

void oriel_heartbeat_stop(struct oriel_heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	atomic_store(&heartbeat->is_stopping, true);
	pthread_join(heartbeat->thread, NULL);
	free(heartbeat);
}

bool oriel_heartbeat_take_renewed(struct oriel_heartbeat *heartbeat)
{
	return atomic_exchange(&heartbeat->is_renewed, false);
}
