/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/clock.h"

#include <math.h>

#define BANDWIDTH_HZ 0.05
/* Later than this is no unevenness: the guest stood still, or the machine slept. */
#define LATE_NS 100e6
/* Nothing comes early: the line itself is late, after a burst of what had been held up. */
#define EARLY_NS 5e6
/* No crystal is worse; keeps a burst of late packets from bending the line. */
#define MOST_DRIFT 500e-6

void oriel_audio_clock_init(struct oriel_audio_clock *clock, uint32_t rate_hz)
{
	*clock = (struct oriel_audio_clock){.nominal_ns_per_frame = 1e9 / rate_hz};
	clock->ns_per_frame = clock->nominal_ns_per_frame;
}

static bool begin(struct oriel_audio_clock *clock, uint64_t position, double now_ns)
{
	clock->position = position;
	clock->time_ns = now_ns;
	clock->started = true;
	return false;
}

static double limit(const struct oriel_audio_clock *clock, double ns_per_frame)
{
	return fmin(fmax(ns_per_frame, clock->nominal_ns_per_frame * (1 - MOST_DRIFT)),
		clock->nominal_ns_per_frame * (1 + MOST_DRIFT));
}

bool oriel_audio_clock_update_rt(struct oriel_audio_clock *clock, uint64_t position, double now_ns)
{
	double frames = (double)(position - clock->position);
	double expected_ns = clock->time_ns + frames * clock->ns_per_frame;
	double error_ns = now_ns - expected_ns;
	double omega = 2 * M_PI * BANDWIDTH_HZ * frames * clock->nominal_ns_per_frame * 1e-9;

	if (!clock->started || error_ns > LATE_NS || error_ns < -EARLY_NS)
		return begin(clock, position, now_ns);
	clock->position = position;
	clock->time_ns = expected_ns + M_SQRT2 * omega * error_ns;
	clock->ns_per_frame = limit(clock, clock->ns_per_frame + omega * omega * error_ns / frames);
	return true;
}

double oriel_audio_clock_get_position_rt(const struct oriel_audio_clock *clock, double now_ns)
{
	return (double)clock->position + (now_ns - clock->time_ns) / clock->ns_per_frame;
}
