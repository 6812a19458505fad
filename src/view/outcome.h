/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is left of a run: the figures of --stats, the picture of --screenshot, and what is
 * remembered of the window. Main thread, after the render thread ended; blocks on files.
 */
#ifndef ORIEL_VIEW_OUTCOME_H
#define ORIEL_VIEW_OUTCOME_H

#include <stdbool.h>

#include "view/parts.h"

/* False: something that was asked for could not be written, which is logged. */
bool oriel_outcome_write(const struct oriel_parts *parts);

#endif
