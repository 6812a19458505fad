/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The size of the guest's screen, as the user would like it: a listener of the session. The guest's
 * SPICE agent, or a graphics device that knows how, is told; what it makes of that is its business.
 *
 * Thread: the one that runs GLib's default main context; nothing blocks.
 */
#ifndef ORIEL_SPICE_MONITORS_H
#define ORIEL_SPICE_MONITORS_H

#include "spice/session.h"

struct oriel_spice_monitors;

/* session is borrowed and outlives it. remark: why the guest stays as it is, in a sentence, once.
 */
struct oriel_spice_monitors *oriel_spice_monitors_create(struct oriel_spice_session *session,
	void (*remark)(void *data, const char *text), void *data);
/* NULL is fine. */
void oriel_spice_monitors_destroy(struct oriel_spice_monitors *monitors);

/* The guest is told when the size has stood still for a moment, and again by each agent and each
 * connection that comes later. */
void oriel_spice_monitors_ask(
	struct oriel_spice_monitors *monitors, uint32_t width_px, uint32_t height_px);

#endif
