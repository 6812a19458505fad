/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/attack.h"

#include "harness/peer/pattern.h"
#include "harness/peer/raw.h"

#define PAGE_BYTES 4096u

/* ---- chance --------------------------------------------------------------------------------- */

static uint64_t chance_state = 0x9e3779b97f4a7c15u;

void peer_attack_seed(uint64_t seed)
{
	chance_state = seed * 2 + 1;
}

static uint32_t chance(void)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (uint32_t)(chance_state >> 16);
}

/* Values at which checks break, and now and then any value at all. */
static uint32_t nasty(const struct peer_guest *guest)
{
	const uint32_t size = (uint32_t)guest->size_bytes;
	const uint32_t values[] = {0, 1, 2, 3, 4, 20, 21, 31, 32, 63, 64, 65, 255, 256, 4095, 4096,
		5760, 16384, 16385, 65536, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, size,
		size - 1, size - 4, size - 1084, size + 1, guest->frame_buffers[0],
		guest->frame_buffers[1], guest->frame_bytes};
	uint32_t pick = chance() % (sizeof(values) / sizeof(values[0]) + 4);

	return pick < sizeof(values) / sizeof(values[0]) ? values[pick] : chance();
}

/* ---- posting without asking anybody --------------------------------------------------------- */

static void force_post(struct peer_guest *guest, enum peer_queue queue, uint32_t udata,
	uint32_t size, uint32_t offset)
{
	struct peer_ring *ring = &guest->rings[queue];
	uint8_t *slot = guest->base + ring->slots + (size_t)RAW_M_BYTES * ring->position;
	const uint32_t message[3] = {udata, size, offset};

	memcpy(slot, message, sizeof(message));
	raw_store32(slot, RAW_M_PENDING, 0xffffffff);
	ring->position = (ring->position + 1) % ring->length;
	raw_store32(guest->base + ring->block, RAW_Q_COUNT, ring->length - 1);
	raw_store32(guest->base + ring->block, RAW_Q_POSITION, ring->position);
}

/* A correct frame header in the next buffer, not posted. */
static uint32_t prepare_frame(struct peer_guest *guest)
{
	uint32_t buffer = guest->frame_buffers[guest->next_frame];
	uint32_t rows, pitch;

	pitch = peer_guest_fill_frame(guest, buffer, guest->serial++, &rows);
	raw_store32(guest->base, buffer + guest->alignment - 4, pitch * rows);
	guest->next_frame ^= 1;
	return buffer;
}

/* ---- the attacks ---------------------------------------------------------------------------- */

static void noise_words(struct peer_guest *guest)
{
	static const uint32_t fields[] = {RAW_Q_ID, RAW_Q_LENGTH, RAW_Q_NEW, RAW_Q_MAX_TIME,
		RAW_Q_POSITION, RAW_Q_RING, RAW_Q_TIMEOUT, RAW_Q_CLIENT, RAW_Q_LOCK, RAW_Q_SUBS,
		RAW_Q_SUBS + 4, RAW_Q_START, RAW_Q_DEADLINE, RAW_Q_COUNT, RAW_Q_CM_LOCK,
		RAW_Q_CM_FREE, RAW_Q_CM_WRITE, RAW_Q_CM_WRITTEN, RAW_Q_CM_READ};
	static const uint32_t header[] = {RAW_MAGIC, RAW_VERSION, RAW_SESSION, RAW_TIMESTAMP,
		RAW_QUEUE_COUNT, RAW_UDATA_BYTES};
	uint32_t pick = chance() % 64;
	uint32_t block = RAW_QUEUES + RAW_QUEUE_BYTES * (chance() % 5);
	uint32_t ring_bytes = RAW_M_BYTES * (guest->rings[0].length + guest->rings[1].length);

	if (pick < 6)
		raw_store32(guest->base, header[pick], nasty(guest));
	else if (pick < 40)
		raw_store32(guest->base,
			block + fields[chance() % (sizeof(fields) / sizeof(fields[0]))],
			nasty(guest));
	else if (pick < 56)
		raw_store32(guest->base, guest->rings[0].slots + chance() % ring_bytes / 4 * 4,
			nasty(guest));
	else
		raw_store32(guest->base, guest->frame_buffers[chance() & 1] + chance() % 272 * 4,
			nasty(guest));
}

static void noise_pages(struct peer_guest *guest)
{
	static const uint32_t pages[] = {0, 1, 2};
	uint32_t page = pages[chance() % 3] * PAGE_BYTES;

	if (chance() % 4 == 0)
		page = guest->frame_buffers[chance() & 1];
	for (uint32_t at = 0; at < PAGE_BYTES; at += 4)
		raw_store32(guest->base, page + at, chance());
}

static void hold_lock(struct peer_guest *guest, enum peer_queue queue, uint32_t lock)
{
	raw_store32(guest->base + guest->rings[queue].block, lock, 1);
}

static void hold_frame_lock(struct peer_guest *guest)
{
	hold_lock(guest, PEER_FRAME, RAW_Q_LOCK);
	force_post(guest, PEER_FRAME, 0, guest->frame_bytes, prepare_frame(guest));
}

static void hold_pointer_lock(struct peer_guest *guest)
{
	hold_lock(guest, PEER_POINTER, RAW_Q_LOCK);
	force_post(guest, PEER_POINTER, RAW_CURSOR_POSITION, RAW_CURSOR_BYTES,
		guest->position_buffers[0]);
}

static void hold_message_lock(struct peer_guest *guest)
{
	hold_lock(guest, PEER_POINTER, RAW_Q_CM_LOCK);
}

static void never_acknowledge(struct peer_guest *guest)
{
	raw_store32(guest->base + guest->rings[PEER_POINTER].block, RAW_Q_CM_FREE, 0);
}

static void stop_heart(struct peer_guest *guest)
{
	(void)guest;
}

static void keep_wp(struct peer_guest *guest, uint32_t wp)
{
	uint32_t buffer = prepare_frame(guest);

	raw_store32(guest->base, buffer + guest->alignment - 4, wp);
	force_post(guest, PEER_FRAME, 0, guest->frame_bytes, buffer);
}

static void freeze_wp(struct peer_guest *guest)
{
	keep_wp(guest, 0);
}

static void crawl_wp(struct peer_guest *guest)
{
	uint32_t buffer = guest->frame_buffers[0];

	if (chance() % 64 == 0)
		keep_wp(guest, 4);
	raw_add32(guest->base, buffer + guest->alignment - 4, 4);
}

static void wild_wp(struct peer_guest *guest)
{
	keep_wp(guest, nasty(guest));
}

static void flood_frames(struct peer_guest *guest)
{
	for (int i = 0; i < 100; i++)
		force_post(guest, PEER_FRAME, 0, guest->frame_bytes, prepare_frame(guest));
}

static void flood_cursors(struct peer_guest *guest)
{
	for (int i = 0; i < 1000; i++)
		force_post(guest, PEER_POINTER, chance() & 7, PEER_SHAPE_BYTES,
			guest->shape_buffers[chance() % PEER_SHAPE_BUFFERS]);
}

static void wild_offsets(struct peer_guest *guest)
{
	enum peer_queue queue = chance() & 1 ? PEER_FRAME : PEER_POINTER;

	prepare_frame(guest);
	force_post(guest, queue, chance() & 7, nasty(guest), nasty(guest));
}

static void wild_positions(struct peer_guest *guest)
{
	uint8_t *block = guest->base + guest->rings[chance() & 1].block;

	raw_store32(block, RAW_Q_POSITION, nasty(guest));
	raw_store32(block, RAW_Q_START, nasty(guest));
	raw_store32(block, RAW_Q_COUNT, nasty(guest));
}

static void flip_sessions(struct peer_guest *guest)
{
	raw_store32(guest->base, RAW_SESSION, chance());
}

static void wild_frames(struct peer_guest *guest)
{
	uint32_t buffer = prepare_frame(guest);
	uint32_t fields = 1 + chance() % 4;

	while (fields--)
		raw_store32(guest->base, buffer + chance() % 14 * 4, nasty(guest));
	force_post(guest, PEER_FRAME, 0, guest->frame_bytes, buffer);
	raw_store32(guest->base, buffer + 48, guest->alignment - 4);
}

static void wild_damage(struct peer_guest *guest)
{
	uint32_t buffer = prepare_frame(guest);

	raw_store32(guest->base, buffer + 52, chance() % 66);
	for (uint32_t i = 0; i < 4 * PEER_RECTS_MAX; i++)
		raw_store32(guest->base, buffer + 56 + 4 * i, nasty(guest));
	force_post(guest, PEER_FRAME, 0, guest->frame_bytes, buffer);
}

static void wild_cursors(struct peer_guest *guest)
{
	uint32_t buffer = guest->shape_buffers[chance() % PEER_SHAPE_BUFFERS];

	for (uint32_t at = 0; at < RAW_CURSOR_BYTES; at += 4)
		raw_store32(guest->base, buffer + at, nasty(guest));
	force_post(guest, PEER_POINTER, chance(), PEER_SHAPE_BYTES, buffer);
}

static void steal_subscription(struct peer_guest *guest)
{
	uint8_t *block = guest->base + guest->rings[chance() & 1].block;

	if (chance() % 50)
		return;
	if (chance() & 1)
		raw_store64(block, RAW_Q_SUBS, (uint64_t)chance() << 32 | chance());
	else
		raw_store32(block, RAW_Q_CLIENT, chance());
}

static void take_all_slots(struct peer_guest *guest)
{
	for (enum peer_queue i = 0; i < PEER_QUEUES; i++)
		raw_store64(guest->base + guest->rings[i].block, RAW_Q_SUBS, 0xffffffff00000000u);
	raw_add32(guest->base, RAW_SESSION, chance() % 100 == 0);
}

static void wild_udata(struct peer_guest *guest)
{
	raw_store32(guest->base, RAW_UDATA_BYTES, nasty(guest));
	for (uint32_t i = 0; i < 32; i++)
		guest->base[RAW_UDATA + chance() % 256] = (uint8_t)chance();
	raw_store32(guest->base, RAW_SESSION, chance() % 4);
}

static void wild_queues(struct peer_guest *guest)
{
	uint8_t *block = guest->base + guest->rings[chance() & 1].block;

	raw_store32(guest->base, RAW_QUEUE_COUNT, nasty(guest));
	raw_store32(block, RAW_Q_LENGTH, nasty(guest));
	raw_store32(block, RAW_Q_RING, nasty(guest));
	raw_store32(block, RAW_Q_MAX_TIME, nasty(guest));
	raw_store32(guest->base, RAW_SESSION, chance() % 4);
}

static void other_version(struct peer_guest *guest)
{
	raw_store32(guest->base, RAW_SESSION, guest->session_id ^ 1);
	raw_store32(guest->base, RAW_VERSION, 12);
}

static void no_magic(struct peer_guest *guest)
{
	raw_store32(guest->base, RAW_MAGIC, 0);
}

static void turn_clock_back(struct peer_guest *guest)
{
	raw_store64(guest->base, RAW_TIMESTAMP, chance());
}

const struct peer_attack peer_attacks[] = {
	{"noise-words", "nasty values into single control words", noise_words, false},
	{"noise-pages", "random pages over header, rings and frame headers", noise_pages, false},
	{"hold-frame-lock", "frame queue locked for ever", hold_frame_lock, false},
	{"hold-pointer-lock", "pointer queue locked for ever", hold_pointer_lock, false},
	{"hold-message-lock", "client messages locked for ever", hold_message_lock, false},
	{"never-acknowledge", "no room for client messages", never_acknowledge, false},
	{"stop-heart", "timestamp stands still", stop_heart, true},
	{"freeze-wp", "frames whose pixels never come", freeze_wp, false},
	{"crawl-wp", "pixels that come four bytes at a time", crawl_wp, false},
	{"wild-wp", "write pointer anywhere", wild_wp, false},
	{"flood-frames", "frames without waiting for anybody", flood_frames, false},
	{"flood-cursors", "cursors without waiting for anybody", flood_cursors, false},
	{"wild-offsets", "payloads anywhere, of any size", wild_offsets, false},
	{"wild-positions", "ring indices anywhere", wild_positions, false},
	{"flip-sessions", "another session id at every turn", flip_sessions, false},
	{"wild-frames", "frame headers with nasty fields", wild_frames, false},
	{"wild-damage", "damage rectangles anywhere", wild_damage, false},
	{"wild-cursors", "cursor headers with nasty fields", wild_cursors, false},
	{"steal-subscription", "subscriber bits and ids rewritten", steal_subscription, false},
	{"take-all-slots", "no subscriber slot free", take_all_slots, false},
	{"wild-udata", "application data anywhere", wild_udata, false},
	{"wild-queues", "queue blocks with nasty fields", wild_queues, false},
	{"other-version", "another LGMP version, alive", other_version, false},
	{"no-magic", "magic wiped", no_magic, false},
	{"turn-clock-back", "timestamps in no order", turn_clock_back, false},
	{NULL},
};

const struct peer_attack *peer_attack_find(const char *name)
{
	for (const struct peer_attack *i = peer_attacks; i->name; i++) {
		if (!strcmp(i->name, name))
			return i;
	}
	return NULL;
}
