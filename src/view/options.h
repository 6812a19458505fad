/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of oriel-view: one table gives parsing, validation and --help.
 *
 * Main thread; nothing blocks except one look at the file system for the default of --source.
 * Strings are borrowed from the arguments.
 */
#ifndef ORIEL_VIEW_OPTIONS_H
#define ORIEL_VIEW_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "present/present.h"

struct oriel_view_options {
	const char *source;
	const char *window;  /* a name of oriel_window_find() */
	const char *present; /* a name of oriel_presenter_find() */
	const char *title;
	const char *screenshot;	      /* NULL: none */
	uint64_t frames;	      /* 0: until closed */
	uint64_t timeout_ns;	      /* 0: none */
	uint32_t width_px, height_px; /* 0: the guest's */
	int scale;		      /* enum oriel_scale */
	int filter;		      /* enum oriel_filter */
	int log_level;		      /* enum oriel_log_level */
	bool stats;
	bool help, version; /* asked for: print that and end */
};

/* Fills *ret_options with the defaults and what the arguments say; argv[0] is passed over. 0, or
 * -EINVAL with the option, its value and what it takes. */
int oriel_options_parse(struct oriel_view_options *ret_options, int argc, char *const argv[],
	struct oriel_error *error);

void oriel_options_print_help(FILE *file);

#endif
