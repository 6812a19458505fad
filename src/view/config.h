/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's settings as a whole: defaults, files, command line, each over the one before.
 *
 * A file holds [section] lines, "name = value" lines, empty lines and comments that begin with # or
 * a semicolon. What it does not know is an error that names file, line, key and value. Main thread;
 * reads small files.
 */
#ifndef ORIEL_VIEW_CONFIG_H
#define ORIEL_VIEW_CONFIG_H

#include "view/options.h"

/* Where to look for view.ini and vm/NAME.ini, the weaker ones first. */
struct oriel_config_folders {
	const char *system, *user;
	const char *state; /* of what is remembered: NAME.ini; NULL: nothing is */
};

/* Fills *ret_options from everything there is. A file that is not there is none; one that cannot
 * be read, and one named by --config that is not there, is an error. --help and --version look at
 * no file. 0 or a negative errno. */
int oriel_config_load(struct oriel_view_options *ret_options,
	const struct oriel_config_folders *folders, int argc, char *const argv[],
	struct oriel_error *error);

/* Reads the text of one file over *options, which is untouched on failure. name: for messages. */
int oriel_config_read(struct oriel_view_options *options, const char *name, const char *text,
	struct oriel_error *error);

#endif
