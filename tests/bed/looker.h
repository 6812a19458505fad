/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A viewer without a window that is asked over its control socket what it shows of a guest, again
 * and again until it is right or LOOKER_LIMIT_NS are over. What fails, fails the test.
 */
#ifndef ORIEL_TESTS_BED_LOOKER_H
#define ORIEL_TESTS_BED_LOOKER_H

#include "guest.h"

#include <json-glib/json-glib.h>

#define LOOKER_LIMIT_NS (60 * ORIEL_NS_PER_S) /* a busy machine; what is right ends it early */

struct looker {
	struct guest guest;
	struct oriel_process viewer;
	char *picture;	  /* the path of its last screenshot */
	bool was_running; /* the viewer; from then on it always is */
};

/* Setup of a group: *state is a looker with a guest that was booted as guest_boot() says. -1: that
 * did not go well. */
int looker_begin(void **state, const char *module, const char *device, bool has_spice);
/* Teardown of a group: ends both. */
int looker_end(void **state);

/* options, which end with NULL, stand behind those that every looker has. */
void looker_start(struct looker *looker, const char *const *options);
/* Asks it to end, which has to go well. */
void looker_stop(struct looker *looker);

/* The answer, owned by the caller; NULL while it does not listen yet. name and value: one more
 * member of the request, or NULL. */
JsonObject *looker_ask(const char *command, const char *name, const char *value);

/* How many pixels of what it shows now are not those that guest_draw drew; -1: it has no picture of
 * that size. */
int looker_count_wrong(
	struct looker *looker, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor);
/* Until there are none. */
void looker_wait_pattern(
	struct looker *looker, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor);

#endif
