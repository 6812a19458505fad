/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy_tuner.h"

#include <string.h>

/* Every so many copies of a size the other kind is tried: seldom enough that even a kind that takes
 * twice as long costs less than two per cent. */
#define ROUND_COPIES 256u
/* Where in a round a tuner begins, so that the first trial comes soon. */
#define FIRST_COPY (ROUND_COPIES - 4)
/* Copies in a trial, and how many of them, and after it, only bring the caches into the state that
 * this kind leaves them in. */
#define TRIAL_COPIES 4u
#define SETTLE_COPIES 2u
/* Streamed stores must save this much, as the reader gains from what is left in the cache. */
#define STREAM_GAIN_PERCENT 20u
/* A cost falls at once and rises slowly, by this share of the difference: a copy that was
 * interrupted says nothing. */
#define RISE_SHIFT 3

static uint32_t get_class(size_t bytes)
{
	uint32_t class = 0;

	while (bytes >> (class + 21) && class + 1 < ORIEL_COPY_TUNER_CLASSES)
		class ++;
	return class;
}

static bool is_small(size_t bytes)
{
	return bytes < 1u << 20;
}

void oriel_copy_tuner_init(struct oriel_copy_tuner *tuner)
{
	memset(tuner, 0, sizeof *tuner);
	for (uint32_t class = 0; class < ORIEL_COPY_TUNER_CLASSES; class ++) {
		/* Both frame slots and the source. */
		tuner->classes[class].kind = oriel_copy_choose((size_t)3 << (class + 20), false);
		tuner->classes[class].copies = FIRST_COPY;
	}
}

enum oriel_copy_kind oriel_copy_tuner_choose_rt(
	const struct oriel_copy_tuner *tuner, size_t bytes, bool target_write_combined)
{
	uint32_t class = get_class(bytes);
	enum oriel_copy_kind kind = tuner->classes[class].kind;

	if (target_write_combined)
		return ORIEL_COPY_STREAM;
	if (is_small(bytes))
		return ORIEL_COPY_CACHED;
	if (tuner->classes[class].copies % ROUND_COPIES >= TRIAL_COPIES)
		return kind;
	return kind == ORIEL_COPY_CACHED ? ORIEL_COPY_STREAM : ORIEL_COPY_CACHED;
}

static void note_cost(uint64_t *cost, uint64_t measured)
{
	if (!*cost || measured < *cost)
		*cost = measured;
	else
		*cost += (measured - *cost) >> RISE_SHIFT;
}

static enum oriel_copy_kind find_better(const uint64_t cost[2])
{
	uint64_t stream = cost[ORIEL_COPY_STREAM] * 100;

	return stream < cost[ORIEL_COPY_CACHED] * (100 - STREAM_GAIN_PERCENT) ? ORIEL_COPY_STREAM
									      : ORIEL_COPY_CACHED;
}

void oriel_copy_tuner_learn_rt(struct oriel_copy_tuner *tuner, size_t bytes, uint64_t elapsed_ns)
{
	uint32_t class = get_class(bytes);
	uint32_t phase = tuner->classes[class].copies % ROUND_COPIES;
	enum oriel_copy_kind kind = oriel_copy_tuner_choose_rt(tuner, bytes, false);
	uint64_t *cost = tuner->classes[class].cost;

	if (is_small(bytes))
		return;
	tuner->classes[class].copies++;
	if (phase == 0)
		cost[kind] = 0; /* what it once was is no reason to take it now */
	if (phase % TRIAL_COPIES >= SETTLE_COPIES || phase >= TRIAL_COPIES + SETTLE_COPIES)
		note_cost(&cost[kind], (elapsed_ns << 10) / (bytes >> 10));
	if (phase + 1 == TRIAL_COPIES && cost[0] && cost[1])
		tuner->classes[class].kind = find_better(cost);
}
