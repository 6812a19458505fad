/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audio/queue.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "audio/clock.h"
#include "audio/drift.h"
#include "base/ring.h"

/* Room for the sound of this long, and for as many packets as may come in that time. */
#define ROOM_S 2
#define TICKS 1024
/* Beside a whole packet: for the time until the drift is learned, and a timer that is late. */
#define SPARE_MS 2
/* A tenth of a period on top, since periods do not begin on the nanosecond. */
#define PERIOD_SHARE 1.1
#define LATE_SHARE 1.5
/* Too much for the speed to make good in reasonable time: left out. */
#define FAR_S 0.1

enum state { IDLE, FILLING, PLAYING, STARVED, DRAINING };

enum tick_kind { START, PACKET, STOP };

/* What the writing side tells the taking one. */
struct tick {
	enum tick_kind kind;
	bool first; /* of a new line */
	uint32_t frames;
	uint64_t written;
	struct oriel_audio_clock line;
};

struct oriel_audio_queue {
	struct oriel_audio_format format;
	uint32_t latency_frames;
	struct oriel_ring *ticks;
	uint32_t room_frames; /* a power of two */
	int16_t *samples;

	/* The writing side's. */
	struct oriel_audio_clock clock;
	bool started;
	uint64_t written;

	_Atomic uint64_t taken;
	_Atomic bool starved; /* asks the writing side for a new line */
	_Atomic uint32_t gaps, skips, late, lost, latency_us;
	_Atomic int32_t speed_ppm;

	/* The taking side's. */
	enum state state;
	struct oriel_audio_clock line;
	struct oriel_audio_drift drift;
	uint64_t known; /* written, as of the last tick */
	uint64_t before_ns;
	size_t before_frames;
	uint32_t packet_frames, period_frames; /* the largest seen */
};

static uint32_t round_up(uint32_t frames)
{
	uint32_t room = 1;

	while (room < frames)
		room <<= 1;
	return room;
}

struct oriel_audio_queue *oriel_audio_queue_create(
	const struct oriel_audio_format *format, uint32_t latency_ms)
{
	struct oriel_audio_queue *queue = calloc(1, sizeof *queue);

	if (!queue)
		return NULL;
	queue->format = *format;
	queue->latency_frames = (uint64_t)format->rate_hz * latency_ms / 1000;
	queue->room_frames = round_up(format->rate_hz * ROOM_S + queue->latency_frames);
	queue->samples = calloc(queue->room_frames, format->channels * sizeof *queue->samples);
	queue->ticks = oriel_ring_create(sizeof(struct tick), TICKS);
	oriel_audio_clock_init(&queue->clock, format->rate_hz);
	oriel_audio_clock_init(&queue->line, format->rate_hz);
	oriel_audio_drift_init(&queue->drift);
	if (queue->samples && queue->ticks)
		return queue;
	oriel_audio_queue_destroy(queue);
	return NULL;
}

void oriel_audio_queue_destroy(struct oriel_audio_queue *queue)
{
	if (!queue)
		return;
	oriel_ring_destroy(queue->ticks);
	free(queue->samples);
	free(queue);
}

/* ---- the writing side ---- */

static bool tell(struct oriel_audio_queue *queue, enum tick_kind kind, bool first, uint32_t frames)
{
	const struct tick tick = {
		.kind = kind,
		.first = first,
		.frames = frames,
		.written = queue->written + frames,
		.line = queue->clock,
	};

	return oriel_ring_push_rt(queue->ticks, &tick);
}

void oriel_audio_queue_start(struct oriel_audio_queue *queue)
{
	oriel_audio_clock_init(&queue->clock, queue->format.rate_hz);
	queue->started = true;
	atomic_store(&queue->gaps, 0);
	atomic_store(&queue->skips, 0);
	atomic_store(&queue->late, 0);
	atomic_store(&queue->lost, 0);
	tell(queue, START, false, 0);
}

void oriel_audio_queue_stop(struct oriel_audio_queue *queue)
{
	if (queue->started)
		tell(queue, STOP, false, 0);
	queue->started = false;
}

/* One of the two parts that the ring's end may cut a run of frames into. */
static int16_t *find_run(
	const struct oriel_audio_queue *queue, uint64_t position, size_t frames, size_t *ret_frames)
{
	size_t offset = position & (queue->room_frames - 1);
	size_t left = queue->room_frames - offset;

	*ret_frames = frames < left ? frames : left;
	return queue->samples + offset * queue->format.channels;
}

static void store(
	struct oriel_audio_queue *queue, uint64_t position, const int16_t *samples, size_t frames)
{
	while (frames) {
		size_t run;
		int16_t *room = find_run(queue, position, frames, &run);

		memcpy(room, samples, run * queue->format.channels * sizeof *samples);
		samples += run * queue->format.channels;
		position += run;
		frames -= run;
	}
}

void oriel_audio_queue_write(
	struct oriel_audio_queue *queue, const int16_t *samples, size_t frames, uint64_t now_ns)
{
	uint64_t written = queue->written;
	uint64_t taken = atomic_load_explicit(&queue->taken, memory_order_acquire);
	bool first;

	if (!queue->started || !frames)
		return;
	if (frames > queue->room_frames - (written - taken)) {
		atomic_fetch_add(&queue->lost, 1);
		return;
	}
	if (atomic_exchange(&queue->starved, false))
		queue->clock.started = false;
	store(queue, written, samples, frames);
	first = !oriel_audio_clock_update_rt(&queue->clock, written + frames, (double)now_ns);
	if (tell(queue, PACKET, first, (uint32_t)frames))
		queue->written += frames;
	else
		atomic_fetch_add(&queue->lost, 1);
}

void oriel_audio_queue_get_stats(
	const struct oriel_audio_queue *queue, struct oriel_audio_stats *ret_stats)
{
	*ret_stats = (struct oriel_audio_stats){
		.gaps = atomic_load(&queue->gaps),
		.skips = atomic_load(&queue->skips),
		.late = atomic_load(&queue->late),
		.lost = atomic_load(&queue->lost),
		.speed_ppm = atomic_load(&queue->speed_ppm),
		.latency_us = atomic_load(&queue->latency_us),
	};
}

/* ---- the taking side ---- */

static uint64_t get_taken(const struct oriel_audio_queue *queue)
{
	return atomic_load_explicit(&queue->taken, memory_order_relaxed);
}

static void on_start(struct oriel_audio_queue *queue)
{
	queue->state = FILLING;
	queue->line.started = false;
	queue->packet_frames = 0;
}

static void on_packet(struct oriel_audio_queue *queue, const struct tick *tick)
{
	queue->line = tick->line;
	if (tick->frames > queue->packet_frames)
		queue->packet_frames = tick->frames;
	if (tick->first && queue->state == STARVED)
		queue->state = FILLING;
}

static void read_ticks(struct oriel_audio_queue *queue)
{
	struct tick tick;

	while (oriel_ring_pop_rt(queue->ticks, &tick)) {
		queue->known = tick.written;
		if (tick.kind == START)
			on_start(queue);
		else if (tick.kind == PACKET)
			on_packet(queue, &tick);
		else
			queue->state = queue->known > get_taken(queue) ? DRAINING : IDLE;
	}
}

static double get_wanted(const struct oriel_audio_queue *queue)
{
	uint32_t least = queue->packet_frames + queue->format.rate_hz * SPARE_MS / 1000;
	uint32_t held = queue->latency_frames > least ? queue->latency_frames : least;

	return held + PERIOD_SHARE * queue->period_frames;
}

static double get_delay(const struct oriel_audio_queue *queue, uint64_t now_ns)
{
	return oriel_audio_clock_get_position_rt(&queue->line, (double)now_ns) -
	       (double)get_taken(queue);
}

static void leave_out(struct oriel_audio_queue *queue, uint64_t frames)
{
	uint64_t there = queue->known - get_taken(queue);

	atomic_store_explicit(&queue->taken, get_taken(queue) + (frames < there ? frames : there),
		memory_order_release);
}

/* How many frames of silence go before the sound so that the delay is right from the first frame;
 * what stands before it and is too old is left out. */
static size_t fill(struct oriel_audio_queue *queue, size_t frames, uint64_t now_ns)
{
	double missing;

	if (!queue->line.started)
		return frames;
	missing = get_wanted(queue) - get_delay(queue, now_ns);
	if (missing >= (double)frames)
		return frames;
	queue->state = PLAYING;
	if (missing >= 0)
		return (size_t)missing;
	leave_out(queue, (uint64_t)-missing);
	return 0;
}

/* The device asks again when it has played what it got. Was it late, it has broken the sound
 * already: the place to leave out what has piled up meanwhile, so that no delay stays. */
static void watch_device(struct oriel_audio_queue *queue, uint64_t now_ns)
{
	double period_ns = queue->before_frames * 1e9 / queue->format.rate_hz;
	double excess = get_delay(queue, now_ns) - get_wanted(queue);

	if ((double)(now_ns - queue->before_ns) <= LATE_SHARE * period_ns)
		return;
	atomic_fetch_add(&queue->late, 1);
	if (excess > 0)
		leave_out(queue, (uint64_t)excess);
}

static void keep_delay(struct oriel_audio_queue *queue, uint64_t now_ns)
{
	double elapsed_s = (double)(now_ns - queue->before_ns) * 1e-9;
	double excess = get_delay(queue, now_ns) - get_wanted(queue);
	double excess_s = excess / queue->format.rate_hz;

	if (excess_s > FAR_S) {
		leave_out(queue, (uint64_t)excess);
		atomic_fetch_add(&queue->skips, 1);
		return;
	}
	oriel_audio_drift_update_rt(&queue->drift, excess_s, fmin(elapsed_s, FAR_S));
	atomic_store_explicit(&queue->latency_us,
		(uint32_t)fmax(get_delay(queue, now_ns) * 1e6 / queue->format.rate_hz, 0),
		memory_order_relaxed);
	atomic_store_explicit(&queue->speed_ppm, (int32_t)lrint((queue->drift.speed - 1) * 1e6),
		memory_order_relaxed);
}

static void run_dry(struct oriel_audio_queue *queue)
{
	if (queue->state == DRAINING) {
		queue->state = IDLE;
		return;
	}
	queue->state = STARVED;
	atomic_fetch_add(&queue->gaps, 1);
	atomic_store(&queue->starved, true);
}

/* Returns how many frames of sound there were. */
static size_t take_sound(struct oriel_audio_queue *queue, int16_t *ret_samples, size_t frames)
{
	uint64_t taken = get_taken(queue);
	uint64_t there = queue->known - taken;
	size_t wanted = there < frames ? there : frames;

	for (size_t done = 0; done < wanted;) {
		size_t run;
		const int16_t *sound = find_run(queue, taken + done, wanted - done, &run);

		memcpy(ret_samples + done * queue->format.channels, sound,
			run * queue->format.channels * sizeof *sound);
		done += run;
	}
	atomic_store_explicit(&queue->taken, taken + wanted, memory_order_release);
	return wanted;
}

double oriel_audio_queue_take_rt(
	struct oriel_audio_queue *queue, int16_t *ret_samples, size_t frames, uint64_t now_ns)
{
	size_t silence = 0;

	read_ticks(queue);
	if (frames > queue->period_frames)
		queue->period_frames = (uint32_t)frames;
	if (queue->state == PLAYING) {
		watch_device(queue, now_ns);
		keep_delay(queue, now_ns);
	} else if (queue->state == FILLING) {
		silence = fill(queue, frames, now_ns);
	} else if (queue->state != DRAINING) {
		silence = frames;
	}
	queue->before_ns = now_ns;
	queue->before_frames = frames;
	memset(ret_samples, 0, frames * queue->format.channels * sizeof *ret_samples);
	if (silence < frames && take_sound(queue, ret_samples + silence * queue->format.channels,
					frames - silence) < frames - silence)
		run_dry(queue);
	return queue->drift.speed;
}
