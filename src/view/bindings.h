/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a key does while the escape key is held: one table, which the configuration can change.
 * Pure. */
#ifndef ORIEL_VIEW_BINDINGS_H
#define ORIEL_VIEW_BINDINGS_H

#include <stdint.h>

#include "view/key.h"

enum oriel_action {
	ORIEL_ACTION_NONE,
	ORIEL_ACTION_QUIT,
	ORIEL_ACTION_FULLSCREEN,
	ORIEL_ACTION_FIGURES,
	ORIEL_ACTION_GRAPHS,
	ORIEL_ACTION_DAMAGE,
	ORIEL_ACTION_INPUT,
	ORIEL_ACTION_MICROPHONE,
	ORIEL_ACTION_NO_MICROPHONE,
	ORIEL_ACTION_SEND_FILES,
	ORIEL_ACTION_CANCEL_FILES,
	ORIEL_ACTION_FASTER,
	ORIEL_ACTION_SLOWER,
	ORIEL_ACTION_SEND_KEY,
	ORIEL_ACTION_SEND_CTRL_ALT_KEY,
	ORIEL_ACTION_SEND_CTRL_ALT_DELETE,
	ORIEL_ACTION_COUNT
};

struct oriel_bindings {
	uint8_t actions[ORIEL_KEY_COUNT]; /* enum oriel_action, by key */
};

void oriel_bindings_init(struct oriel_bindings *bindings);
/* text: KEY=ACTION, the action by its name or "none". 0 or -EINVAL with the names there are. */
int oriel_bindings_set(
	struct oriel_bindings *bindings, const char *text, struct oriel_error *error);

/* As in KEY=ACTION. */
const char *oriel_bindings_get_action_name(enum oriel_action action);
/* What it does, in a few words for the help. */
const char *oriel_bindings_get_action_help(enum oriel_action action);

#endif
