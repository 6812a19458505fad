/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The help that the escape key shows: what it does, and what the other keys do with it;
 * and questions that keys answer. */
#ifndef ORIEL_VIEW_HELP_H
#define ORIEL_VIEW_HELP_H

#include "view/capture.h"
#include "view/card.h"

/* Made from the bindings as they are. NULL when memory is short. */
struct oriel_card *oriel_help_create(const struct oriel_capture_options *options);
/* A question at the top, and the keys that answer it. NULL when memory is short. */
struct oriel_card *oriel_help_create_question(const struct oriel_capture_options *options,
	const char *question, enum oriel_action yes, enum oriel_action no,
	uint32_t window_width_px);

#endif
