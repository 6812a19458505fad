/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is measured on a frame's way, for --stats and, while they are wanted, as samples for the
 * figures over the picture. A frame is stamped with the time of its arrival, its name on the rest
 * of its way: taken over, put on the window, taken over by the display, seen.
 *
 * Everything is the render thread's, counts and takes times without waiting, unless it says
 * otherwise.
 */
#ifndef ORIEL_VIEW_METER_H
#define ORIEL_VIEW_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/ring.h"
#include "view/figures.h"
#include "view/stats.h"

struct oriel_meter {
	struct oriel_stats stats; /* the main thread's after the render thread ended */

	/* shared with the main thread */
	struct oriel_ring *samples; /* struct oriel_sample */
	_Atomic bool wants_samples;

	struct oriel_sample sample; /* of the frame that the display is taking over */
	uint64_t stamp_ns;	    /* of that; 0: there is none */
	uint64_t photon_ns;	    /* of the frame that was seen last; 0: none */
	uint64_t last_look_ns; /* at the source, frame or none; 0: none since it came to life */
	uint64_t look_before_ns;
	uint64_t held_since_ns; /* the next picture, for its refresh; 0: it is not */
	bool has_serial;
	uint32_t last_serial;
};

/* 0 or -ENOMEM; finish is due in either case. Before the render thread begins. */
int oriel_meter_init(struct oriel_meter *meter);
/* After it ended. */
void oriel_meter_finish(struct oriel_meter *meter);

/* ---- the main thread ---- */

/* Whether a sample of each frame is kept for oriel_meter_take_sample(). */
void oriel_meter_want_samples(struct oriel_meter *meter, bool wanted);
/* False when there are no more. Those that nobody took in time are lost. */
bool oriel_meter_take_sample(struct oriel_meter *meter, struct oriel_sample *ret_sample);

/* ---- the render thread ---- */

/* The source is looked at for a frame. */
void oriel_meter_look_rt(struct oriel_meter *meter, uint64_t now_ns);
/* There is nobody at its other end. */
void oriel_meter_forget_look_rt(struct oriel_meter *meter);
/* What is to be put on the window waits for a refresh. */
void oriel_meter_hold_rt(struct oriel_meter *meter, uint64_t now_ns);
/* All pixels of frame, which comes from origin, were taken over at uploaded_ns. */
void oriel_meter_frame_rt(struct oriel_meter *meter, const struct oriel_frame *frame,
	const char *origin, uint64_t uploaded_ns);
/* The stamped frame was drawn and handed to the display at now_ns. Returns when that was begun. */
uint64_t oriel_meter_put_rt(struct oriel_meter *meter, uint64_t now_ns);
/* The display has taken over what was put. False: that was no frame. */
bool oriel_meter_done_rt(struct oriel_meter *meter);
/* The frame of that stamp was seen. */
void oriel_meter_seen_rt(struct oriel_meter *meter, uint64_t stamp_ns, uint64_t seen_ns);

#endif
