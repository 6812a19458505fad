/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/trial.h"

#include <stdlib.h>

#include "base/log.h"

#define FIRST 0

static void set_state(struct oriel_trial *trial, enum oriel_trial_state state, int current)
{
	static const char *const names[] = {
		[ORIEL_TRIAL_RUNS] = "trial", [ORIEL_TRIAL_DECIDED] = "decided"};

	if (trial->state != state || trial->current != current)
		oriel_log_rt(ORIEL_LOG_DEBUG, "presenters: %s of %d -> %s of %d",
			names[trial->state], trial->current, names[state], current);
	trial->state = state;
	trial->current = current;
}

static bool is_able(const struct oriel_trial *trial, int candidate)
{
	return trial->able & 1u << candidate;
}

/* ---- turns ---------------------------------------------------------------------------------- */

/* now_ns 0: with the next frame. */
static void begin_turn(struct oriel_trial *trial, int candidate, uint64_t now_ns)
{
	set_state(trial, ORIEL_TRIAL_RUNS, candidate);
	trial->began_ns = now_ns;
	trial->frames = 0;
}

static int find_fastest(const struct oriel_trial *trial)
{
	int fastest = FIRST;

	for (int i = 0; i < ORIEL_TRIAL_CANDIDATES_MAX; i++)
		if (is_able(trial, i) && trial->figures_ns[i] < trial->figures_ns[fastest])
			fastest = i;
	return fastest;
}

/* The next one without a figure, or the decision. */
static bool go_on(struct oriel_trial *trial, uint64_t now_ns)
{
	for (int i = 0; i < ORIEL_TRIAL_CANDIDATES_MAX; i++)
		if (is_able(trial, i) && !trial->figures_ns[i]) {
			begin_turn(trial, i, now_ns);
			return false;
		}
	set_state(trial, ORIEL_TRIAL_DECIDED, find_fastest(trial));
	return true;
}

/* The turn took too long: of the first one it begins anew, the others wait until that one has shown
 * again that frames come fast enough. */
static void lose_turn(struct oriel_trial *trial, uint64_t now_ns)
{
	int candidate = trial->current;

	if (candidate != FIRST && ++trial->lost_turns[candidate] == ORIEL_TRIAL_TURNS_MAX) {
		oriel_trial_drop(trial, now_ns);
		return;
	}
	trial->figures_ns[FIRST] = 0;
	begin_turn(trial, FIRST, now_ns);
}

void oriel_trial_restart(struct oriel_trial *trial, unsigned able)
{
	int current = able & 1u << trial->current ? trial->current : FIRST;

	for (int i = 0; i < ORIEL_TRIAL_CANDIDATES_MAX; i++) {
		trial->figures_ns[i] = 0;
		trial->lost_turns[i] = 0;
	}
	trial->able = able;
	begin_turn(trial, current, 0);
	if (able == 1u << FIRST)
		set_state(trial, ORIEL_TRIAL_DECIDED, FIRST);
}

int oriel_trial_get_turn(struct oriel_trial *trial, uint64_t now_ns)
{
	if (trial->state == ORIEL_TRIAL_DECIDED)
		return trial->current;
	if (!trial->began_ns)
		trial->began_ns = now_ns;
	if (now_ns - trial->began_ns > ORIEL_TRIAL_LIMIT_NS)
		lose_turn(trial, now_ns);
	return trial->current;
}

/* ---- figures -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

bool oriel_trial_add(struct oriel_trial *trial, uint64_t took_ns, uint64_t now_ns)
{
	if (trial->state == ORIEL_TRIAL_DECIDED)
		return false;
	if (trial->frames >= ORIEL_TRIAL_WARM_UP)
		trial->took_ns[trial->frames - ORIEL_TRIAL_WARM_UP] = took_ns;
	if (++trial->frames < ORIEL_TRIAL_WARM_UP + ORIEL_TRIAL_FRAMES)
		return false;
	qsort(trial->took_ns, ORIEL_TRIAL_FRAMES, sizeof trial->took_ns[0], compare);
	trial->figures_ns[trial->current] = trial->took_ns[ORIEL_TRIAL_FRAMES / 2] + 1;
	return go_on(trial, now_ns);
}

bool oriel_trial_drop(struct oriel_trial *trial, uint64_t now_ns)
{
	trial->able &= ~(1u << trial->current);
	trial->figures_ns[trial->current] = 0;
	return go_on(trial, now_ns);
}
