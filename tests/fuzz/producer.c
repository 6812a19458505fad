/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's end over a whole mapping. A script lets viewers come, read and go, and changes
 * anything in the mapping as a hostile one could; the producer's frames must stay inside the
 * mapping and its session must be one that a viewer can find after the next step.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "fuzz/target.h"
#include "harness/peer/raw.h"
#include "relay/producer.h"

#define REGION_BYTES ORIEL_PRODUCER_MIN_BYTES
#define CONTROL_BYTES 8192u
#define GUARD_BYTES 4096u
#define GUARD_VALUE 0xa5
#define SIDE_MAX_PX 256u
#define STEPS_MAX 400u

static _Alignas(4096) uint8_t memory[REGION_BYTES + GUARD_BYTES];
static uint8_t pixels[SIDE_MAX_PX * SIDE_MAX_PX * 8];
static uint8_t image[ORIEL_CURSOR_BYTES_MAX];
static struct oriel_producer *producer;
static uint64_t now_ms;

/* ---- what viewers can do -------------------------------------------------------------------- */

static uint8_t *get_block(uint8_t which)
{
	return memory + RAW_QUEUES + (size_t)RAW_QUEUE_BYTES * (which & 1);
}

static void join(struct fuzz_script *script)
{
	uint8_t what = fuzz_u8(script);
	uint8_t *block = get_block(what);
	uint32_t id = what >> 1 & 31;
	uint64_t subs = raw_load64(block, RAW_Q_SUBS);

	raw_store32(block, RAW_Q_CLIENT + 4 * id, fuzz_u8(script));
	raw_store64(block, RAW_Q_SUBS, (subs | (uint64_t)1 << (id + 32)) & ~((uint64_t)1 << id));
	raw_add32(block, RAW_Q_NEW, 1);
}

static void leave(struct fuzz_script *script)
{
	uint8_t what = fuzz_u8(script);
	uint8_t *block = get_block(what);
	uint32_t id = what >> 1 & 31;

	raw_store64(block, RAW_Q_SUBS,
		raw_load64(block, RAW_Q_SUBS) & ~((uint64_t)1 << id | (uint64_t)1 << (id + 32)));
	raw_store32(block, RAW_Q_CLIENT + 4 * id, 0);
}

/* Everybody has read everything. */
static void read_all(struct fuzz_script *script)
{
	uint8_t *block = get_block(fuzz_u8(script));
	uint32_t ring = raw_load32(block, RAW_Q_RING);

	for (uint32_t i = 0; i < 21 && ring >= RAW_HEADER_BYTES && ring < CONTROL_BYTES - 400; i++)
		raw_store32(memory, (ring & ~3u) + RAW_M_BYTES * i + RAW_M_PENDING, 0);
}

static void send_message(struct fuzz_script *script)
{
	uint8_t *block = get_block(1);
	uint32_t index = raw_load32(block, RAW_Q_CM_WRITE) % RAW_CM_SLOTS;
	uint8_t *slot = block + RAW_Q_CM_SLOTS + RAW_CM_SLOT_BYTES * index;

	raw_store32(slot, 0, fuzz_u8(script) == 255 ? UINT32_MAX : 12);
	fuzz_read(script, slot + 4, 12);
	raw_store32(block, RAW_Q_CM_WRITE, (index + 1) % RAW_CM_SLOTS);
	raw_add32(block, RAW_Q_CM_FREE, UINT32_MAX);
	raw_add32(block, RAW_Q_CM_WRITTEN, 1);
}

static void poke_word(struct fuzz_script *script)
{
	uint32_t at = fuzz_u16(script) % (CONTROL_BYTES / 4) * 4;

	raw_store32(memory, at, fuzz_u32(script));
}

static void poke_bytes(struct fuzz_script *script)
{
	uint32_t at = fuzz_u32(script) % (REGION_BYTES - UINT16_MAX);
	size_t bytes = fuzz_u16(script);

	fuzz_read(script, memory + at, bytes);
}

/* ---- what the guest does -------------------------------------------------------------------- */

static void require_findable(void)
{
	fuzz_require(raw_load32(memory, RAW_MAGIC) == RAW_MAGIC_VALUE);
	fuzz_require(raw_load32(memory, RAW_VERSION) == 6);
	fuzz_require(raw_load32(memory, RAW_QUEUE_COUNT) == 2);
	fuzz_require(raw_load32(get_block(0), RAW_Q_ID) == RAW_FRAME_QUEUE);
	fuzz_require(raw_load32(get_block(1), RAW_Q_ID) == RAW_POINTER_QUEUE);
	fuzz_require(!raw_load32(get_block(0), RAW_Q_LOCK));
	fuzz_require(!raw_load32(get_block(1), RAW_Q_LOCK));
	fuzz_require(!raw_load32(get_block(1), RAW_Q_CM_LOCK));
}

static void step(struct fuzz_script *script)
{
	now_ms += 1 + fuzz_u8(script) * 8u;
	oriel_producer_step(producer, now_ms);
	require_findable();
}

static struct oriel_picture read_picture(struct fuzz_script *script)
{
	struct oriel_picture picture = {
		.format = (enum oriel_pixel_format)(1 + fuzz_u8(script) % (ORIEL_PIXEL_COUNT - 1)),
		.rotation = (enum oriel_rotation)(fuzz_u8(script) & 3),
		.width_px = 1u + fuzz_u8(script),
		.height_px = 1u + fuzz_u8(script),
	};

	picture.rows = picture.height_px;
	picture.screen_width_px = picture.width_px;
	picture.screen_height_px = picture.height_px;
	picture.pitch_bytes = oriel_picture_get_row_bytes(&picture);
	return picture;
}

static void read_damage(struct fuzz_script *script, const struct oriel_picture *picture,
	struct oriel_damage *damage)
{
	uint8_t count = fuzz_u8(script) % 80;

	oriel_damage_clear(damage);
	for (uint8_t i = 0; i < count; i++) {
		struct oriel_rect rect = {
			fuzz_u8(script), fuzz_u8(script), fuzz_u8(script), fuzz_u8(script)};

		oriel_rect_clip(&rect, picture->width_px, picture->height_px);
		oriel_damage_add(damage, rect);
	}
}

static void publish(struct fuzz_script *script)
{
	struct oriel_picture picture = read_picture(script);
	struct oriel_damage damage;
	bool is_full = fuzz_u8(script) & 1;

	if (!is_full)
		read_damage(script, &picture, &damage);
	oriel_producer_publish_rt(producer, &picture, pixels, is_full ? NULL : &damage);
}

static void publish_cursor(struct fuzz_script *script)
{
	struct oriel_cursor_shape shape = {
		.type = (enum oriel_cursor_type)(fuzz_u8(script) % 4),
		.width_px = fuzz_u16(script) % 1024,
		.height_px = fuzz_u16(script) % 1024,
		.pitch_bytes = fuzz_u16(script),
		.image = image,
	};
	int32_t x_px = (int32_t)fuzz_u32(script);

	if (oriel_cursor_get_image_bytes(&shape) <= sizeof image)
		oriel_producer_publish_cursor_rt(
			producer, x_px, ~x_px, true, fuzz_u8(script) & 1 ? &shape : NULL);
}

static void answer(struct fuzz_script *script)
{
	int32_t x_px, y_px;

	(void)script;
	if (oriel_producer_take_new_viewer(producer))
		oriel_producer_repeat_rt(producer);
	if (oriel_producer_take_new_pointer_viewer(producer))
		oriel_producer_repeat_cursor_rt(producer);
	if (oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px))
		fuzz_require(x_px >= INT16_MIN && x_px <= INT16_MAX && y_px >= INT16_MIN &&
			     y_px <= INT16_MAX);
}

/* ---- the script ----------------------------------------------------------------------------- */

static void (*const deeds[])(struct fuzz_script *) = {
	step,
	join,
	leave,
	read_all,
	send_message,
	poke_word,
	poke_bytes,
	publish,
	publish_cursor,
	answer,
};

static void reset(void)
{
	const struct oriel_producer_options options = {.accepts_set_cursor = true};

	oriel_log_set_level(ORIEL_LOG_ERROR);
	memset(memory, 0, CONTROL_BYTES);
	memset(memory + REGION_BYTES, GUARD_VALUE, GUARD_BYTES);
	now_ms = 1000;
	fuzz_set_clock_ns(1000 * ORIEL_NS_PER_S);
	if (oriel_producer_create(&producer, memory, REGION_BYTES, &options, now_ms, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_script script = {data, data + size};

	reset();
	for (unsigned int i = 0; i < STEPS_MAX && script.at < script.end; i++)
		deeds[fuzz_u8(&script) % (sizeof deeds / sizeof deeds[0])](&script);
	oriel_producer_destroy(producer);
	for (size_t i = 0; i < GUARD_BYTES; i++)
		fuzz_require(memory[REGION_BYTES + i] == GUARD_VALUE);
	return 0;
}
