/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two sources as one: the relay's shared memory, and a box (view/box.h) with the display that comes
 * by SPICE. The box is shown while the relay has no picture, and either follows the other within
 * one frame; until it is there, the last picture of the other stays.
 */
#ifndef ORIEL_VIEW_SOURCE_PAIR_H
#define ORIEL_VIEW_SOURCE_PAIR_H

#include "view/box.h"
#include "view/source.h"

/* relay becomes the pair's, NULL: the box alone; box is borrowed. -ENOMEM, and relay is still the
 * caller's. */
int oriel_source_pair_create(struct oriel_source **ret_source, struct oriel_source *relay,
	struct oriel_box *box, struct oriel_error *error);

#endif
