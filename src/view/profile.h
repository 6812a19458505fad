/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Named bundles of the viewer's settings. Thread: main. Never blocks. */
#ifndef ORIEL_VIEW_PROFILE_H
#define ORIEL_VIEW_PROFILE_H

#include "view/options.h"

/* Ends with NULL. */
extern const char *const oriel_profile_names[];

/* Sets every option that the profile has an opinion on. name: one of the names. */
int oriel_profile_apply(
	const char *name, struct oriel_view_options *options, struct oriel_error *error);
/* The same for the profile of a machine: its screen has the size that it is to have, and the window
 * follows that. A name that is none of ours sets nothing. */
int oriel_profile_apply_machine(
	const char *name, struct oriel_view_options *options, struct oriel_error *error);

#endif
