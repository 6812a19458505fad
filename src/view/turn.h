/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the render thread does, turn after turn: looks at the source, heeds window and commands,
 * puts what changed on the window, and sleeps until something is due.
 */
#ifndef ORIEL_VIEW_TURN_H
#define ORIEL_VIEW_TURN_H

#include <stdbool.h>

#include "view/mail.h"
#include "view/meter.h"
#include "view/render.h"
#include "view/taps.h"

struct oriel_turn;

/* Everything is borrowed. NULL: no memory. */
struct oriel_turn *oriel_turn_create(const struct oriel_render_setup *setup,
	struct oriel_mail *mail, struct oriel_meter *meter, struct oriel_taps *taps);
/* NULL is fine. */
void oriel_turn_destroy(struct oriel_turn *turn);

/* Until the end, of which the last event tells. The render thread. */
void oriel_turn_run(struct oriel_turn *turn);

/* After that: whether the window still takes on the guest's size. */
bool oriel_turn_follows_guest(const struct oriel_turn *turn);

#endif
