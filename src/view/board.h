/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All cards that are over the picture at a time. They reach the render thread as a list, which
 * stays here, untouched, until that thread gives it back. Main thread.
 */
#ifndef ORIEL_VIEW_BOARD_H
#define ORIEL_VIEW_BOARD_H

#include "view/card.h"
#include "view/render.h"

/* From the lowest to the topmost. */
enum oriel_board_slot {
	ORIEL_BOARD_WAITING, /* goes by itself when a frame comes */
	ORIEL_BOARD_DAMAGE,
	ORIEL_BOARD_GRAPHS,
	ORIEL_BOARD_FIGURES,
	ORIEL_BOARD_CAPTURE,
	ORIEL_BOARD_MICROPHONE,
	ORIEL_BOARD_SENDING,
	ORIEL_BOARD_HELP,
	ORIEL_BOARD_NOTE,
	ORIEL_BOARD_SLOTS
};

struct oriel_board;

/* render is borrowed. */
struct oriel_board *oriel_board_create(struct oriel_render *render);
/* After render has ended. NULL is fine. */
void oriel_board_destroy(struct oriel_board *board);

/* Takes card over; NULL: nothing there any more. */
void oriel_board_set(
	struct oriel_board *board, enum oriel_board_slot slot, struct oriel_card *card);
/* What ORIEL_RENDER_CARD_BACK gave. */
void oriel_board_take_back(struct oriel_board *board, const struct oriel_overlay *first);

#endif
