/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/sabotage.h"

#include <stdlib.h>

#include "harness/peer/raw.h"

static uint32_t nasty(void)
{
	static const uint32_t values[] = {
		0, 1, 2, 3, 20, 21, 63, 64, 65, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	uint32_t pick = (uint32_t)rand() % (sizeof(values) / sizeof(values[0]) + 2);

	return pick < sizeof(values) / sizeof(values[0]) ? values[pick] : (uint32_t)rand() * 3u;
}

/* Queue blocks in the order in which every known guest creates them. */
static uint8_t *get_block(struct peer_viewer *viewer, uint32_t index)
{
	return viewer->base + RAW_QUEUES + (size_t)RAW_QUEUE_BYTES * index;
}

static void hold_frame_lock(struct peer_viewer *viewer)
{
	raw_store32(get_block(viewer, 0), RAW_Q_LOCK, 1);
}

static void hold_pointer_lock(struct peer_viewer *viewer)
{
	raw_store32(get_block(viewer, 1), RAW_Q_LOCK, 1);
}

static void hold_message_lock(struct peer_viewer *viewer)
{
	raw_store32(get_block(viewer, 1), RAW_Q_CM_LOCK, 1);
	raw_store32(get_block(viewer, 1), RAW_Q_CM_FREE, 3);
}

/* The size the stock host copies unchecked. */
static void long_messages(struct peer_viewer *viewer)
{
	uint8_t *block = get_block(viewer, 1);

	for (uint32_t i = 0; i < RAW_CM_SLOTS; i++)
		raw_store32(block, RAW_Q_CM_SLOTS + RAW_CM_SLOT_BYTES * i, 0xffffffff);
	raw_store32(block, RAW_Q_CM_FREE, 0);
	raw_add32(block, RAW_Q_CM_WRITTEN, 1);
}

static void wild_messages(struct peer_viewer *viewer)
{
	uint8_t *block = get_block(viewer, 1);

	raw_store32(block,
		RAW_Q_CM_SLOTS + RAW_CM_SLOT_BYTES * ((uint32_t)rand() % 10) +
			(uint32_t)rand() % 17 * 4,
		nasty());
	raw_store32(block, RAW_Q_CM_FREE, nasty());
	raw_store32(block, RAW_Q_CM_WRITE, nasty());
	raw_store32(block, RAW_Q_CM_WRITTEN, nasty());
	raw_store32(block, RAW_Q_CM_READ, nasty());
}

static void wild_ids(struct peer_viewer *viewer)
{
	uint8_t *block = get_block(viewer, (uint32_t)rand() & 1);

	for (uint32_t i = 0; i < 32; i++) {
		raw_store32(block, RAW_Q_CLIENT + 4 * i, nasty());
		raw_store64(block, RAW_Q_TIMEOUT + 8 * i, (uint64_t)nasty() << 32 | nasty());
	}
	raw_store64(block, RAW_Q_SUBS, (uint64_t)nasty() << 32 | nasty());
}

static void take_all_slots(struct peer_viewer *viewer)
{
	for (uint32_t i = 0; i < 2; i++)
		raw_store64(get_block(viewer, i), RAW_Q_SUBS, 0xffffffff00000000u);
}

/* Bits nobody ever clears. */
static void stuck_pending(struct peer_viewer *viewer)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t *slot = viewer->base + viewer->frame.slots;

		for (uint32_t j = 0; i == 0 && j < viewer->frame.length; j++)
			raw_store32(slot, RAW_M_BYTES * j + RAW_M_PENDING, 0xffffffff);
		raw_store64(get_block(viewer, i), RAW_Q_SUBS, 0xffffffff00000000u);
	}
}

static void wild_indices(struct peer_viewer *viewer)
{
	uint8_t *block = get_block(viewer, (uint32_t)rand() & 1);

	raw_store32(block, RAW_Q_START, nasty());
	raw_store32(block, RAW_Q_COUNT, nasty());
	raw_store32(block, RAW_Q_POSITION, nasty());
	raw_store64(block, RAW_Q_DEADLINE, (uint64_t)nasty() << 32 | nasty());
}

static void wild_blocks(struct peer_viewer *viewer)
{
	uint32_t at = (uint32_t)rand() % (RAW_HEADER_BYTES / 4 - 8) * 4 + RAW_QUEUES;

	raw_store32(viewer->base, at < RAW_HEADER_BYTES - 4 ? at : RAW_QUEUES, nasty());
}

static void wild_slots(struct peer_viewer *viewer)
{
	for (uint32_t i = 0; i < viewer->frame.length; i++)
		raw_store32(viewer->base,
			viewer->frame.slots + RAW_M_BYTES * i + (uint32_t)rand() % 4 * 4, nasty());
	raw_add32(get_block(viewer, 0), RAW_Q_NEW, 1);
}

static void wild_frames(struct peer_viewer *viewer)
{
	uint32_t slot = viewer->frame.slots + RAW_M_BYTES * ((uint32_t)rand() % 3);
	uint32_t frame = raw_load32(viewer->base, slot + RAW_M_OFFSET);

	if (frame >= RAW_HEADER_BYTES && frame < viewer->size_bytes - RAW_FRAME_BYTES &&
		!(frame & 3))
		raw_store32(viewer->base, frame + (uint32_t)rand() % 14 * 4, nasty());
}

static void wipe(struct peer_viewer *viewer)
{
	memset(viewer->base, 0, RAW_HEADER_BYTES);
}

const struct peer_sabotage peer_sabotages[] = {
	{"hold-frame-lock", "frame queue locked for ever", hold_frame_lock},
	{"hold-pointer-lock", "pointer queue locked for ever", hold_pointer_lock},
	{"hold-message-lock", "client messages locked for ever", hold_message_lock},
	{"long-messages", "client messages of 4294967295 bytes", long_messages},
	{"wild-messages", "client message ring anywhere", wild_messages},
	{"wild-ids", "subscriber ids, bits and timeouts anywhere", wild_ids},
	{"take-all-slots", "all 32 subscriber slots taken", take_all_slots},
	{"stuck-pending", "pending bits that nobody clears", stuck_pending},
	{"wild-indices", "start, count and position rewritten", wild_indices},
	{"wild-blocks", "any word of any queue block", wild_blocks},
	{"wild-slots", "descriptors rewritten, newcomers announced", wild_slots},
	{"wild-frames", "frame structures rewritten", wild_frames},
	{"wipe", "the header wiped again and again", wipe},
	{NULL},
};

const struct peer_sabotage *peer_sabotage_find(const char *name)
{
	for (const struct peer_sabotage *i = peer_sabotages; i->name; i++) {
		if (!strcmp(i->name, name))
			return i;
	}
	return NULL;
}
