/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Made-up systems: what lies in them, and what binding at the start makes of it. */
#ifndef ORIEL_TESTS_BIND_SYSTEMS_H
#define ORIEL_TESTS_BIND_SYSTEMS_H

#include <glib.h>

struct system_file {
	const char *path, *text;
};

struct system_case {
	const char *name;
	struct system_file files[10];  /* beside those of tree_add_desktop() */
	const char *removed[4];	       /* of those of tree_add_desktop() */
	struct system_file written[8]; /* all files that change, in order, as they are then */
	const char *commands[4];       /* as words with blanks, in order */
	const char *note;	       /* in a note; NULL: there is none */
};

extern const struct system_case system_cases[];
extern const guint system_case_count;

#endif
