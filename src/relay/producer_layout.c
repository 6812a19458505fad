/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/producer_private.h"

#include <errno.h>

/* Rounds up; alignment: a power of two. */
static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

/* Takes bytes from the free space and returns where they start. 64 bits, so that a sum never wraps;
 * the plan is checked against the region at its end. */
static uint32_t take(uint64_t *next_free, uint64_t bytes, uint64_t alignment)
{
	uint64_t start = align_up(*next_free, alignment);

	*next_free = start + align_up(bytes, alignment);
	return (uint32_t)start;
}

/* The stock guest program's order and sizes. Its two frame slots are each half of what is left,
 * rounded up to the alignment; in an aligned region that is the largest multiple of the alignment
 * of which two fit, and taking that keeps the second inside regions of any size. */
int oriel_producer_layout_plan(struct producer_layout *ret_layout, size_t region_bytes,
	uint32_t udata_bytes, size_t alignment_bytes)
{
	uint64_t next_free = sizeof(struct b7_header) + udata_bytes;
	struct producer_layout layout = {.alignment_bytes = (uint32_t)alignment_bytes};
	uint64_t slots, slot_bytes;

	layout.frame_ring = take(&next_free, (B7_FRAME_LENGTH + 1) * sizeof(struct b7_message), 4);
	layout.pointer_ring =
		take(&next_free, (B7_POINTER_LENGTH + 1) * sizeof(struct b7_message), 4);
	layout.position_buffers =
		take(&next_free, PRODUCER_POSITION_BUFFERS * PRODUCER_POSITION_BYTES, 4);
	layout.shape_buffers = take(&next_free, PRODUCER_SHAPE_BUFFERS * PRODUCER_SHAPE_BYTES, 4);

	slots = align_up(next_free, alignment_bytes);
	if (slots >= region_bytes)
		return -ENOSPC;
	slot_bytes = (region_bytes - slots) / PRODUCER_FRAME_SLOTS & ~(alignment_bytes - 1);
	/* The header takes one alignment unit; a slot without room for pixels is none. */
	if (slot_bytes <= alignment_bytes)
		return -ENOSPC;
	layout.frame_slots = (uint32_t)slots;
	layout.frame_slot_bytes = (uint32_t)slot_bytes;
	*ret_layout = layout;
	return 0;
}
