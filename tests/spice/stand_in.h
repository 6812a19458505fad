/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands in for the session (spice/session.h) and for the library's main channel, in tests of one
 * listener: the linker finds these first. The one listener is told what the test wants.
 */
#ifndef ORIEL_TESTS_SPICE_STAND_IN_H
#define ORIEL_TESTS_SPICE_STAND_IN_H

#include "spice/session.h"

/* With neither listener nor connection. */
void stand_in_begin(void);
void stand_in_end(void);

/* The main channel comes, and the session is connected; it goes. */
void stand_in_connect(void);
void stand_in_disconnect(void);
void stand_in_set_state(enum oriel_spice_state state);

/* Whether the guest has an agent, as the main channel says. */
void stand_in_set_agent(bool is_there);

#endif
