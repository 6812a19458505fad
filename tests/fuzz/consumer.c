/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's end over a whole mapping. A script changes the mapping between the consumer's steps
 * as a guest could, from a correct session to any bytes anywhere; whatever is handed out must keep
 * the promises of relay/consumer.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "fuzz/target.h"
#include "harness/peer/guest.h"
#include "harness/peer/raw.h"
#include "relay/consumer_state.h"

#define REGION_BYTES (4u << 20)
#define CONTROL_BYTES 8192u /* header, rings and what follows them closely */
#define START_NS (1000 * ORIEL_NS_PER_S)
#define STEPS_MAX 400u

struct world {
	int fd;
	char path[32];
	struct peer_guest guest;
	uint8_t control[CONTROL_BYTES]; /* as it is right after the start of a session */
	struct oriel_consumer *consumer;
	uint64_t timestamp_ms;
	bool is_cut; /* the file: nothing may be written */
};

static struct world world;

/* ---- what the guest can do ------------------------------------------------------------------ */

static void begin_session(struct fuzz_script *script)
{
	if (world.is_cut)
		return;
	memcpy(world.guest.base, world.control, sizeof world.control);
	for (int i = 0; i < 2; i++)
		raw_store32(world.guest.base, world.guest.frame_buffers[i] + 48, 4092);
	world.guest.rings[0].position = world.guest.rings[1].position = 0;
	raw_store32(world.guest.base, RAW_SESSION, fuzz_u8(script));
	raw_store64(world.guest.base, RAW_TIMESTAMP, world.timestamp_ms);
}

static void tick(struct fuzz_script *script)
{
	world.timestamp_ms += fuzz_u8(script);
	if (!world.is_cut)
		raw_store64(world.guest.base, RAW_TIMESTAMP, world.timestamp_ms);
}

static void poke_word(struct fuzz_script *script)
{
	uint32_t at = fuzz_u16(script) % (CONTROL_BYTES / 4) * 4;
	uint32_t value = fuzz_u32(script);

	if (!world.is_cut)
		raw_store32(world.guest.base, at, value);
}

static void poke_frame(struct fuzz_script *script)
{
	uint32_t frame = world.guest.frame_buffers[fuzz_u8(script) & 1];
	uint32_t at = fuzz_u16(script) % 1025 * 4;
	uint32_t value = fuzz_u32(script);

	if (!world.is_cut)
		raw_store32(world.guest.base, frame + at, value);
}

static void poke_bytes(struct fuzz_script *script)
{
	uint32_t at = fuzz_u32(script) % (REGION_BYTES - UINT16_MAX);
	size_t bytes = fuzz_u16(script);

	if (!world.is_cut)
		fuzz_read(script, world.guest.base + at, bytes);
}

/* Posts without asking whether there is room. */
static void post(enum peer_queue queue, uint32_t udata, uint32_t size, uint32_t offset)
{
	struct peer_ring *ring = &world.guest.rings[queue];
	uint8_t *slot = world.guest.base + ring->slots + RAW_M_BYTES * ring->position;

	if (world.is_cut)
		return;
	memcpy(slot, (uint32_t[]){udata, size, offset}, 12);
	raw_store32(slot, RAW_M_PENDING, 0xffffffff);
	ring->position = (ring->position + 1) % ring->length;
	raw_add32(world.guest.base + ring->block, RAW_Q_COUNT, 1);
	raw_store32(world.guest.base + ring->block, RAW_Q_POSITION, ring->position);
}

static void post_frame(struct fuzz_script *script)
{
	static const uint32_t types[] = {1, 2, 3, 4, 5, 6, 1, 1};
	uint8_t what = fuzz_u8(script);
	uint32_t frame = world.guest.frame_buffers[what & 1];
	uint32_t rows;

	if (world.is_cut)
		return;
	world.guest.mode = (struct peer_mode){.type = types[what >> 1 & 7],
		.width_px = 1 + fuzz_u8(script),
		.height_px = 1 + fuzz_u8(script),
		.rotation = what >> 4 & 3,
		.damage = what >> 6 & 1 ? PEER_DAMAGE_TILES : PEER_DAMAGE_FULL};
	world.guest.has_frame = true;
	peer_guest_fill_frame(&world.guest, frame, world.guest.serial, &rows);
	world.guest.serial += what >> 7;
	raw_store32(world.guest.base, frame + 4092, fuzz_u8(script) ? UINT32_MAX : 0);
	post(PEER_FRAME, 0, world.guest.frame_bytes, frame);
}

static void post_cursor(struct fuzz_script *script)
{
	uint32_t shape = world.guest.shape_buffers[fuzz_u8(script) % PEER_SHAPE_BUFFERS];
	uint8_t cursor[24] = {0};

	fuzz_read(script, cursor, sizeof cursor);
	if (!world.is_cut)
		memcpy(world.guest.base + shape, cursor, sizeof cursor);
	post(PEER_POINTER, fuzz_u8(script), PEER_SHAPE_BYTES, shape);
}

static void post_anything(struct fuzz_script *script)
{
	uint32_t words[4] = {0};

	fuzz_read(script, words, sizeof words);
	post(words[3] & 1, words[0], words[1], words[2]);
}

/* The file becomes shorter, or whole again with zeros where it was cut. */
static void cut(struct fuzz_script *script)
{
	uint32_t pages = fuzz_u16(script) % (REGION_BYTES / 4096 + 1);

	world.is_cut = pages < REGION_BYTES / 4096;
	if (ftruncate(world.fd, (off_t)pages * 4096))
		abort();
}

/* ---- what the viewer does ------------------------------------------------------------------- */

static void step(struct fuzz_script *script)
{
	fuzz_advance_clock_ns(fuzz_u8(script) * 4 * ORIEL_NS_PER_MS);
	oriel_consumer_step_rt(world.consumer, oriel_time_now_ns());
	fuzz_require(*oriel_consumer_get_reason(world.consumer));
	oriel_consumer_get_wait_ns(world.consumer, oriel_time_now_ns());
}

static void check_frame(const struct oriel_frame *frame)
{
	const struct oriel_codec_map *map = &world.consumer->session.map;
	const struct oriel_picture *picture = &frame->picture;

	fuzz_require(oriel_pixel_get_info(picture->format));
	fuzz_require((unsigned)picture->rotation <= ORIEL_ROTATE_270);
	fuzz_require(picture->rows && picture->rows <= picture->height_px);
	fuzz_require(picture->width_px && picture->width_px <= 16384);
	fuzz_require(picture->height_px <= 16384);
	fuzz_require(oriel_picture_get_row_bytes(picture) <= picture->pitch_bytes);
	fuzz_require((uint64_t)picture->rows * picture->pitch_bytes <= frame->size_bytes);
	fuzz_require(frame->pixels >= map->base + RAW_HEADER_BYTES);
	fuzz_require(frame->pixels + frame->size_bytes <= map->base + map->size_bytes);
	fuzz_require(frame->damage.count <= ORIEL_DAMAGE_MAX);
	for (uint32_t i = 0; i < frame->damage.count; i++) {
		const struct oriel_rect *rect = &frame->damage.rects[i];

		fuzz_require(rect->w && rect->h);
		fuzz_require((uint64_t)rect->x + rect->w <= picture->width_px);
		fuzz_require((uint64_t)rect->y + rect->h <= picture->height_px);
	}
}

static void take_frame(struct fuzz_script *script)
{
	uint8_t what = fuzz_u8(script);
	struct oriel_frame frame;

	if (oriel_consumer_take_frame_rt(world.consumer, oriel_time_now_ns(), &frame) != 1)
		return;
	check_frame(&frame);
	oriel_consumer_wait_bytes_rt(world.consumer, &frame, frame.size_bytes,
		oriel_time_now_ns() + 20 * ORIEL_NS_PER_MS);
	fuzz_require(
		oriel_consumer_get_arrived_bytes_rt(world.consumer, &frame) <= frame.size_bytes);
	if (what & 2)
		cut(script);
	if (what & 4)
		step(script);
	fuzz_touch(frame.pixels, 64);
	fuzz_touch(frame.pixels + frame.size_bytes - 1, 1);
	oriel_consumer_give_frame_rt(world.consumer, &frame, what & 1);
}

static void take_cursors(struct fuzz_script *script)
{
	struct oriel_cursor_update update;
	unsigned int taken = 0;

	(void)script;
	while (oriel_consumer_take_cursor_rt(world.consumer, &update)) {
		fuzz_require(++taken < 1000);
		if (!update.has_shape)
			continue;
		fuzz_require((unsigned)update.shape.type <= ORIEL_CURSOR_MASKED);
		fuzz_require(update.shape.width_px <= ORIEL_CURSOR_SIDE_MAX_PX);
		fuzz_require(update.shape.height_px <= ORIEL_CURSOR_SIDE_MAX_PX);
		fuzz_require(oriel_cursor_get_image_bytes(&update.shape) <= ORIEL_CURSOR_BYTES_MAX);
		fuzz_touch(update.shape.image, oriel_cursor_get_image_bytes(&update.shape));
	}
}

static void send_cursor(struct fuzz_script *script)
{
	int32_t x_px = (int32_t)fuzz_u32(script);

	oriel_consumer_send_cursor_rt(world.consumer, x_px, ~x_px);
}

static void check_guest(struct fuzz_script *script)
{
	const struct oriel_guest_info *guest = oriel_consumer_get_guest(world.consumer);

	(void)script;
	if (!guest)
		return;
	for (const char *c = guest->host_version; *c; c++)
		fuzz_require(*c >= ' ' && *c <= '~');
	fuzz_require(memchr(guest->host_version, 0, sizeof guest->host_version));
	fuzz_require(memchr(guest->capture, 0, sizeof guest->capture));
	fuzz_require(memchr(guest->cpu_model, 0, sizeof guest->cpu_model));
	fuzz_require(memchr(guest->os_name, 0, sizeof guest->os_name));
}

/* ---- the script ----------------------------------------------------------------------------- */

static void (*const deeds[])(struct fuzz_script *) = {
	step,
	tick,
	begin_session,
	poke_word,
	poke_frame,
	poke_bytes,
	post_frame,
	post_cursor,
	post_anything,
	take_frame,
	take_cursors,
	send_cursor,
	cut,
	check_guest,
};

static void set_up(void)
{
	oriel_log_set_level(ORIEL_LOG_ERROR);
	world.fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (world.fd < 0 || ftruncate(world.fd, REGION_BYTES))
		abort();
	snprintf(world.path, sizeof world.path, "/proc/self/fd/%d", world.fd);
	world.guest.base =
		mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, world.fd, 0);
	world.guest.size_bytes = REGION_BYTES;
	world.guest.features = 1;
	if (world.guest.base == MAP_FAILED || !peer_guest_begin(&world.guest, 1))
		abort();
	memcpy(world.control, world.guest.base, sizeof world.control);
}

/* The same for every input: an empty file and a consumer that has not looked at it. */
static void reset(void)
{
	if (!world.fd)
		set_up();
	if (ftruncate(world.fd, 0) || ftruncate(world.fd, REGION_BYTES))
		abort();
	world.is_cut = false;
	world.guest.serial = 0;
	world.guest.rings[0].position = world.guest.rings[1].position = 0;
	world.timestamp_ms = 1000;
	fuzz_set_clock_ns(START_NS);
	if (oriel_consumer_create(&world.consumer, world.path, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_script script = {data, data + size};

	reset();
	for (unsigned int i = 0; i < STEPS_MAX && script.at < script.end; i++)
		deeds[fuzz_u8(&script) % (sizeof deeds / sizeof deeds[0])](&script);
	oriel_consumer_destroy(world.consumer);
	return 0;
}
