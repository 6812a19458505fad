/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyboard, pointer and wheel of a SPICE session. Numbers are those of
 * linux/input-event-codes.h (KEY_…, BTN_…).
 *
 * Thread: the session's. Never blocks: without a connection what comes is dropped; motion that the
 * server does not take up fast enough becomes one larger step instead of a queue. What was held
 * when a connection ended is up for the next one.
 *
 * SPICE has no wheel that turns sideways: x is passed over.
 */
#ifndef ORIEL_SPICE_INPUTS_H
#define ORIEL_SPICE_INPUTS_H

#include "spice/session.h"
#include "window/window.h"

struct oriel_spice_inputs;

/* Before oriel_spice_session_start(); session is borrowed and has to live longer. */
struct oriel_spice_inputs *oriel_spice_inputs_create(struct oriel_spice_session *session);
/* Releases what is held. NULL is fine. */
void oriel_spice_inputs_destroy(struct oriel_spice_inputs *inputs);

/* Has tell called when the guest has switched locks itself: those that changed, and which of all
 * are on (enum oriel_lock). What comes of connecting is not told. Before the session is started. */
void oriel_spice_inputs_watch_locks(struct oriel_spice_inputs *inputs,
	void (*tell)(void *data, unsigned changed, unsigned locks), void *data);

/* True while the guest has something that takes positions: a tablet, or an agent. */
bool oriel_spice_inputs_takes_positions(const struct oriel_spice_inputs *inputs);

/* Keys that a PC keyboard does not have are passed over, and so is the release of one that is not
 * held. Pressing a held one again is a repeat. */
void oriel_spice_inputs_key(struct oriel_spice_inputs *inputs, uint32_t key, bool pressed);
/* Has the guest's lock of that key (KEY_CAPSLOCK, KEY_NUMLOCK, KEY_SCROLLLOCK) on or off, going by
 * what its lamps told last. */
void oriel_spice_inputs_set_lock(struct oriel_spice_inputs *inputs, uint32_t key, bool on);
void oriel_spice_inputs_button(struct oriel_spice_inputs *inputs, uint32_t button, bool pressed);
/* On a screen of width_px x height_px, whatever size the SPICE display has. */
void oriel_spice_inputs_move_to(struct oriel_spice_inputs *inputs, int32_t x_px, int32_t y_px,
	uint32_t width_px, uint32_t height_px);
void oriel_spice_inputs_move_by(struct oriel_spice_inputs *inputs, int32_t x_px, int32_t y_px);
/* In 1/120 of a notch, positive is down; parts of a notch add up. */
void oriel_spice_inputs_wheel(struct oriel_spice_inputs *inputs, int32_t y_120);

#endif
