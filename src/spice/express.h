/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys that do not wait for the library: it queues what it is given and writes in a later turn of
 * the main loop, which takes longer than all the rest of a key's way (bench/README.md, input). A
 * key's message is put on the inputs channel's socket at once instead, where that is the same in
 * the end: a Unix socket, which takes a short message whole or not at all, without encryption, with
 * headers that carry no numbers, and nothing still queued in the library. Elsewhere the library
 * does it.
 *
 * Thread: the session's. Never blocks.
 */
#ifndef ORIEL_SPICE_EXPRESS_H
#define ORIEL_SPICE_EXPRESS_H

#include <spice-client.h>
#include <stdbool.h>

struct oriel_spice_express;

/* Before channel is connected; borrowed until destroy. */
struct oriel_spice_express *oriel_spice_express_create(SpiceInputsChannel *channel);
/* NULL is fine. */
void oriel_spice_express_destroy(struct oriel_spice_express *express);

/* The server has spoken on the channel: it is open. */
void oriel_spice_express_open(struct oriel_spice_express *express);
/* The library was given something, which later keys must not overtake. */
void oriel_spice_express_note(struct oriel_spice_express *express);

/* code: as the library takes it (spice/scancode.h). False: nothing was sent, the library has to. */
bool oriel_spice_express_key(struct oriel_spice_express *express, uint32_t code, bool pressed);

#endif
