/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a capture source to the relay: captures only while somebody watches, greets new viewers with
 * the newest picture at once, publishes nothing that did not change, opens the source again when it
 * was lost.
 */
#ifndef ORIEL_GUEST_CORE_LOOP_H
#define ORIEL_GUEST_CORE_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "guest/core/capture.h"
#include "relay/producer.h"

struct oriel_loop_setup {
	struct oriel_producer *producer; /* borrowed */
	size_t region_bytes;		 /* for messages */
	const struct oriel_guest_options *options;
	const struct oriel_capture_ops *source;
	/* Asked about once a second; false ends the loop. */
	bool (*is_region_good)(void *data);
	void *data;
	const atomic_bool *is_stopping; /* set by anyone, a signal handler too */
};

/*
 * Runs in the calling thread, with a heartbeat thread beside it, until *is_stopping (0) or the
 * region is no longer good (1); negative when it could not begin. *capture is the opened source; it
 * is closed and opened again as needed, and may be NULL in between and afterwards.
 */
int oriel_loop_run(const struct oriel_loop_setup *setup, struct oriel_capture **capture,
	struct oriel_error *error);

#endif
