/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking oriel-helper. Thread: main. Blocks until it answers, which takes as long as the user needs
 * for a password, and the work. */
#ifndef ORIEL_CLI_HOST_ASK_H
#define ORIEL_CLI_HOST_ASK_H

#include "cli/command.h"

/* An exit code. parameters: floating, or NULL. ret_reply may be NULL; otherwise it is set on
 * success and owned by the caller. */
int oriel_ask_helper(
	const char *method, GVariant *parameters, GVariant **ret_reply, GError **error);

#endif
