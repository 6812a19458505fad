/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest made of this program: a region that any viewer can open by a path, Oriel's own producer
 * on it, and a picture of which one frame differs from the next by its damage. One thread.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/producer.h"

struct bench_guest {
	int fd; /* unnamed, so nothing stays in /dev/shm */
	char path[64];
	uint8_t *base;
	size_t size_bytes;
	struct oriel_producer *producer;
	struct oriel_picture picture;
	uint8_t *pixels;
	uint32_t frames;  /* published; numbers the markers */
	uint32_t repeats; /* sent again for new viewers */
	uint32_t marker;  /* 0x00rrggbb of the newest frame, in the last row of its damage */
	struct oriel_rect changed; /* by the newest frame */
	uint64_t next_step_ns;
};

/* BGRA, with a region of the size that the protocol's formula asks for. */
void bench_guest_open(struct bench_guest *ret_guest, uint32_t width_px, uint32_t height_px);
void bench_guest_close(struct bench_guest *guest);

/* The producer's duties between frames: heartbeat, and the last frame again for a new viewer. */
void bench_guest_tick(struct bench_guest *guest);
/* Ticks until then, sleeping in between. */
void bench_guest_sleep_until(struct bench_guest *guest, uint64_t until_ns);
/* Ticks until a viewer is subscribed (wanted true) or none is; false when that took over 10 s. */
bool bench_guest_wait_watched(struct bench_guest *guest, bool wanted);

/* Draws the next frame: the marker goes over the last row of a w_px x h_px block, which wanders
 * over the picture. */
void bench_guest_draw(struct bench_guest *guest, uint32_t w_px, uint32_t h_px);
/* Draws and publishes it, waiting (with ticks) until the queue has room. Returns when the writing
 * began. */
uint64_t bench_guest_publish(struct bench_guest *guest, uint32_t w_px, uint32_t h_px);

#endif
