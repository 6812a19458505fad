/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library says went wrong, as a sentence that the user can act on. Thread: any. */
#ifndef ORIEL_SPICE_PROBLEM_H
#define ORIEL_SPICE_PROBLEM_H

#include <spice-client.h>
#include <stdbool.h>

#include "spice/link.h"

struct oriel_spice_problem {
	SpiceChannelEvent what;
	enum oriel_spice_event event; /* CLOSED, or REFUSED where trying again is of no use */
	const char *words;	      /* a format for the server's name */
	bool has_detail;	      /* the library's own words help */
};

/* Never NULL. */
const struct oriel_spice_problem *oriel_spice_problem_find(SpiceChannelEvent what);

/* detail: the channel's error or NULL. Owned by the caller. */
char *oriel_spice_problem_describe(const struct oriel_spice_problem *problem, const char *server,
	bool has_password, const GError *detail);

#endif
