/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which kind of store is the faster one here, learnt from the copies themselves. What a frame does
 * to the cache depends on more than its size: on who reads it and from which core, and on who else
 * uses the cache. So now and then a few frames are copied the other way, and the better way is
 * kept.
 *
 * Pure arithmetic on times passed in: no clock, no allocation, never blocks. One thread.
 */
#ifndef ORIEL_RELAY_COPY_TUNER_H
#define ORIEL_RELAY_COPY_TUNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/copy.h"

/* Copies are told apart by their size, in powers of two from 1 MiB on; smaller ones always fit. */
#define ORIEL_COPY_TUNER_CLASSES 7u

struct oriel_copy_tuner {
	struct {
		enum oriel_copy_kind kind; /* the better one so far */
		uint64_t cost[2];	   /* by kind, ns per MiB, 0: not known yet */
		uint32_t copies;
	} classes[ORIEL_COPY_TUNER_CLASSES];
};

/* Begins with what oriel_copy_choose() says of each size. */
void oriel_copy_tuner_init(struct oriel_copy_tuner *tuner);
/* How to copy the next bytes; always streamed where the target is write-combined. */
enum oriel_copy_kind oriel_copy_tuner_choose_rt(
	const struct oriel_copy_tuner *tuner, size_t bytes, bool target_write_combined);
/* That copy took elapsed_ns. */
void oriel_copy_tuner_learn_rt(struct oriel_copy_tuner *tuner, size_t bytes, uint64_t elapsed_ns);

#endif
