/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a small change costs, end to end: from the guest's call that publishes it until the viewer's
 * end of the relay has its pixels in memory of its own, one frame at a time. Blocks of whole frames
 * and of frames with one per cent of damage take turns.
 */
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "crossing.h"
#include "measure.h"
#include "process.h"
#include "relay/consumer.h"
#include "samples.h"

#define WIDTH_PX 3840u
#define HEIGHT_PX 2160u
#define BLOCK_FRAMES 40u

static void copy_rect(
	uint8_t *target, const struct oriel_frame *frame, const struct oriel_rect *rect)
{
	size_t pitch = frame->picture.pitch_bytes;

	for (size_t y = rect->y; y < rect->y + rect->h; y++)
		memcpy(target + y * pitch + rect->x * 4, frame->pixels + y * pitch + rect->x * 4,
			(size_t)rect->w * 4);
}

static void read_frame(struct bench_crossing *crossing, struct oriel_consumer *consumer,
	const struct oriel_frame *frame, uint8_t *target)
{
	size_t pitch = frame->picture.pitch_bytes;
	struct oriel_rect rect = {0, 0, frame->picture.width_px, frame->picture.height_px};

	/* Every frame is read before the next one is published: there is one rectangle at most. */
	if (!frame->damage.full && frame->damage.count)
		rect = frame->damage.rects[0];
	if (oriel_consumer_wait_bytes_rt(consumer, frame, (rect.y + rect.h) * pitch,
		    oriel_time_now_ns() + ORIEL_NS_PER_S) < 0)
		return;
	copy_rect(target, frame, &rect);
	bench_crossing_note(crossing,
		target + (rect.y + rect.h - 1) * pitch + (size_t)(rect.x + rect.w - 1) * 4);
}

/* The viewer's end of the relay without its pauses. */
static void read_frames(void *shared)
{
	struct bench_crossing *crossing = shared;
	uint8_t *target = bench_crossing_make_target(crossing);
	struct oriel_consumer *consumer;
	struct oriel_frame frame;

	if (oriel_consumer_create(&consumer, crossing->guest->path, NULL) < 0)
		_exit(1);
	for (;;) {
		uint64_t now_ns = oriel_time_now_ns();

		oriel_consumer_step_rt(consumer, now_ns);
		if (oriel_consumer_take_frame_rt(consumer, now_ns, &frame) != 1) {
			oriel_time_relax();
			continue;
		}
		read_frame(crossing, consumer, &frame, target);
		oriel_consumer_give_frame_rt(consumer, &frame, true);
	}
}

static void run_block(struct bench_guest *guest, struct bench_crossing *crossing, uint32_t w_px,
	uint32_t h_px, struct bench_samples *samples)
{
	for (uint32_t i = 0; i < BLOCK_FRAMES; i++) {
		uint64_t began_ns = bench_guest_publish(guest, w_px, h_px);

		bench_crossing_wait(crossing, guest);
		/* Two frames to let the slots and the caches get used to the new size. */
		if (i >= 2)
			bench_samples_add(samples, (double)(oriel_time_now_ns() - began_ns) / 1e6);
		bench_guest_tick(guest);
	}
}

void bench_measure_damage(struct bench_run *run)
{
	struct bench_samples full = {0}, part = {0};
	struct bench_crossing *crossing;
	struct bench_process reader;
	struct bench_guest guest;

	bench_guest_open(&guest, WIDTH_PX, HEIGHT_PX);
	crossing = bench_crossing_open(&guest);
	bench_process_fork(&reader, read_frames, crossing);
	if (!bench_guest_wait_watched(&guest, true))
		bench_die("the consumer did not subscribe");
	for (uint32_t round = 0; round < (run->quick ? 3 : 10); round++) {
		run_block(&guest, crossing, WIDTH_PX, HEIGHT_PX, &full);
		run_block(&guest, crossing, WIDTH_PX / 10, HEIGHT_PX / 10, &part);
	}
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&part),
			.unit = "ms",
			.compared = bench_samples_get_median(&full),
			.compared_with = "full frame",
			.spread = bench_samples_get_spread(&part),
			.target = BENCH_TARGET_RATIO_AT_MOST,
			.limit = 0.03},
		"1 %% damage of %ux%u, end to end", WIDTH_PX, HEIGHT_PX);
	bench_process_finish(&reader);
	bench_samples_finish(&full);
	bench_samples_finish(&part);
	bench_crossing_close(crossing);
	bench_guest_close(&guest);
}
