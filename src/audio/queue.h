/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's sound between its arrival and the device: what is held, for how long, and how fast.
 *
 * One thread writes packets as they arrive, another one takes what the device wants. Neither waits
 * for the other. Both pass the time in, so the whole way can be driven without a device.
 *
 * Delay, at every moment, is what the guest has played by then (a line through the arrivals, see
 * audio/clock.h) less what was taken. Wanted is the latency asked for, at least a packet and 2 ms,
 * and a period of the device on top. A stretch of sound begins with as much silence as makes the
 * delay right at once; then the speed keeps it there (see audio/drift.h).
 *
 * States, on the taking side:
 *   IDLE     silence. START: to FILLING
 *   FILLING  silence until the delay is right: PLAYING
 *   PLAYING  sound. Nothing there: a gap, to STARVED
 *   STARVED  silence until the writing side began a new line with its next packet: FILLING
 *   DRAINING what is left; nothing left: IDLE
 * START leads from each of them to FILLING, STOP to DRAINING, or to IDLE when nothing is left.
 */
#ifndef ORIEL_AUDIO_QUEUE_H
#define ORIEL_AUDIO_QUEUE_H

#include "audio/audio.h"

struct oriel_audio_queue;

/* format was checked. NULL when memory is short. */
struct oriel_audio_queue *oriel_audio_queue_create(
	const struct oriel_audio_format *format, uint32_t latency_ms);
/* Both threads have left it. NULL is fine. */
void oriel_audio_queue_destroy(struct oriel_audio_queue *queue);

/* Writing thread. */
void oriel_audio_queue_start(struct oriel_audio_queue *queue);
void oriel_audio_queue_write(
	struct oriel_audio_queue *queue, const int16_t *samples, size_t frames, uint64_t now_ns);
void oriel_audio_queue_stop(struct oriel_audio_queue *queue);
void oriel_audio_queue_get_stats(
	const struct oriel_audio_queue *queue, struct oriel_audio_stats *ret_stats);

/* Taking thread: fills all of ret_samples, with silence where there is no sound. now_ns: when the
 * device begins this period. Returns the speed to go on with, see audio/drift.h. */
double oriel_audio_queue_take_rt(
	struct oriel_audio_queue *queue, int16_t *ret_samples, size_t frames, uint64_t now_ns);

#endif
