/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the figures (view/figures.h) are over the picture, and drawing them anew a few times a
 * second while any are. Main thread; never blocks.
 */
#ifndef ORIEL_VIEW_GAUGES_H
#define ORIEL_VIEW_GAUGES_H

#include "view/bindings.h"
#include "view/board.h"

/* The actions that switch them, 1 << enum oriel_action. */
#define ORIEL_GAUGES_ACTIONS                                                                       \
	(1u << ORIEL_ACTION_FIGURES | 1u << ORIEL_ACTION_GRAPHS | 1u << ORIEL_ACTION_DAMAGE)

struct oriel_gauges;

/* Both are borrowed. None is shown at first. */
struct oriel_gauges *oriel_gauges_create(struct oriel_board *board, struct oriel_render *render);
/* Before the board goes. NULL is fine. */
void oriel_gauges_destroy(struct oriel_gauges *gauges);

/* Shows those of actions that are not, hides those that are. */
void oriel_gauges_switch(struct oriel_gauges *gauges, uint32_t actions);

#endif
