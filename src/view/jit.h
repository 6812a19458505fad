/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to make the next picture, so that it is finished just before the compositor takes pictures
 * for a refresh of the screen: no later one would be newer, and none is made for nothing.
 *
 * What is known comes from pictures that were seen. Between the moment when one was put on the
 * window and the refresh that showed it lies what the compositor wants for itself, which differs
 * between compositors by more than a refresh. So the machine first watches (pictures are made as
 * they come), then aims with the shortest such time that worked, goes further back when refreshes
 * are missed and nearer, seldomer the more often that fails, when none are.
 *
 * Pure arithmetic on times passed in: no clock, no sleep, no allocation. One thread.
 */
#ifndef ORIEL_VIEW_JIT_H
#define ORIEL_VIEW_JIT_H

#include <stdbool.h>
#include <stdint.h>

#define ORIEL_JIT_PUTS 32u
#define ORIEL_JIT_COSTS 64u
#define ORIEL_JIT_INTERVALS 8u

enum oriel_jit_state {
	ORIEL_JIT_OFF,	   /* not asked for */
	ORIEL_JIT_WATCHES, /* pictures are made as they come */
	ORIEL_JIT_AIMS,
};

/* A picture on its way to the screen. */
struct oriel_jit_put {
	uint64_t stamp_ns; /* its name; 0: none, or seen already */
	uint64_t put_ns;
	uint64_t aim_ns; /* the refresh that is to show it; 0: it came as it came */
};

struct oriel_jit {
	enum oriel_jit_state state;
	bool is_told; /* that there is nothing to aim at */

	/* refreshes */
	uint64_t told_ns;   /* the period as the screen's owner says; 0: not yet, or none */
	uint64_t period_ns; /* as it is; 0: unknown */
	uint64_t intervals_ns[ORIEL_JIT_INTERVALS]; /* between pictures seen while watching */
	uint32_t interval_count;
	uint64_t anchor_ns;		     /* of one, smoothed */
	uint32_t strays;		     /* in a row that were far from where they were due */
	uint64_t last_seen_ns, first_put_ns; /* first_put_ns: of those that nobody saw; 0: none */

	/* pictures */
	struct oriel_jit_put puts[ORIEL_JIT_PUTS];
	uint32_t put_count;
	uint64_t costs_ns[ORIEL_JIT_COSTS]; /* of making one */
	uint32_t cost_count;
	uint64_t cost_ns;  /* that 95 of 100 keep to */
	uint64_t taken_ns; /* when the last one was due */

	/* the compositor's part */
	uint64_t reserve_ns;  /* that is left to it */
	uint32_t seen_count;  /* while watching */
	uint32_t seen_needed; /* before it aims */
	uint32_t hits;	      /* in a row */
	uint32_t since_miss;  /* pictures */
	uint32_t calm_needed; /* hits before it goes nearer */
	uint64_t step_ns;     /* by which it just did; 0: that has proved itself */

	uint64_t missed; /* refreshes that were aimed at in vain */
};

void oriel_jit_init(struct oriel_jit *jit, bool is_wanted);
/* How long to wait before anything is put on the window; 0: now is the time. */
uint64_t oriel_jit_get_wait_ns(struct oriel_jit *jit, uint64_t now_ns);
/* A picture, begun at began_ns, was put on the window. */
void oriel_jit_put(struct oriel_jit *jit, uint64_t stamp_ns, uint64_t began_ns, uint64_t now_ns);
/* The picture of that stamp was seen, on a screen with such a refresh; 0: it has no fixed one. */
void oriel_jit_seen(struct oriel_jit *jit, uint64_t stamp_ns, uint64_t seen_ns, uint64_t period_ns);
/* True once: pictures were put for a second and nobody told when they were seen. */
bool oriel_jit_is_blind(struct oriel_jit *jit, uint64_t now_ns);

#endif
