/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap on the frame path: copies of the shown picture for somebody who is slower than the display.
 *
 * A few slots, each as large as a picture, go round between two threads through two rings. The
 * render thread copies into a free slot what has changed since that slot was last filled, and never
 * waits: without a free slot the picture stays pending, and a newer one that takes its place makes
 * it a missed one. The worker makes and frees the memory, so that the frame path allocates nothing.
 *
 * Closed, a tap costs the frame path one look at a flag.
 */
#ifndef ORIEL_EXPORT_TAP_H
#define ORIEL_EXPORT_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "present/present.h"

struct oriel_tap;

/* Encoders read whole vectors of pixels, and so past the end of the last row. */
#define ORIEL_TAP_MARGIN_BYTES 4096u

/* A picture; 4 bytes a pixel, B,G,R and one without meaning, rows without a gap. Behind its
 * capacity ORIEL_TAP_MARGIN_BYTES more can be read. */
struct oriel_tap_slot {
	uint8_t *pixels;
	size_t capacity_bytes;
	uint32_t width_px, height_px;
	uint64_t time_ns;    /* since when it is what the guest shows */
	size_t needed_bytes; /* more than capacity_bytes: the picture did not fit */
	bool is_filled;	     /* false: it comes back empty */
};

/* wake_rt: makes the render thread turn once more; any thread calls it. NULL: no memory or no
 * descriptor. */
struct oriel_tap *oriel_tap_create(void (*wake_rt)(void *data), void *data);
/* Closed, with all slots at home. NULL is fine. */
void oriel_tap_destroy(struct oriel_tap *tap);

/* ---- the render thread ---- */

/* False: nobody needs oriel_tap_note_rt(). */
bool oriel_tap_is_open_rt(const struct oriel_tap *tap);
/* The picture on the window has changed there since the last time; NULL: nobody knows where. */
void oriel_tap_note_rt(struct oriel_tap *tap, const struct oriel_damage *changed, uint64_t time_ns);
/* Whether oriel_tap_take_rt() would take a picture now; gives the slots back when it is closed. */
bool oriel_tap_wants_rt(struct oriel_tap *tap, uint64_t now_ns);
/* After oriel_tap_wants_rt(). NULL: the presenter keeps no picture, and never will. */
void oriel_tap_take_rt(struct oriel_tap *tap, const struct oriel_image *image);

/* ---- the worker ---- */

/* Asks for pictures, the one that is shown now first. */
void oriel_tap_open(struct oriel_tap *tap);
/* The next picture, in order. NULL: none is there, or the tap is closed and all slots are home:
 * oriel_tap_is_home() tells. Never blocks. */
struct oriel_tap_slot *oriel_tap_next(struct oriel_tap *tap);
/* Whoever got a slot gives it back. */
void oriel_tap_give_back(struct oriel_tap *tap, struct oriel_tap_slot *slot);
/* Closed, and its memory freed: the worker is done. */
bool oriel_tap_is_home(const struct oriel_tap *tap);
/* Why there will be no pictures: -ENODATA, the presenter keeps none; -ENOMEM; 0: there will be. */
int oriel_tap_get_refusal(const struct oriel_tap *tap);
/* Readable when it is worth another look; clear it before that look. */
int oriel_tap_get_fd(const struct oriel_tap *tap);
void oriel_tap_clear_fd(struct oriel_tap *tap);

/* ---- any thread ---- */

/* Pictures that a newer one replaced before they could be taken, since the tap was opened. */
uint64_t oriel_tap_get_missed(const struct oriel_tap *tap);
/* Asks for no more pictures: those that were taken still come. */
void oriel_tap_close(struct oriel_tap *tap);
/* The render thread has ended and will not answer. */
void oriel_tap_orphan(struct oriel_tap *tap);

#endif
