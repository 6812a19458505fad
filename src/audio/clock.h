/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When which frame of a stream of sound was there, drawn as a straight line through noisy arrivals.
 *
 * Packets come late, never early, and not evenly; the crystal behind them is steady. A loop of
 * second order with a bandwidth of 0.05 Hz follows the crystal and leaves the unevenness out. Pure:
 * no clock is read, no thread is known. Positions count frames.
 */
#ifndef ORIEL_AUDIO_CLOCK_H
#define ORIEL_AUDIO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct oriel_audio_clock {
	uint64_t position;   /* this frame ... */
	double time_ns;	     /* ... is there at this time */
	double ns_per_frame; /* how steep the line is */
	double nominal_ns_per_frame;
	bool started;
};

void oriel_audio_clock_init(struct oriel_audio_clock *clock, uint32_t rate_hz);
/* The frames up to position, more than before, were there at now_ns. False: it lies so far from the
 * line that a new line begins here (as it does at the first call). */
bool oriel_audio_clock_update_rt(struct oriel_audio_clock *clock, uint64_t position, double now_ns);
/* Where the line is at a time, not necessarily a whole frame. */
double oriel_audio_clock_get_position_rt(const struct oriel_audio_clock *clock, double now_ns);

#endif
