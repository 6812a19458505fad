/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our producer at work in a thread of the test: a heartbeat, frames of the peers' pattern, answers
 * to newcomers, as a guest program does it. Everything below may be called from the test's thread.
 */
#ifndef HOSTILE_SOURCE_H
#define HOSTILE_SOURCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "relay/producer.h"

struct source {
	char path[64];
	uint8_t *base;
	size_t size_bytes;
	struct oriel_producer *producer;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards all of the rest */
	bool quit;

	struct oriel_picture picture;
	uint8_t *pixels;
	bool full_damage;
	bool moves_cursor; /* all the time: only who is sent something is found missing */
	uint32_t frames_left, serial; /* serial: of the next frame */
	uint64_t next_step_ms, next_frame_ns;

	uint32_t sessions; /* begun anew by the producer */
	uint32_t published, set_cursors;
	int32_t x_px, y_px;
	uint64_t longest_ns; /* that one call into the producer took */
};

void source_start(struct source *source, size_t size_bytes);
void source_stop(struct source *source);
/* Ends the producer and begins another on the same memory. */
void source_restart(struct source *source);
void source_set_picture(struct source *source, enum oriel_pixel_format format, uint32_t width_px,
	uint32_t height_px);
void source_send_frames(struct source *source, uint32_t count);
/* From now on, for ever. */
void source_move_cursor(struct source *source);
/* A shape of the peers' pattern, by serial. Returns what the producer said. */
int source_send_cursor(struct source *source, int32_t x_px, int32_t y_px,
	const struct oriel_cursor_shape *shape, uint32_t serial);
/* A copy of what the source counts. */
struct source source_look(struct source *source);

#endif
