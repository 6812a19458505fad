/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PipeWire server of its own, with devices without hardware, and what plays and listens there.
 *
 * The server lives in a new folder below /tmp, which XDG_RUNTIME_DIR and HOME name from then on,
 * for this process and its children. One at a time. Nothing stays: the processes end with this one.
 */
#ifndef ORIEL_TESTS_HARNESS_SOUND_SOUND_H
#define ORIEL_TESTS_HARNESS_SOUND_SOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOUND_RATE_HZ 48000
#define SOUND_SINK "test-sink"
#define SOUND_MICROPHONE "test-microphone"

/* Why there can be no server on this machine, or NULL. */
const char *sound_find_obstacle(void);
/* Returns when the devices are there. False: it did not come up. */
bool sound_start(void);
void sound_stop(void);
/* Ends the server, and brings it back in the same place: programs that knew it find it again. */
void sound_end(void);
bool sound_begin(void);

/* Before all else, where sound has to be without a gap: what this process and its children have to
 * do is done before what others do, as sound servers have it. Nothing where that is not allowed. */
void sound_come_first(void);

/* Setup and teardown of a group of cmocka tests with that server. */
int sound_begin_group(void **state);
int sound_end_group(void **state);

/* One more device to play on. False: it does not come up. */
bool sound_add_sink(const char *name);

/* What a program that lists the server's objects prints, owned by the caller; NULL: it failed. */
char *sound_list(void);
/* 1: name is in that list; 0: it is not; -1: there was none. */
int sound_find_listed(const char *name);
/* The server hears of a stream, and of its end, a moment after the program has it. False: the list
 * did not come to be as wanted within 20 s. */
bool sound_wait_listed(const char *name, bool is_wanted);
/* Connects output port to input port, as "node:port". False when there are none of these names. */
bool sound_link(const char *output, const char *input);

/* ---- listening ---- */

struct sound_ear;

/* Hears what a device plays. seconds: how much it keeps. NULL: the server is not there. */
struct sound_ear *sound_ear_open(const char *sink, double seconds);
void sound_ear_close(struct sound_ear *ear);
/* Frames heard until now; more may come at any time. */
size_t sound_ear_get_count(const struct sound_ear *ear);
/* The left channel. */
const float *sound_ear_get_samples(const struct sound_ear *ear);
/* When the device played that frame, as oriel_time_now_ns(). */
uint64_t sound_ear_get_time_ns(const struct sound_ear *ear, size_t frame);
/* Waits until a frame from first on is louder than level. False: not within seconds. */
bool sound_ear_wait(
	const struct sound_ear *ear, size_t first, float level, double seconds, size_t *ret_frame);

/* ---- playing a steady tone ---- */

struct sound_mouth;

/* A stream named "test-mouth", connected to nothing. */
struct sound_mouth *sound_mouth_open(double hz, double amplitude);
void sound_mouth_close(struct sound_mouth *mouth);

/* ---- judging a tone ---- */

struct sound_tone {
	double amplitude; /* at the frequency looked for */
	double phase;	  /* of its first sample, in radians */
	double purity;	  /* its share of the power there is */
	double worst;	  /* the largest departure from an unbroken tone of this frequency */
};

struct sound_tone sound_measure(const float *samples, size_t count, double hz);

#endif
