/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much faster or slower than nominal to play, so that the delay stays what it should be
 * although guest and host count time with different crystals.
 *
 * A proportional and integral loop on the difference between the delay there is and the delay
 * wanted. The integral learns the difference of the crystals, so that the delay does not settle
 * beside its target. Pure: times are passed in.
 */
#ifndef ORIEL_AUDIO_DRIFT_H
#define ORIEL_AUDIO_DRIFT_H

struct oriel_audio_drift {
	double learned; /* the crystals' difference: 200e-6 when the guest is 200 ppm fast */
	double speed;	/* frames to take for each one that is played; 1: nominal */
};

/* Nothing learned, nominal speed. */
void oriel_audio_drift_init(struct oriel_audio_drift *drift);
/* excess_s: delay there is less delay wanted, in seconds; elapsed_s: since the last call. Sets and
 * returns the speed. */
double oriel_audio_drift_update_rt(
	struct oriel_audio_drift *drift, double excess_s, double elapsed_s);

#endif
