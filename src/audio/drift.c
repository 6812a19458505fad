/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/drift.h"

#include <math.h>

/* Slow enough that nobody hears the pitch move, fast enough for a crystal that warms up. */
#define BANDWIDTH_HZ 0.03
#define DAMPING 0.9
/* Half a per cent is a twelfth of a semitone. */
#define MOST_CHANGE 5e-3
#define MOST_LEARNED 2e-3

static double limit(double value, double most)
{
	return fmin(fmax(value, -most), most);
}

void oriel_audio_drift_init(struct oriel_audio_drift *drift)
{
	*drift = (struct oriel_audio_drift){.speed = 1};
}

double oriel_audio_drift_update_rt(
	struct oriel_audio_drift *drift, double excess_s, double elapsed_s)
{
	const double omega = 2 * M_PI * BANDWIDTH_HZ;
	double change = drift->learned + 2 * DAMPING * omega * excess_s;

	/* While the change is at its limit the excess says nothing about the crystals. */
	if (fabs(change) < MOST_CHANGE)
		drift->learned =
			limit(drift->learned + omega * omega * excess_s * elapsed_s, MOST_LEARNED);
	drift->speed = 1 + limit(change, MOST_CHANGE);
	return drift->speed;
}
