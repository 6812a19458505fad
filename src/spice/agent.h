/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the guest's SPICE agent is there: clipboard, files and the size of the screen go by it.
 */
#ifndef ORIEL_SPICE_AGENT_H
#define ORIEL_SPICE_AGENT_H

#include <spice-client.h>
#include <stdbool.h>

/* main: NULL is fine, there is none then. */
static inline bool oriel_spice_agent_is_connected(SpiceMainChannel *main)
{
	gboolean is_connected = FALSE;

	if (main)
		g_object_get(main, "agent-connected", &is_connected, NULL);
	return is_connected;
}

#endif
