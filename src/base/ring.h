/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fixed ring of records between exactly one writing and one reading thread. Lock-free, waits for
 * nobody, allocates only in create.
 */
#ifndef ORIEL_BASE_RING_H
#define ORIEL_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct oriel_ring;

/* count: a power of two. NULL when memory is short or count is no power of two. */
struct oriel_ring *oriel_ring_create(size_t record_bytes, size_t count);
void oriel_ring_destroy(struct oriel_ring *ring);

/* False when full: nothing was written. Writing thread only. */
bool oriel_ring_push_rt(struct oriel_ring *ring, const void *record);
/* False when empty: *ret_record is untouched. Reading thread only. */
bool oriel_ring_pop_rt(struct oriel_ring *ring, void *ret_record);

#endif
