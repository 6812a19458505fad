/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From post to seen: a guest that publishes small changes at a rhythm, and another process that
 * waits for them as the viewer does, stepping the consumer and sleeping for as long as it says.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "guest.h"
#include "measure.h"
#include "process.h"
#include "relay/consumer.h"
#include "relay/wire.h"
#include "samples.h"

#define FRAMES_MAX 4096u
#define BLOCK_PX 64u
#define WARM_FRAMES 30u

struct sighting {
	uint32_t marker;
	uint64_t seen_ns;
};

/* In shared memory. */
struct watch {
	char path[64];
	uint32_t count;
	struct sighting sightings[FRAMES_MAX];
};

static void note(struct watch *watch, struct oriel_consumer *consumer,
	const struct oriel_frame *frame, uint64_t seen_ns)
{
	const struct oriel_rect *rect = &frame->damage.rects[0];
	size_t pitch = frame->picture.pitch_bytes;
	struct sighting *sighting = &watch->sightings[watch->count];
	uint32_t pixel;

	if (!frame->damage.count || watch->count == FRAMES_MAX ||
		oriel_consumer_wait_bytes_rt(
			consumer, frame, (rect->y + rect->h) * pitch, seen_ns + ORIEL_NS_PER_S) < 0)
		return;
	memcpy(&pixel, frame->pixels + (rect->y + rect->h - 1) * pitch + (size_t)rect->x * 4,
		sizeof(pixel));
	*sighting = (struct sighting){pixel & 0xffffffu, seen_ns};
	oriel_wire_store32(&watch->count, watch->count + 1);
}

static void wait_next(const struct oriel_consumer *consumer)
{
	uint64_t now_ns = oriel_time_now_ns();
	uint64_t wait_ns = oriel_consumer_get_wait_ns(consumer, now_ns);

	if (wait_ns)
		oriel_time_sleep_until_ns(now_ns + wait_ns);
	else
		oriel_time_relax();
}

static void watch_frames(void *shared)
{
	struct watch *watch = shared;
	struct oriel_consumer *consumer;
	struct oriel_frame frame;

	oriel_time_sharpen();
	if (oriel_consumer_create(&consumer, watch->path, NULL) < 0)
		_exit(1);
	for (;;) {
		uint64_t now_ns = oriel_time_now_ns();

		oriel_consumer_step_rt(consumer, now_ns);
		if (oriel_consumer_take_frame_rt(consumer, now_ns, &frame) == 1) {
			note(watch, consumer, &frame, oriel_time_now_ns());
			oriel_consumer_give_frame_rt(consumer, &frame, true);
		}
		wait_next(consumer);
	}
}

/* Deterministic noise, -1 .. 1. */
static double noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (double)(*state >> 8) / (double)(1u << 23) - 1.0;
}

struct rhythm {
	const char *name;
	double fps;
	double jitter; /* share of the period by which each frame strays, either way */
};

static void publish_all(struct bench_guest *guest, struct sighting *posts,
	const struct rhythm *rhythm, uint32_t frames)
{
	double period_ns = (double)ORIEL_NS_PER_S / rhythm->fps;
	uint64_t start_ns = oriel_time_now_ns();
	uint32_t random = 1;

	for (uint32_t i = 0; i < frames; i++) {
		double due_ns = ((double)i + 1 + rhythm->jitter * noise(&random)) * period_ns;

		bench_guest_sleep_until(guest, start_ns + (uint64_t)due_ns);
		posts[i].seen_ns = bench_guest_publish(guest, BLOCK_PX, BLOCK_PX);
		posts[i].marker = guest->marker;
	}
	bench_guest_sleep_until(guest, oriel_time_now_ns() + ORIEL_NS_PER_S / 5);
}

/* A frame that was never seen, because the next one overtook it, counts as an endless wait. */
static void match(const struct watch *watch, const struct sighting *posts, uint32_t frames,
	struct bench_samples *samples)
{
	uint32_t next = 0;

	for (uint32_t i = WARM_FRAMES; i < frames; i++) {
		uint32_t at = next;

		while (at < watch->count && watch->sightings[at].marker != posts[i].marker)
			at++;
		if (at == watch->count) {
			bench_samples_add(samples, INFINITY);
			continue;
		}
		bench_samples_add(samples,
			((double)watch->sightings[at].seen_ns - (double)posts[i].seen_ns) / 1e6);
		next = at + 1;
	}
}

static void measure_rhythm(struct bench_run *run, struct bench_guest *guest, struct watch *watch,
	const struct rhythm *rhythm)
{
	uint32_t frames = WARM_FRAMES + (uint32_t)(rhythm->fps * (run->quick ? 2 : 10));
	struct sighting *posts = calloc(frames, sizeof(*posts));
	struct bench_samples samples = {0};
	struct bench_process watcher;

	if (!posts)
		bench_die("no memory for %u frames", frames);
	watch->count = 0;
	bench_process_fork(&watcher, watch_frames, watch);
	if (!bench_guest_wait_watched(guest, true))
		bench_die("the consumer did not subscribe");
	publish_all(guest, posts, rhythm, frames);
	bench_process_stop(&watcher);
	match(watch, posts, frames, &samples);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&samples),
			.unit = "ms",
			.spread = bench_samples_get_spread(&samples),
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 0.1},
		"post to seen, %s, median", rhythm->name);
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_quantile(&samples, 0.99),
			.unit = "ms",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = 0.5},
		"post to seen, %s, p99", rhythm->name);
	bench_samples_finish(&samples);
	free(posts);
}

void bench_measure_arrival(struct bench_run *run)
{
	static const struct rhythm rhythms[] = {
		{"60 fps", 60, 0},
		{"240 fps", 240, 0},
		{"60 fps +- 10 %", 60, 0.1},
	};

	for (size_t i = 0; i < sizeof(rhythms) / sizeof(rhythms[0]); i++) {
		struct watch *watch = bench_share(sizeof(*watch));
		struct bench_guest guest;

		bench_guest_open(&guest, 1920, 1080);
		memcpy(watch->path, guest.path, sizeof(watch->path));
		measure_rhythm(run, &guest, watch, &rhythms[i]);
		bench_guest_close(&guest);
		bench_unshare(watch, sizeof(*watch));
	}
}
