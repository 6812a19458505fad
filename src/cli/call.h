/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One parsed command line of `oriel`. Thread: main. Never blocks. */
#ifndef ORIEL_CLI_CALL_H
#define ORIEL_CLI_CALL_H

#include "cli/command.h"

/* A command line that names no command, an unknown option, a wrong value: exit code 2. */
#define ORIEL_CALL_ERROR (oriel_call_error_quark())
GQuark oriel_call_error_quark(void);

struct oriel_call {
	const struct oriel_command *command;
	char *path;	     /* how the command was called, as "oriel vm start" */
	bool wants_help;     /* --help was given: nothing else was checked */
	GHashTable *values;  /* name of an option given -> its value, "" for a switch */
	GPtrArray *operands; /* char * */
};

/* Reads argv (ending with NULL, argv[0] the program's name) by the table below top. NULL and error
 * set where something is wrong; the message names the wrong word and what is near to it. */
struct oriel_call *oriel_call_parse(
	const struct oriel_command *top, const char *const *argv, GError **error);
void oriel_call_destroy(struct oriel_call *call);

bool oriel_call_has(const struct oriel_call *call, const char *option);
/* NULL when it was not given. Borrowed from the call. */
const char *oriel_call_get_text(const struct oriel_call *call, const char *option);
/* fallback when it was not given; the parser has checked the range. */
gint64 oriel_call_get_number(const struct oriel_call *call, const char *option, gint64 fallback);
/* NULL when there are not that many. Borrowed from the call. */
const char *oriel_call_get_operand(const struct oriel_call *call, unsigned int index);

#endif
