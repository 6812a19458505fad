/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The help that the escape key shows: what it does, and what the other keys do with it. */
#ifndef ORIEL_VIEW_HELP_H
#define ORIEL_VIEW_HELP_H

#include "view/capture.h"
#include "view/card.h"

/* Made from the bindings as they are. NULL when memory is short. */
struct oriel_card *oriel_help_create(const struct oriel_capture_options *options);

#endif
