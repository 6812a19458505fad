/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/pace.h"

#include <string.h>

#include "base/time.h"

#define INTERVALS_MIN 4u	       /* fewer are no rhythm */
#define MULTIPLE_MAX 4u		       /* frames in a row that a rhythm may leave out */
#define LATENESS_FRAMES 4u	       /* one of so many is taken to have come on the beat */
#define GAP_NS (500 * ORIEL_NS_PER_MS) /* longer: the guest was idle, this is no interval */

/* Looks while a frame is due: no closer than this, and not many more when that is a long time. */
#define LOOK_NS (30 * ORIEL_NS_PER_US)
#define LOOK_SHIFT 5
/* A sleep ends this much too late, and so begins to end earlier. */
#define LATE_NS (70 * ORIEL_NS_PER_US)
/* Looks without a rhythm: the longer nothing came, the seldomer. A frame is then seen late by at
 * most a 64th of the time since the one before. The longest pause is what an idle guest costs: a
 * look takes 35 to 80 us of processor time, mostly to fall asleep and wake up with cold caches. */
#define SELDOM_SHIFT 6
#define SELDOM_MIN_NS (200 * ORIEL_NS_PER_US)
#define SELDOM_MAX_NS (20 * ORIEL_NS_PER_MS)

void oriel_pace_init(struct oriel_pace *pace)
{
	memset(pace, 0, sizeof *pace);
}

static void sort(uint64_t *values, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		uint64_t moving = values[i];
		uint32_t at = i;

		for (; at && values[at - 1] > moving; at--)
			values[at] = values[at - 1];
		values[at] = moving;
	}
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* How many periods an interval is, at least one. */
static uint64_t get_multiple(uint64_t interval_ns, uint64_t period_ns)
{
	uint64_t multiple = (interval_ns + period_ns / 2) / period_ns;

	return multiple ? multiple : 1;
}

/* The median of the intervals, each divided by the frames that it left out. */
static uint64_t estimate_period(const uint64_t *intervals, uint32_t count)
{
	uint64_t sorted[ORIEL_PACE_HISTORY];
	uint64_t rough;

	memcpy(sorted, intervals, count * sizeof *sorted);
	sort(sorted, count);
	rough = sorted[count / 2];
	for (uint32_t i = 0; rough && i < count; i++)
		sorted[i] = intervals[i] / get_multiple(intervals[i], rough);
	sort(sorted, count);
	return sorted[count / 2];
}

/* Twice the distance that three quarters of the arrivals keep to: that holds nearly all of them
 * when the guest's timer strays, and stays small when a few came late because of ourselves. */
static uint64_t estimate_jitter(const uint64_t *intervals, uint32_t count, uint64_t period_ns)
{
	uint64_t strays[ORIEL_PACE_HISTORY];

	for (uint32_t i = 0; i < count; i++) {
		uint64_t multiple = get_multiple(intervals[i], period_ns);

		strays[i] = multiple > MULTIPLE_MAX ? period_ns
						    : distance(intervals[i], multiple * period_ns);
	}
	sort(strays, count);
	return 2 * strays[count - 1 - count / 4] + LATE_NS;
}

/* Frames are late, never early: the earliest beat that one of the last few foretells is the true
 * one. Without this a straggler would have the frame after it awaited as much too late. */
static uint64_t estimate_lateness(const struct oriel_pace *pace, uint32_t count)
{
	int64_t late_ns = 0, most_ns = 0;

	for (uint32_t back = 1; back <= LATENESS_FRAMES && back <= count; back++) {
		uint64_t interval_ns =
			pace->intervals_ns[(pace->interval_count - back) % ORIEL_PACE_HISTORY];
		uint64_t multiple = get_multiple(interval_ns, pace->period_ns);

		late_ns += (int64_t)interval_ns - (int64_t)(multiple * pace->period_ns);
		if (late_ns > most_ns)
			most_ns = late_ns;
	}
	return (uint64_t)most_ns < pace->period_ns / 2 ? (uint64_t)most_ns : pace->period_ns / 2;
}

static void find_rhythm(struct oriel_pace *pace)
{
	uint32_t count = pace->interval_count < ORIEL_PACE_HISTORY ? pace->interval_count
								   : ORIEL_PACE_HISTORY;
	uint64_t period_ns;

	pace->period_ns = 0;
	if (count < INTERVALS_MIN)
		return;
	period_ns = estimate_period(pace->intervals_ns, count);
	if (!period_ns)
		return;
	pace->jitter_ns = estimate_jitter(pace->intervals_ns, count, period_ns);
	if (pace->jitter_ns > period_ns / 3)
		return;
	pace->period_ns = period_ns;
	pace->late_ns = estimate_lateness(pace, count);
}

void oriel_pace_arrived(struct oriel_pace *pace, uint64_t now_ns, uint32_t frames)
{
	uint64_t interval_ns = now_ns - pace->last_arrival_ns;

	if (pace->last_arrival_ns && frames && interval_ns && interval_ns < GAP_NS) {
		pace->intervals_ns[pace->interval_count++ % ORIEL_PACE_HISTORY] =
			interval_ns / frames;
		find_rhythm(pace);
	}
	pace->last_arrival_ns = now_ns;
}

void oriel_pace_expect(struct oriel_pace *pace, uint64_t until_ns)
{
	if (until_ns > pace->hint_until_ns)
		pace->hint_until_ns = until_ns;
}

static uint64_t wait_seldom(uint64_t elapsed_ns)
{
	uint64_t wait_ns = elapsed_ns >> SELDOM_SHIFT;

	if (wait_ns < SELDOM_MIN_NS)
		return SELDOM_MIN_NS;
	return wait_ns < SELDOM_MAX_NS ? wait_ns : SELDOM_MAX_NS;
}

/* Until shortly before the next multiple of the period that has not passed yet. */
static uint64_t wait_for_beat(const struct oriel_pace *pace, uint64_t elapsed_ns)
{
	uint64_t width_ns = pace->jitter_ns;
	uint64_t multiple = 1;
	uint64_t from_ns, wait_ns;

	if (elapsed_ns > pace->period_ns + width_ns)
		multiple = (elapsed_ns - width_ns + pace->period_ns - 1) / pace->period_ns;
	if (multiple > MULTIPLE_MAX)
		return wait_seldom(elapsed_ns);
	from_ns = multiple * pace->period_ns - width_ns - pace->late_ns;
	if (elapsed_ns + LOOK_NS + LATE_NS >= from_ns)
		return LOOK_NS + (width_ns >> LOOK_SHIFT);
	wait_ns = from_ns - elapsed_ns - LATE_NS;
	/* The frame that was due did not come: from now on it may at any moment. */
	if (multiple > 1 && wait_ns > wait_seldom(elapsed_ns))
		return wait_seldom(elapsed_ns);
	return wait_ns;
}

uint64_t oriel_pace_get_wait_ns(const struct oriel_pace *pace, uint64_t now_ns)
{
	uint64_t elapsed_ns = pace->last_arrival_ns ? now_ns - pace->last_arrival_ns : UINT64_MAX;
	uint64_t wait_ns = pace->period_ns && elapsed_ns < GAP_NS ? wait_for_beat(pace, elapsed_ns)
								  : wait_seldom(elapsed_ns);

	if (now_ns < pace->hint_until_ns && wait_ns > SELDOM_MIN_NS)
		return SELDOM_MIN_NS;
	return wait_ns;
}
