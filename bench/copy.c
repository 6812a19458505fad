/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the producer costs: how many whole frames a second get across to a reader that copies every
 * byte of every frame, compared with the same through the best plain copy into two bare slots. The
 * sides take turns, round by round, each with a fresh reader.
 */
#include <string.h>

#include "base/time.h"
#include "crossing.h"
#include "measure.h"
#include "plaincopy.h"
#include "process.h"
#include "rawlink.h"
#include "relay/wire.h"
#include "samples.h"

#define WARM_FRAMES 6u

static void read_plain(void *shared)
{
	struct bench_crossing *crossing = shared;
	uint8_t *target = bench_crossing_make_target(crossing);

	for (uint32_t taken = 0;;) {
		while (oriel_wire_load32(&crossing->posted) == taken)
			oriel_time_relax();
		memcpy(target, crossing->slots + (taken % 2) * crossing->bytes, crossing->bytes);
		oriel_wire_store32(&crossing->taken, ++taken);
		bench_crossing_note(crossing, target + crossing->bytes - 4);
	}
}

static void read_relay(void *shared)
{
	struct bench_crossing *crossing = shared;
	uint8_t *target = bench_crossing_make_target(crossing);
	struct bench_rawlink link;

	bench_rawlink_subscribe(&link, crossing->guest->base);
	while (!oriel_wire_load32(&crossing->stop)) {
		struct b7_frame *frame = bench_rawlink_peek(&link);

		if (!frame) {
			oriel_time_relax();
			continue;
		}
		while (bench_rawlink_get_written_bytes(frame) < crossing->bytes)
			oriel_time_relax();
		memcpy(target, bench_rawlink_get_pixels(frame), crossing->bytes);
		bench_rawlink_done(&link);
		bench_crossing_note(crossing, target + crossing->bytes - 4);
	}
	bench_rawlink_unsubscribe(&link);
}

static void post_plain(struct bench_guest *guest, struct bench_crossing *crossing,
	const struct bench_plaincopy *plain)
{
	bench_guest_draw(guest, guest->picture.width_px, guest->picture.height_px);
	while (crossing->posted - oriel_wire_load32(&crossing->taken) >= 2)
		oriel_time_relax();
	plain->copy(crossing->slots + (crossing->posted % 2) * crossing->bytes, guest->pixels,
		crossing->bytes);
	oriel_wire_store32(&crossing->posted, crossing->posted + 1);
}

/* Frames a second of one round; plain NULL: the producer. */
static double run_round(struct bench_guest *guest, struct bench_crossing *crossing,
	const struct bench_plaincopy *plain, uint32_t frames)
{
	struct bench_process reader;
	uint64_t began_ns = 0;

	crossing->posted = crossing->taken = crossing->stop = 0;
	bench_process_fork(&reader, plain ? read_plain : read_relay, crossing);
	if (!plain && !bench_guest_wait_watched(guest, true))
		bench_die("the reader did not subscribe");
	for (uint32_t i = 0; i < WARM_FRAMES + frames; i++) {
		if (i == WARM_FRAMES) {
			bench_crossing_wait(crossing, guest);
			began_ns = oriel_time_now_ns();
		}
		if (plain)
			post_plain(guest, crossing, plain);
		else
			bench_guest_publish(
				guest, guest->picture.width_px, guest->picture.height_px);
		bench_guest_tick(guest);
	}
	bench_crossing_wait(crossing, guest);
	began_ns = oriel_time_now_ns() - began_ns;
	oriel_wire_store32(&crossing->stop, 1);
	if (plain)
		bench_process_stop(&reader);
	else
		bench_process_join(&reader);
	return (double)frames * (double)ORIEL_NS_PER_S / (double)began_ns;
}

/* sides[0] is the producer's, sides[1 + i] that of plain copy i. */
static void add_rows(
	struct bench_run *run, const struct bench_guest *guest, struct bench_samples *sides)
{
	uint32_t width = guest->picture.width_px, height = guest->picture.height_px;
	size_t best = 0;

	for (size_t i = 1; bench_plaincopies[i].name; i++)
		if (sides[1 + i].count && bench_samples_get_median(&sides[1 + i]) >
						  bench_samples_get_median(&sides[1 + best]))
			best = i;
	bench_table_add(run->table,
		(struct bench_row){.value = bench_samples_get_median(&sides[0]),
			.unit = "fps",
			.compared = bench_samples_get_median(&sides[1 + best]),
			.compared_with = bench_plaincopies[best].name,
			.spread = bench_samples_get_spread(&sides[0]),
			.target = BENCH_TARGET_RATIO_AT_LEAST,
			.limit = 0.95},
		"publish full %ux%u", width, height);
	for (size_t i = 0; bench_plaincopies[i].name; i++)
		if (sides[1 + i].count)
			bench_table_add(run->table,
				(struct bench_row){.value = bench_samples_get_median(&sides[1 + i]),
					.unit = "fps",
					.spread = bench_samples_get_spread(&sides[1 + i])},
				"- plain %s %ux%u", bench_plaincopies[i].name, width, height);
}

static void compare(struct bench_run *run, uint32_t width_px, uint32_t height_px, uint32_t frames)
{
	struct bench_samples sides[1 + BENCH_PLAINCOPIES_MAX] = {0};
	uint32_t rounds = run->quick ? 5 : 15;
	struct bench_crossing *crossing;
	struct bench_guest guest;

	bench_guest_open(&guest, width_px, height_px);
	crossing = bench_crossing_open(&guest);
	for (uint32_t round = 0; round < rounds; round++) {
		bench_samples_add(&sides[0], run_round(&guest, crossing, NULL, frames));
		for (size_t i = 0; bench_plaincopies[i].name; i++)
			if (bench_plaincopies[i].is_supported())
				bench_samples_add(&sides[1 + i],
					run_round(&guest, crossing, &bench_plaincopies[i], frames));
	}
	add_rows(run, &guest, sides);
	for (size_t i = 0; i < 1 + BENCH_PLAINCOPIES_MAX; i++)
		bench_samples_finish(&sides[i]);
	bench_crossing_close(crossing);
	bench_guest_close(&guest);
}

void bench_measure_copy(struct bench_run *run)
{
	compare(run, 3840, 2160, 40);
	compare(run, 1920, 1080, 160);
}
