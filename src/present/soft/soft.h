/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The soft presenter left for another one. */
#ifndef ORIEL_PRESENT_SOFT_SOFT_H
#define ORIEL_PRESENT_SOFT_SOFT_H

#include "present/stand_in.h"

/* Takes the cursor off the picture of a soft presenter that is not busy, and says where it has got
 * to; window and options are not filled. What ret_state refers to is the presenter's, which is
 * either destroyed next or goes on as if nothing had happened. */
void oriel_soft_leave(struct oriel_presenter *presenter, struct oriel_stand_in_state *ret_state);

#endif
