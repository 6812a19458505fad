/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/jit.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"

/* Without a word about pictures for so long, what was learned is void. */
#define SILENCE_NS ORIEL_NS_PER_S
/* Screens refresh between these. */
#define PERIOD_MIN_NS (ORIEL_NS_PER_MS)
#define PERIOD_MAX_NS (100 * ORIEL_NS_PER_MS)

/* Longer ways to the screen than so many refreshes are no use to aim along. */
#define LEAD_MAX 3u

#define SEEN_NEEDED 9u
#define SEEN_NEEDED_MAX 512u
#define CALM_NEEDED 16u
#define CALM_NEEDED_MAX 7200u
/* A step nearer that costs a refresh within so many pictures is taken back. */
#define TRIAL 8u
/* One miss happens; a second within so many pictures is a fault of the aim. */
#define MISS_WINDOW 32u
#define STRAYS_MAX 4u

/* Waking up late, and making a picture longer than usual. */
static uint64_t get_margin_ns(const struct oriel_jit *jit)
{
	return jit->period_ns / 8;
}

static void set_state(struct oriel_jit *jit, enum oriel_jit_state state, const char *reason)
{
	static const char *const names[] = {
		[ORIEL_JIT_OFF] = "off",
		[ORIEL_JIT_WATCHES] = "watches",
		[ORIEL_JIT_AIMS] = "aims",
	};

	oriel_log_rt(ORIEL_LOG_DEBUG, "jit: %s -> %s: %s", names[jit->state], names[state], reason);
	jit->state = state;
}

static void watch(struct oriel_jit *jit, const char *reason)
{
	set_state(jit, ORIEL_JIT_WATCHES, reason);
	jit->seen_count = jit->interval_count = 0;
	jit->strays = 0;
	for (uint32_t i = 0; i < ORIEL_JIT_PUTS; i++)
		jit->puts[i].stamp_ns = 0;
}

void oriel_jit_init(struct oriel_jit *jit, bool is_wanted)
{
	*jit = (struct oriel_jit){
		.state = is_wanted ? ORIEL_JIT_WATCHES : ORIEL_JIT_OFF,
		.seen_needed = SEEN_NEEDED,
	};
}

/* ---- when ----------------------------------------------------------------------------------- */

static uint64_t get_lead_ns(const struct oriel_jit *jit)
{
	return jit->cost_ns + get_margin_ns(jit) + jit->reserve_ns;
}

/* A picture a refresh can be made, and what it then takes to the screen is a matter of few. */
static bool is_in_reach(const struct oriel_jit *jit)
{
	return jit->cost_ns + get_margin_ns(jit) <= jit->period_ns &&
	       get_lead_ns(jit) <= LEAD_MAX * jit->period_ns;
}

/* The last time at or before now_ns when a picture was to be begun. */
static uint64_t get_due_ns(const struct oriel_jit *jit, uint64_t now_ns)
{
	uint64_t lead_ns = get_lead_ns(jit);
	uint64_t one_ns = jit->anchor_ns - (lead_ns < jit->anchor_ns ? lead_ns : jit->anchor_ns);

	if (one_ns <= now_ns)
		return now_ns - (now_ns - one_ns) % jit->period_ns;
	one_ns -= (one_ns - now_ns + jit->period_ns - 1) / jit->period_ns * jit->period_ns;
	return one_ns;
}

uint64_t oriel_jit_get_wait_ns(struct oriel_jit *jit, uint64_t now_ns)
{
	uint64_t due_ns;

	if (jit->state != ORIEL_JIT_AIMS)
		return 0;
	if (now_ns > jit->last_seen_ns + SILENCE_NS) {
		watch(jit, "no picture was seen for a second");
		return 0;
	}
	due_ns = get_due_ns(jit, now_ns);
	/* Later than this it would miss, and a newer one can be had by then. */
	if (now_ns - due_ns <= get_margin_ns(jit) && due_ns > jit->taken_ns + jit->period_ns / 2)
		return 0;
	return due_ns + jit->period_ns - now_ns;
}

bool oriel_jit_is_blind(struct oriel_jit *jit, uint64_t now_ns)
{
	if (jit->state != ORIEL_JIT_WATCHES || jit->is_told || jit->told_ns || !jit->first_put_ns ||
		now_ns < jit->first_put_ns + SILENCE_NS)
		return false;
	jit->is_told = true;
	return true;
}

/* ---- what a picture costs ------------------------------------------------------------------- */

/* The fourth of 64. */
static uint64_t get_cost_ns(const struct oriel_jit *jit)
{
	uint32_t count = jit->cost_count < ORIEL_JIT_COSTS ? jit->cost_count : ORIEL_JIT_COSTS;
	uint32_t above = count / 20;
	uint64_t limit_ns = UINT64_MAX, longest_ns;

	/* above times the longest that is shorter than those before; equal ones count once. */
	do {
		longest_ns = 0;
		for (uint32_t i = 0; i < count; i++)
			if (jit->costs_ns[i] < limit_ns && jit->costs_ns[i] > longest_ns)
				longest_ns = jit->costs_ns[i];
		if (!longest_ns)
			return limit_ns == UINT64_MAX ? 0 : limit_ns;
		limit_ns = longest_ns;
	} while (above--);
	return limit_ns;
}

void oriel_jit_put(struct oriel_jit *jit, uint64_t stamp_ns, uint64_t began_ns, uint64_t now_ns)
{
	struct oriel_jit_put *put = &jit->puts[jit->put_count % ORIEL_JIT_PUTS];

	if (jit->state == ORIEL_JIT_OFF)
		return;
	if (!jit->first_put_ns)
		jit->first_put_ns = now_ns;
	jit->costs_ns[jit->cost_count++ % ORIEL_JIT_COSTS] = now_ns - began_ns;
	jit->put_count++;
	*put = (struct oriel_jit_put){.stamp_ns = stamp_ns, .put_ns = now_ns};
	if (jit->state == ORIEL_JIT_AIMS) {
		jit->taken_ns = get_due_ns(jit, began_ns);
		put->aim_ns = jit->taken_ns + get_lead_ns(jit);
	}
	/* Only now: what was just aimed at was aimed at with the cost of before. */
	jit->cost_ns = get_cost_ns(jit);
	if (jit->state == ORIEL_JIT_AIMS && !is_in_reach(jit))
		watch(jit, "pictures take too long");
}

/* ---- refreshes ------------------------------------------------------------------------------ */

static uint64_t get_difference_ns(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns;
}

/* How far off_ns is from a multiple of period_ns. */
static uint64_t get_rest_ns(uint64_t off_ns, uint64_t period_ns)
{
	uint64_t rest_ns = off_ns % period_ns;

	return rest_ns < period_ns / 2 ? rest_ns : period_ns - rest_ns;
}

/* Most of the intervals are such periods, one or several. */
static bool is_rhythm(const struct oriel_jit *jit, uint64_t period_ns)
{
	uint32_t fits = 0;

	if (period_ns < PERIOD_MIN_NS || period_ns > PERIOD_MAX_NS)
		return false;
	for (uint32_t i = 0; i < ORIEL_JIT_INTERVALS; i++)
		fits += jit->intervals_ns[i] > period_ns / 2 &&
			get_rest_ns(jit->intervals_ns[i], period_ns) <= period_ns / 8;
	return fits * 4 >= ORIEL_JIT_INTERVALS * 3;
}

/* What the owner of the screen says, unless pictures were seen in another rhythm: then that. */
static bool find_period(struct oriel_jit *jit)
{
	jit->period_ns = jit->told_ns;
	for (uint32_t i = 0; i < ORIEL_JIT_INTERVALS && !is_rhythm(jit, jit->period_ns); i++)
		jit->period_ns = jit->intervals_ns[i];
	return is_rhythm(jit, jit->period_ns);
}

static void note_interval(struct oriel_jit *jit, uint64_t seen_ns)
{
	uint64_t interval_ns = seen_ns - jit->last_seen_ns;

	/* Of several that were put before the display took one, all are seen at once. */
	if (jit->last_seen_ns && seen_ns > jit->last_seen_ns && interval_ns > PERIOD_MIN_NS / 2)
		jit->intervals_ns[jit->interval_count++ % ORIEL_JIT_INTERVALS] = interval_ns;
}

static void follow_refresh(struct oriel_jit *jit, uint64_t seen_ns)
{
	int64_t period_ns = (int64_t)jit->period_ns;
	int64_t late_ns = (int64_t)(seen_ns - jit->anchor_ns) % period_ns;

	if (late_ns > period_ns / 2)
		late_ns -= period_ns;
	else if (late_ns < -period_ns / 2)
		late_ns += period_ns;
	jit->strays = llabs(late_ns) > period_ns / 4 ? jit->strays + 1 : 0;
	if (jit->strays >= STRAYS_MAX) {
		watch(jit, "refreshes come at other times");
		return;
	}
	/* A part of the way, so that a clock that strays hardly does harm. */
	jit->anchor_ns = seen_ns - (uint64_t)(late_ns - late_ns / 4);
	if (!jit->strays)
		jit->period_ns += (uint64_t)(late_ns / 64);
}

/* False: there is nothing to aim at. */
static bool take_period(struct oriel_jit *jit, uint64_t told_ns)
{
	bool is_fixed = told_ns >= PERIOD_MIN_NS && told_ns <= PERIOD_MAX_NS;

	if (jit->told_ns && get_difference_ns(told_ns, jit->told_ns) > jit->told_ns / 64)
		watch(jit, is_fixed ? "the screen refreshes at another rate"
				    : "the screen has no fixed refresh any more");
	jit->told_ns = is_fixed ? told_ns : 0;
	return is_fixed;
}

/* ---- the aim -------------------------------------------------------------------------------- */

static void note_miss(struct oriel_jit *jit)
{
	bool is_trial = jit->step_ns && jit->hits < TRIAL;
	bool is_fault = jit->since_miss < MISS_WINDOW;

	jit->missed++;
	jit->hits = jit->since_miss = 0;
	if (is_trial) {
		jit->reserve_ns += jit->step_ns;
		jit->calm_needed = jit->calm_needed * 2 < CALM_NEEDED_MAX ? jit->calm_needed * 2
									  : CALM_NEEDED_MAX;
	} else if (is_fault) {
		jit->reserve_ns += jit->period_ns / 8;
	}
	jit->step_ns = 0;
	if (is_in_reach(jit))
		return;
	jit->seen_needed =
		jit->seen_needed * 2 < SEEN_NEEDED_MAX ? jit->seen_needed * 2 : SEEN_NEEDED_MAX;
	watch(jit, "refreshes are missed however early pictures are made");
}

static void note_hit(struct oriel_jit *jit)
{
	jit->hits++;
	jit->since_miss++;
	if (jit->hits == TRIAL)
		jit->step_ns = 0;
	if (jit->hits < jit->calm_needed || jit->reserve_ns < jit->period_ns / 8)
		return;
	jit->hits = 0;
	jit->step_ns = jit->period_ns / (jit->calm_needed == CALM_NEEDED ? 8 : 16);
	jit->reserve_ns -= jit->step_ns;
}

/* Where the picture was seen when it was not replaced before. */
static void judge(struct oriel_jit *jit, const struct oriel_jit_put *put, uint64_t seen_ns)
{
	if (put->aim_ns && seen_ns > put->aim_ns + jit->period_ns / 2)
		note_miss(jit);
	else if (put->aim_ns)
		note_hit(jit);
}

/* While watching: the shortest way from window to screen is the compositor's part. */
static void learn(struct oriel_jit *jit, const struct oriel_jit_put *put, uint64_t seen_ns)
{
	uint64_t way_ns = seen_ns > put->put_ns ? seen_ns - put->put_ns : 0;

	if (!jit->seen_count++ || way_ns < jit->reserve_ns)
		jit->reserve_ns = way_ns;
	if (jit->seen_count < jit->seen_needed || jit->interval_count < ORIEL_JIT_INTERVALS)
		return;
	jit->seen_count = 0;
	if (!find_period(jit) || !is_in_reach(jit))
		return;
	jit->anchor_ns = seen_ns;
	jit->strays = 0;
	jit->hits = 0;
	jit->since_miss = MISS_WINDOW;
	jit->calm_needed = CALM_NEEDED;
	jit->step_ns = jit->taken_ns = 0;
	set_state(jit, ORIEL_JIT_AIMS, "refreshes are known");
}

void oriel_jit_seen(struct oriel_jit *jit, uint64_t stamp_ns, uint64_t seen_ns, uint64_t period_ns)
{
	struct oriel_jit_put found = {0};

	if (jit->state == ORIEL_JIT_OFF || !take_period(jit, period_ns))
		return;
	if (jit->state == ORIEL_JIT_AIMS)
		follow_refresh(jit, seen_ns);
	else
		note_interval(jit, seen_ns);
	if (seen_ns > jit->last_seen_ns)
		jit->last_seen_ns = seen_ns;
	/* Those before it that are still open were replaced: they came too late for theirs. */
	for (uint32_t i = 0; i < ORIEL_JIT_PUTS; i++) {
		struct oriel_jit_put *put = &jit->puts[(jit->put_count + i) % ORIEL_JIT_PUTS];
		struct oriel_jit_put copy = *put;

		if (!copy.stamp_ns || copy.stamp_ns > stamp_ns)
			continue;
		put->stamp_ns = 0;
		if (copy.stamp_ns == stamp_ns)
			found = copy;
		else if (copy.aim_ns && jit->state == ORIEL_JIT_AIMS)
			note_miss(jit);
	}
	if (!found.stamp_ns)
		return;
	if (jit->state == ORIEL_JIT_AIMS)
		judge(jit, &found, seen_ns);
	else
		learn(jit, &found, seen_ns);
}
