/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a connection to a SPICE server stands, and when to try again.
 *
 *   LOST        there is none. With a deadline the next attempt begins then; without one it was
 *               refused in a way that waiting does not mend, and only BEGIN tries again.
 *   CONNECTING  an attempt is under way; it is given up at the deadline.
 *   CONNECTED   all channels that anyone wanted are open.
 *   DEGRADED    the connection is there, but a channel that someone wanted is not.
 *
 * Knows neither sockets nor the library: time and events are passed in, and the answer is what the
 * owner has to do. Thread: the owner's. Never blocks.
 */
#ifndef ORIEL_SPICE_LINK_H
#define ORIEL_SPICE_LINK_H

#include <stdint.h>

enum oriel_spice_state {
	ORIEL_SPICE_LOST,
	ORIEL_SPICE_CONNECTING,
	ORIEL_SPICE_CONNECTED,
	ORIEL_SPICE_DEGRADED,
};

enum oriel_spice_event {
	ORIEL_SPICE_BEGIN,   /* someone wants a connection now */
	ORIEL_SPICE_READY,   /* every wanted channel is open */
	ORIEL_SPICE_PARTLY,  /* all are settled, but some did not open */
	ORIEL_SPICE_CLOSED,  /* the connection failed or broke */
	ORIEL_SPICE_REFUSED, /* likewise, and the same attempt would fail again */
	ORIEL_SPICE_TIME,    /* the clock went on */
};

enum oriel_spice_action { ORIEL_SPICE_NOTHING, ORIEL_SPICE_OPEN, ORIEL_SPICE_DROP };

/* The first pause; each further one is twice as long, up to the longest. */
#define ORIEL_SPICE_PAUSE_NS (UINT64_C(250) * 1000 * 1000)
#define ORIEL_SPICE_PAUSE_MAX_NS (UINT64_C(8) * 1000 * 1000 * 1000)
#define ORIEL_SPICE_ATTEMPT_NS (UINT64_C(10) * 1000 * 1000 * 1000)
/* A connection that lasted so long was a good one: pauses begin anew. */
#define ORIEL_SPICE_SETTLED_NS (UINT64_C(5) * 1000 * 1000 * 1000)

struct oriel_spice_link {
	enum oriel_spice_state state;
	uint64_t deadline_ns; /* when TIME is next of use; 0: never */
	uint64_t since_ns;    /* when the state began */
	unsigned int pauses;  /* in a row */
};

void oriel_spice_link_init(struct oriel_spice_link *link);
enum oriel_spice_action oriel_spice_link_handle(
	struct oriel_spice_link *link, enum oriel_spice_event event, uint64_t now_ns);

#endif
