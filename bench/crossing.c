/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crossing.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "process.h"
#include "relay/wire.h"

#define READ_S 5u

struct bench_crossing *bench_crossing_open(const struct bench_guest *guest)
{
	struct bench_crossing *crossing = bench_share(sizeof(*crossing));

	crossing->guest = guest;
	crossing->bytes = (size_t)guest->picture.pitch_bytes * guest->picture.height_px;
	crossing->slots = bench_share(2 * crossing->bytes);
	return crossing;
}

void bench_crossing_close(struct bench_crossing *crossing)
{
	bench_unshare(crossing->slots, 2 * crossing->bytes);
	bench_unshare(crossing, sizeof(*crossing));
}

uint8_t *bench_crossing_make_target(const struct bench_crossing *crossing)
{
	uint8_t *target = aligned_alloc(4096, crossing->bytes);

	if (!target)
		bench_die("no memory for the reader");
	memset(target, 1, crossing->bytes);
	return target;
}

void bench_crossing_note(struct bench_crossing *crossing, const uint8_t *last_pixel)
{
	uint32_t pixel;

	memcpy(&pixel, last_pixel, sizeof(pixel));
	oriel_wire_store32(&crossing->marker, pixel & 0xffffffu);
}

void bench_crossing_wait(const struct bench_crossing *crossing, struct bench_guest *guest)
{
	uint64_t end_ns = oriel_time_now_ns() + READ_S * ORIEL_NS_PER_S;

	while (oriel_wire_load32(&crossing->marker) != guest->marker) {
		bench_guest_tick(guest);
		oriel_time_relax();
		if (oriel_time_now_ns() >= end_ns)
			bench_die("the reader has not seen a frame for %u s", READ_S);
	}
}
