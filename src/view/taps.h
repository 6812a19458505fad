/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Those who take pictures from the render thread besides the window (export/tap.h), all of them.
 */
#ifndef ORIEL_VIEW_TAPS_H
#define ORIEL_VIEW_TAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "export/tap.h"
#include "present/present.h"
#include "view/mail.h"
#include "view/render.h"

struct oriel_taps {
	struct oriel_tap *taps[ORIEL_RENDER_TAPS];
	uint64_t arrived_ns; /* of the newest frame that is not presented yet; 0: none */
};

/* 0 or -ENOMEM; finish is due in either case. mail, which wakes the render thread, is borrowed.
 * Before the render thread begins. */
int oriel_taps_init(struct oriel_taps *taps, struct oriel_mail *mail);
/* After it ended, and the taps are closed. */
void oriel_taps_finish(struct oriel_taps *taps);
/* The render thread has ended. */
void oriel_taps_orphan(struct oriel_taps *taps);

/* ---- the render thread: nothing waits or allocates ---- */

/* A frame was taken over, and has not been presented yet. */
void oriel_taps_frame_rt(struct oriel_taps *taps, uint64_t arrived_ns);
/* What was presented is a picture for all taps. */
void oriel_taps_note_rt(struct oriel_taps *taps, struct oriel_presenter *presenter);
/* After the display has what it needs. may_copy false: there is no picture yet, or the display
 * still reads it; those that were closed are heeded in any case. */
void oriel_taps_serve_rt(struct oriel_taps *taps, struct oriel_presenter *presenter, bool may_copy);

#endif
