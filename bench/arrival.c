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
#include "rawlink.h"
#include "relay/consumer.h"
#include "relay/wire.h"
#include "samples.h"

#define FRAMES_MAX 4096u
#define BLOCK_PX 64u
#define WARM_FRAMES 30u
#define BLOCK_S 3
#define BARE_NAP_NS (30 * ORIEL_NS_PER_US)

struct sighting {
	uint32_t marker;
	uint64_t seen_ns;
};

/* In shared memory. */
struct watch {
	char path[64];
	uint8_t *base;
	uint32_t stop;
	uint32_t count;
	struct sighting sightings[FRAMES_MAX];
};

/* pixel: of the last row of the frame's damage. */
static void note(struct watch *watch, const uint8_t *pixel, uint64_t seen_ns)
{
	struct sighting *sighting = &watch->sightings[watch->count];

	if (watch->count == FRAMES_MAX)
		return;
	memcpy(&sighting->marker, pixel, sizeof(sighting->marker));
	sighting->marker &= 0xffffffu;
	sighting->seen_ns = seen_ns;
	oriel_wire_store32(&watch->count, watch->count + 1);
}

static void note_frame(struct watch *watch, struct oriel_consumer *consumer,
	const struct oriel_frame *frame, uint64_t seen_ns)
{
	const struct oriel_rect *rect = &frame->damage.rects[0];
	size_t pitch = frame->picture.pitch_bytes;

	if (frame->damage.count &&
		oriel_consumer_wait_bytes_rt(consumer, frame, (rect->y + rect->h) * pitch,
			seen_ns + ORIEL_NS_PER_S) == 0)
		note(watch, frame->pixels + (rect->y + rect->h - 1) * pitch + (size_t)rect->x * 4,
			seen_ns);
}

static void note_bare(struct watch *watch, const struct b7_frame *frame, uint64_t seen_ns)
{
	const struct b7_rect *rect = &frame->damage[0];
	uint32_t end = (rect->y + rect->height) * frame->pitch_bytes;

	if (!frame->damage_count)
		return;
	while (bench_rawlink_get_written_bytes(frame) < end)
		oriel_time_relax();
	note(watch,
		bench_rawlink_get_pixels(frame) + end - frame->pitch_bytes + (size_t)rect->x * 4,
		seen_ns);
}

static void watch_bare(void *shared)
{
	struct watch *watch = shared;
	struct bench_rawlink link;

	oriel_time_sharpen();
	bench_rawlink_subscribe(&link, watch->base);
	while (!oriel_wire_load32(&watch->stop)) {
		struct b7_frame *frame = bench_rawlink_peek(&link);
		uint64_t now_ns = oriel_time_now_ns();

		if (!frame) {
			oriel_time_sleep_until_ns(now_ns + BARE_NAP_NS);
			continue;
		}
		note_bare(watch, frame, now_ns);
		bench_rawlink_done(&link);
	}
	bench_rawlink_unsubscribe(&link);
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
	while (!oriel_wire_load32(&watch->stop)) {
		uint64_t now_ns = oriel_time_now_ns();

		oriel_consumer_step_rt(consumer, now_ns);
		if (oriel_consumer_take_frame_rt(consumer, now_ns, &frame) == 1) {
			note_frame(watch, consumer, &frame, oriel_time_now_ns());
			oriel_consumer_give_frame_rt(consumer, &frame, true);
		}
		wait_next(consumer);
	}
	oriel_consumer_destroy(consumer);
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

static void run_block(struct bench_guest *guest, struct watch *watch, const struct rhythm *rhythm,
	void (*watcher)(void *shared), struct bench_samples *samples)
{
	uint32_t frames = WARM_FRAMES + (uint32_t)(rhythm->fps * BLOCK_S);
	struct sighting *posts = calloc(frames, sizeof(*posts));
	struct bench_process process;

	if (!posts)
		bench_die("no memory for %u frames", frames);
	watch->count = watch->stop = 0;
	bench_process_fork(&process, watcher, watch);
	if (!bench_guest_wait_watched(guest, true))
		bench_die("the reader did not subscribe");
	publish_all(guest, posts, rhythm, frames);
	oriel_wire_store32(&watch->stop, 1);
	bench_process_join(&process);
	bench_guest_wait_watched(guest, false);
	match(watch, posts, frames, samples);
	free(posts);
}

static void add_row(struct bench_run *run, const struct rhythm *rhythm, struct bench_samples *sides,
	const char *name, double share, double limit_ms)
{
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_quantile(&sides[0], share),
			.unit = "ms",
			.compared = bench_samples_get_quantile(&sides[1], share),
			.compared_with = "bare naps",
			.target = BENCH_TARGET_VALUE_AT_MOST,
			.limit = limit_ms},
		"post to seen, %s, %s", rhythm->name, name);
}

static void measure_rhythm(struct bench_run *run, const struct rhythm *rhythm)
{
	static void (*const watchers[])(void *shared) = {watch_frames, watch_bare};
	struct watch *watch = bench_share(sizeof(*watch));
	struct bench_samples sides[2] = {0};
	struct bench_guest guest;

	bench_guest_open(&guest, 1920, 1080);
	memcpy(watch->path, guest.path, sizeof(watch->path));
	watch->base = guest.base;
	for (uint32_t round = 0; round < (run->quick ? 1 : 4); round++)
		for (int side = 0; side < 2; side++)
			run_block(&guest, watch, rhythm, watchers[side], &sides[side]);
	add_row(run, rhythm, sides, "median", 0.5, 0.1);
	add_row(run, rhythm, sides, "p99", 0.99, 0.5);
	for (int side = 0; side < 2; side++)
		bench_samples_finish(&sides[side]);
	bench_guest_close(&guest);
	bench_unshare(watch, sizeof(*watch));
}

void bench_measure_arrival(struct bench_run *run)
{
	static const struct rhythm rhythms[] = {
		{"60 fps", 60, 0},
		{"240 fps", 240, 0},
		{"60 fps +- 10 %", 60, 0.1},
	};

	for (size_t i = 0; i < sizeof(rhythms) / sizeof(rhythms[0]); i++)
		measure_rhythm(run, &rhythms[i]);
}
