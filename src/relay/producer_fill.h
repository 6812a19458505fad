/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copying a picture's pixels into its slot and telling the readers how far it is (protocol 4.7).
 * Capture thread; no lock, no state of its own. Only src/relay/producer*.c.
 */
#ifndef ORIEL_RELAY_PRODUCER_FILL_H
#define ORIEL_RELAY_PRODUCER_FILL_H

#include "base/frame.h"
#include "relay/copy_tuner.h"

struct producer_fill {
	struct oriel_picture picture; /* as it lies in the slot */
	struct oriel_damage lacks;    /* what the slot has yet to get; sorted in place */
	uint32_t *write_pointer;      /* the slot's pixels follow it */
	bool write_combined;
	struct oriel_copy_tuner *tuner;
	const uint8_t *source;
	size_t source_pitch_bytes;
};

/* Returns the bytes copied. */
uint64_t oriel_producer_fill_rt(struct producer_fill *fill);

#endif
