/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row of the table of options, for the parts that read the table: command line, files, --help,
 * completion, import. A new option is a member of struct oriel_view_options (view/options.h), a row
 * of the table in options_table.c and a paragraph of the manual page; nothing else lists options.
 */
#ifndef ORIEL_VIEW_OPTION_H
#define ORIEL_VIEW_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct oriel_view_options;

struct oriel_view_option {
	const char *name;     /* without the two dashes; in a file, the key */
	const char *argument; /* what --help calls its value, NULL for a switch */
	const char *help;
	/* Checks value and fills the member. A switch gets "yes" or "no". An error says what it
	 * takes and quotes the value; the caller puts the name or the file's line in front. */
	int (*set)(const struct oriel_view_option *option, struct oriel_view_options *options,
		const char *value, struct oriel_error *error);
	size_t offset, size; /* of the member that set() fills */
	const char *const *choices;
	/* Of a file, and the heading in --help; NULL: only on the command line. */
	const char *section;
};

/* Ends with a row without a name. */
extern const struct oriel_view_option oriel_view_option_table[];

/* NULL when there is none. */
const struct oriel_view_option *oriel_view_option_find(const char *name);
/* The name is the first length bytes. */
const struct oriel_view_option *oriel_view_option_find_part(const char *name, size_t length);
/* A name that is near to it, or NULL. */
const char *oriel_view_option_suggest(const char *name);

#endif
