/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that do one thing to one machine and print its state afterwards. Thread: main. */
#ifndef ORIEL_CLI_VM_VERB_H
#define ORIEL_CLI_VM_VERB_H

#include "cli/vm/session.h"

typedef bool (*oriel_verb_func)(struct oriel_session *session, const struct oriel_call *call,
	const char *name, GError **error);

/* The machine's name is the first operand. Gives an enum oriel_exit. */
int oriel_verb_run(const struct oriel_call *call, oriel_verb_func verb, GError **error);

#endif
