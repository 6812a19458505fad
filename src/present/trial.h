/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is the fastest of some candidates: each of them shows a few frames in its turn, and the
 * median of what they took is its figure. The first of them is the one that always works.
 *
 * A turn wants its frames within three seconds, since only then the figures of all are of frames
 * that came alike: where they come more seldom, speed is not what matters, and the first one shows
 * them. Shorter, and nobody would be found that is faster than one that shows ten a second.
 *
 * Arithmetic alone: time is passed in, nothing is allocated, nobody is waited for.
 */
#ifndef ORIEL_PRESENT_TRIAL_H
#define ORIEL_PRESENT_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define ORIEL_TRIAL_CANDIDATES_MAX 4

/* What a turn begins with and does not count: memory, buffers and shaders are made then. */
#define ORIEL_TRIAL_WARM_UP 3
/* Odd. On Wayland a single one depends on how far off the next refresh was. */
#define ORIEL_TRIAL_FRAMES 9
#define ORIEL_TRIAL_LIMIT_NS (3 * ORIEL_NS_PER_S)
/* Turns that ended without so many frames, until a candidate is given up. */
#define ORIEL_TRIAL_TURNS_MAX 3

enum oriel_trial_state { ORIEL_TRIAL_RUNS, ORIEL_TRIAL_DECIDED };

struct oriel_trial {
	enum oriel_trial_state state;
	unsigned able; /* a bit for each candidate that takes part */
	int current;   /* whose turn it is; decided: who is the fastest */
	uint64_t figures_ns[ORIEL_TRIAL_CANDIDATES_MAX]; /* 0: none yet */
	int lost_turns[ORIEL_TRIAL_CANDIDATES_MAX];

	/* of this turn */
	uint64_t began_ns; /* 0: not begun */
	int frames;
	uint64_t took_ns[ORIEL_TRIAL_FRAMES];
};

/* Anew, among those; the first of all is one of them. The one whose turn it was goes on where it
 * may. A zeroed trial is fine. */
void oriel_trial_restart(struct oriel_trial *trial, unsigned able);

/* Who is to show a frame that comes now. */
int oriel_trial_get_turn(struct oriel_trial *trial, uint64_t now_ns);

/* What a frame took of the one whose turn it is. True: with that, it is decided. */
bool oriel_trial_add(struct oriel_trial *trial, uint64_t took_ns, uint64_t now_ns);

/* The one whose turn it is cannot go on: not asked again before a restart. True as above. */
bool oriel_trial_drop(struct oriel_trial *trial, uint64_t now_ns);

#endif
