/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SIGBUS guard behind relay/region.h. Internal to src/relay, Linux only.
 *
 * add and remove may be called from any thread; the guard itself runs in a signal handler on the
 * thread that touched memory which is gone.
 */
#ifndef ORIEL_RELAY_GUARD_H
#define ORIEL_RELAY_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oriel_guard_slot;

/* page_bytes: what the mapping can be replaced by piecewise (2 MiB in huge pages). NULL when all
 * slots are taken: the region works, but is not guarded. */
struct oriel_guard_slot *oriel_guard_add(uint8_t *base, size_t size_bytes, size_t page_bytes);
/* Before unmapping. NULL is fine. */
void oriel_guard_remove(struct oriel_guard_slot *slot);
/* True once zero pages were put in place of lost ones. NULL: false. */
bool oriel_guard_has_lost(const struct oriel_guard_slot *slot);

#endif
