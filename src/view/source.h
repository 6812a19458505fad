/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the viewer's frames come from: the relay's shared memory (source_relay.c), or a test
 * pattern made here (source_test.c). A display that comes over the network is one more
 * implementation.
 *
 * A source belongs to the render thread; create and destroy may run on another one before and
 * after. Functions ending in _rt allocate nothing and wait only as their contract says.
 */
#ifndef ORIEL_VIEW_SOURCE_H
#define ORIEL_VIEW_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h"
#include "relay/consumer.h" /* struct oriel_cursor_update */

struct oriel_source_counts {
	uint64_t skipped;  /* frames superseded before they were taken */
	uint64_t rejected; /* broke the protocol */
	uint64_t sessions; /* begun with a guest program */
};

struct oriel_source {
	const struct oriel_source_ops *ops;
};

struct oriel_source_ops {
	const char *name;
	/* True when this implementation reads what path (of --source) names. */
	bool (*takes)(const char *path);
	/* Does not need to find anything there yet. -EINVAL: path is malformed. */
	int (*create)(
		struct oriel_source **ret_source, const char *path, struct oriel_error *error);
	/* NULL is fine. */
	void (*destroy)(struct oriel_source *source);

	/* One turn; true while frames can be had. Call it at get_wait_ns(). */
	bool (*step_rt)(struct oriel_source *source, uint64_t now_ns);
	/* How long to sleep before the next step; 0: not at all. */
	uint64_t (*get_wait_ns)(const struct oriel_source *source, uint64_t now_ns);
	/* One sentence: how things stand and what to do about it. Changes with step_rt(). */
	const char *(*get_reason)(const struct oriel_source *source);
	/* True when what path names is wrong in a way that waiting will hardly mend: a directory,
	 * no permission, too small. */
	bool (*is_refused)(const struct oriel_source *source);
	void (*get_counts)(
		const struct oriel_source *source, struct oriel_source_counts *ret_counts);

	/* The newest frame: 1, or 0 when there is none. One at a time; give it back soon. */
	int (*take_frame_rt)(
		struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame);
	/* Bytes of it that have arrived. */
	size_t (*get_arrived_bytes_rt)(
		const struct oriel_source *source, const struct oriel_frame *frame);
	/* Until at least bytes have arrived: 0, -ETIMEDOUT at deadline_ns, -ESTALE: they never
	 * will. */
	int (*wait_bytes_rt)(struct oriel_source *source, const struct oriel_frame *frame,
		size_t bytes, uint64_t deadline_ns);
	/* complete false: it was not read to its end, the next one is full. -ESTALE: what was read
	 * may be torn. */
	int (*give_frame_rt)(struct oriel_source *source, struct oriel_frame *frame, bool complete);
	/* The next change of the cursor: 1 or 0. Its image is valid until the next call. */
	int (*take_cursor_rt)(struct oriel_source *source, struct oriel_cursor_update *ret_update);
	/* Asks the guest program to move the cursor there. 0, -EAGAIN: again later, or another
	 * errno: it does not take that. */
	int (*place_cursor_rt)(struct oriel_source *source, int32_t x_px, int32_t y_px);
	/* The user did something at the window: a frame is likely soon. */
	void (*expect_rt)(struct oriel_source *source, uint64_t now_ns);

	/* To poll for reading, besides waiting for get_wait_ns(): then step. -1: that is enough. */
	int (*get_fd)(const struct oriel_source *source);
	/* Where the frame handed out last came from: "relay", "spice" or "test". Lives for ever. */
	const char *(*get_origin)(const struct oriel_source *source);
};

extern const struct oriel_source_ops oriel_source_relay;
extern const struct oriel_source_ops oriel_source_test;

/* The implementation for path. */
const struct oriel_source_ops *oriel_source_find(const char *path);

#endif
