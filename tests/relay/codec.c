/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The B7 codec by itself: the protocol's vectors from the viewer's side, and every check of its
 * section 10 against an image in which one word is wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "harness/image.h"
#include "relay/codec.h"
#include "relay/fake_viewer.h"

#define CLIENT 0x5eedu

static struct image image;
static struct oriel_codec_session session;
static struct oriel_codec_message message;
static uint8_t cursor_image[ORIEL_CURSOR_BYTES_MAX];

static const struct oriel_codec_ops *const b7 = &oriel_codec_b7;

static int set_up(void **state)
{
	image_create(&image, IMAGE_BYTES);
	image_start(&image, IMAGE_SESSION);
	session = (struct oriel_codec_session){
		.map = {image.base, image.size_bytes},
		.id = IMAGE_SESSION,
		.client_id = CLIENT,
	};
	return 0;
}

static int tear_down(void **state)
{
	image_destroy(&image);
	return 0;
}

static uint32_t word(uint32_t offset)
{
	uint32_t value;

	memcpy(&value, image.base + offset, sizeof value);
	return value;
}

static void set_word(uint32_t offset, uint32_t value)
{
	memcpy(image.base + offset, &value, sizeof value);
}

static void subscribe(enum oriel_codec_queue_kind kind)
{
	assert_int_equal(b7->subscribe(&session, kind), 0);
}

static int peek(enum oriel_codec_queue_kind kind)
{
	return b7->peek(&session, kind, 0, &message);
}

/* ---- vectors of section 8 ------------------------------------------------------------------- */

static void image_is_that_of_8_2(void **state)
{
	image_header(&image)->timestamp_ms = 0;
	assert_int_equal(fake_crc32(image.base, 6280), 0xc9da5424);
}

/* Everything but the listed words is as before. */
static void assert_changed(const uint8_t *before, const uint32_t *offsets, size_t count)
{
	for (uint32_t offset = 0; offset < 8192; offset += 4) {
		bool is_listed = false;

		for (size_t i = 0; i < count; i++)
			is_listed |= offsets[i] == offset;
		if (!is_listed)
			assert_memory_equal(before + offset, image.base + offset, 4);
	}
}

static void subscribe_is_8_3(void **state)
{
	static const uint32_t changed[] = {0x28, 0x138, 0x1c4};
	uint8_t before[8192];

	memcpy(before, image.base, sizeof before);
	subscribe(ORIEL_CODEC_FRAMES);
	assert_int_equal(word(0x28), 1);
	assert_int_equal(word(0x138), CLIENT);
	assert_int_equal(word(0x1c4), 1);
	assert_changed(before, changed, 3);
}

static void unsubscribe_is_8_8(void **state)
{
	static const uint32_t changed[] = {0x28};
	uint8_t before[8192];

	memcpy(before, image.base, sizeof before);
	subscribe(ORIEL_CODEC_FRAMES);
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(word(0x138), 0);
	assert_int_equal(word(0x1c4), 0);
	assert_changed(before, changed, 1);
	assert_false(session.queues[ORIEL_CODEC_FRAMES].subscribed);
}

static void done_is_8_5(void **state)
{
	struct b7_frame frame;

	subscribe(ORIEL_CODEC_FRAMES);
	frame = image_make_frame(&image);
	image_post_frame(&image, &frame);
	image_beat(&image, 30);
	assert_int_equal(word(0x1714), 1);
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), 1);
	assert_int_equal(message.offset_bytes, IMAGE_FRAME_0);
	assert_int_equal(message.size_bytes, IMAGE_FRAME_BYTES);
	assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), 0);
	assert_int_equal(word(0x1714), 0);
	assert_int_equal(word(0x1c8), 1);
	assert_int_equal(word(0x1d8), 0);
	assert_int_equal(word(0x1d0), 1000 + 30 + 1000);
	assert_int_equal(word(0x1b8), 0);
	assert_int_equal(session.queues[ORIEL_CODEC_FRAMES].next, 1);
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), 0);
}

static void send_cursor_is_8_6(void **state)
{
	static const uint8_t data[] = {0, 0, 0, 0, 0x64, 0, 0, 0, 0xfb, 0xff, 0xff, 0xff};

	subscribe(ORIEL_CODEC_POINTER);
	assert_int_equal(b7->send_cursor(&session, 100, -5), 0);
	assert_int_equal(word(0x4a0), 1);
	assert_int_equal(word(0x5b0), CLIENT);
	assert_int_equal(word(0x63c), 1);
	assert_int_equal(word(0x654), 0);
	assert_int_equal(word(0x658), 9);
	assert_int_equal(word(0x65c), 1);
	assert_int_equal(word(0x660), 1);
	assert_int_equal(word(0x668), 12);
	assert_memory_equal(image.base + 0x66c, data, sizeof data);
}

static void cursor_of_8_7_is_read(void **state)
{
	struct b7_cursor cursor = image_make_cursor();
	struct oriel_cursor_update update;

	subscribe(ORIEL_CODEC_POINTER);
	image_post_cursor(&image, 7, &cursor);
	assert_int_equal(peek(ORIEL_CODEC_POINTER), 1);
	assert_int_equal(b7->read_cursor(&session, &message, cursor_image, &update), 0);
	assert_true(update.has_position && update.visible && update.has_shape);
	assert_int_equal(update.x_px, 100);
	assert_int_equal(update.y_px, 50);
	assert_int_equal(update.shape.type, ORIEL_CURSOR_MONOCHROME);
	assert_int_equal(update.shape.width_px, 32);
	assert_int_equal(update.shape.height_px, 32);
	assert_int_equal(update.shape.hot_x_px, 3);
	assert_int_equal(update.shape.hot_y_px, 4);
	assert_int_equal(oriel_cursor_get_image_bytes(&update.shape), 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal(update.shape.image[i], i);
}

/* 8.11.2: flagged for not reading; the place is recycled only when its time is over. */
static void flagged_viewer_subscribes_anew_beside_its_old_place(void **state)
{
	struct b7_frame frame;

	subscribe(ORIEL_CODEC_FRAMES);
	frame = image_make_frame(&image);
	image_post_frame(&image, &frame);
	image_set_subs(&image, IMAGE_FRAMES, 1, 1);
	image_queue(&image, IMAGE_FRAMES)->timeout_ms[0] = 3000;
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), -ETIMEDOUT);
	assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), -ETIMEDOUT);
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	subscribe(ORIEL_CODEC_FRAMES);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 3);
	assert_int_equal(image_bad(&image, IMAGE_FRAMES), 1);
	assert_int_equal(session.queues[ORIEL_CODEC_FRAMES].subscriber, 1);

	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	image_beat(&image, 2001);
	subscribe(ORIEL_CODEC_FRAMES);
	assert_int_equal(session.queues[ORIEL_CODEC_FRAMES].subscriber, 0);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	assert_int_equal(image_bad(&image, IMAGE_FRAMES), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->timeout_ms[0], 0);
}

/* 8.11.3, T3 */
static void bits_of_an_earlier_owner_are_cleared(void **state)
{
	for (uint32_t i = 0; i < 3; i++)
		image_slot(&image, IMAGE_FRAMES, i)->pending = 0xff;
	subscribe(ORIEL_CODEC_FRAMES);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(image_slot(&image, IMAGE_FRAMES, i)->pending, 0xfe);
	image_slot(&image, IMAGE_FRAMES, 2)->pending = 0x3;
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(image_slot(&image, IMAGE_FRAMES, 2)->pending, 0x2);
}

/* 8.11.1 from this side: two posts wait, are read in order, and the ring wraps. */
static void messages_come_in_order_around_the_ring(void **state)
{
	subscribe(ORIEL_CODEC_FRAMES);
	for (uint32_t round = 0; round < 5; round++) {
		image_post(&image, IMAGE_FRAMES, 2 * round, 64, IMAGE_FRAME_0);
		image_post(&image, IMAGE_FRAMES, 2 * round + 1, 64, IMAGE_FRAME_1);
		for (uint32_t i = 0; i < 2; i++) {
			assert_int_equal(peek(ORIEL_CODEC_FRAMES), 1);
			assert_int_equal(message.udata, 2 * round + i);
			assert_int_equal(message.behind, 1 - i);
			assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), 0);
		}
		assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
		assert_int_equal(image_queue(&image, IMAGE_FRAMES)->start,
			image_queue(&image, IMAGE_FRAMES)->position);
	}
}

static void slot_of_another_viewer_is_left_for_it(void **state)
{
	subscribe(ORIEL_CODEC_FRAMES);
	image_set_subs(&image, IMAGE_FRAMES, 3, 0);
	image_post(&image, IMAGE_FRAMES, 0, 64, IMAGE_FRAME_0);
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), 1);
	assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), 0);
	assert_int_equal(image_slot(&image, IMAGE_FRAMES, 0)->pending, 2);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 1);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->start, 0);
}

/* ---- sessions, locks ------------------------------------------------------------------------ */

/* T5, T31 */
static void nothing_is_written_to_another_session(void **state)
{
	static uint8_t before[8192];

	subscribe(ORIEL_CODEC_FRAMES);
	subscribe(ORIEL_CODEC_POINTER);
	image_post(&image, IMAGE_FRAMES, 0, 64, IMAGE_FRAME_0);
	image_header(&image)->session_id++;
	memcpy(before, image.base, sizeof before);
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), -ESTALE);
	assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), -ESTALE);
	assert_int_equal(b7->send_cursor(&session, 1, 2), -ESTALE);
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(b7->subscribe(&session, ORIEL_CODEC_FRAMES), -ESTALE);
	assert_memory_equal(before, image.base, sizeof before);
}

static void place_of_another_client_is_not_touched(void **state)
{
	subscribe(ORIEL_CODEC_FRAMES);
	image_queue(&image, IMAGE_FRAMES)->client_id[0] = 0x1234;
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), -ETIMEDOUT);
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->client_id[0], 0x1234);
}

static void lost_place_is_told(void **state)
{
	subscribe(ORIEL_CODEC_FRAMES);
	image_set_subs(&image, IMAGE_FRAMES, 0, 0);
	assert_int_equal(peek(ORIEL_CODEC_FRAMES), -ETIMEDOUT);
	assert_int_equal(b7->done(&session, ORIEL_CODEC_FRAMES), -ETIMEDOUT);
}

static void full_house_is_told(void **state)
{
	image_set_subs(&image, IMAGE_FRAMES, 0xffffffff, 0);
	assert_int_equal(b7->subscribe(&session, ORIEL_CODEC_FRAMES), -ENOSPC);
	image_set_subs(&image, IMAGE_FRAMES, 0x7fffffff, 0);
	subscribe(ORIEL_CODEC_FRAMES);
	assert_int_equal(session.queues[ORIEL_CODEC_FRAMES].subscriber, 31);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 0xffffffff);
}

static void assert_busy(int result, uint64_t since_ns)
{
	uint64_t took_ns = oriel_time_now_ns() - since_ns;

	assert_int_equal(result, -EBUSY);
	assert_true(took_ns >= ORIEL_CONSUMER_LOCK_MS * ORIEL_NS_PER_MS);
}

/* T1 */
static void locks_are_waited_for_with_an_end(void **state)
{
	uint64_t now_ns = oriel_time_now_ns();

	image_queue(&image, IMAGE_FRAMES)->lock = 1;
	assert_busy(b7->subscribe(&session, ORIEL_CODEC_FRAMES), now_ns);
	image_queue(&image, IMAGE_FRAMES)->lock = 0;
	subscribe(ORIEL_CODEC_FRAMES);
	subscribe(ORIEL_CODEC_POINTER);
	image_post(&image, IMAGE_FRAMES, 0, 64, IMAGE_FRAME_0);
	image_queue(&image, IMAGE_FRAMES)->lock = 1;
	now_ns = oriel_time_now_ns();
	assert_busy(b7->done(&session, ORIEL_CODEC_FRAMES), now_ns);
	assert_int_equal(image_slot(&image, IMAGE_FRAMES, 0)->pending, 1);
	image_queue(&image, IMAGE_POINTER)->client_lock = 1;
	now_ns = oriel_time_now_ns();
	assert_busy(b7->send_cursor(&session, 1, 2), now_ns);
	b7->unsubscribe(&session, ORIEL_CODEC_FRAMES);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->lock, 1);
}

static void client_messages_have_an_end(void **state)
{
	subscribe(ORIEL_CODEC_POINTER);
	for (int i = 0; i < 10; i++)
		assert_int_equal(b7->send_cursor(&session, i, i), 0);
	assert_int_equal(word(0x65c), 0);
	assert_int_equal(b7->send_cursor(&session, 1, 2), -EAGAIN);
}

/* ---- section 10, one wrong word at a time --------------------------------------------------- */

struct wrong_word {
	const char *name;
	uint32_t offset;
	uint32_t value;
	int expected;
};

static const struct wrong_word before_subscribe[] = {
	{"no queue yet", 0x18, 0, -EAGAIN},
	{"six queues", 0x18, 6, -EBADMSG},
	{"four billion queues", 0x18, 0xffffffff, -EBADMSG},
	{"another queue", 0x20, 7, -EAGAIN},
	{"ring of one", 0x24, 1, -EBADMSG},
	{"ring of none", 0x24, 0, -EBADMSG},
	{"ring of 4096, the largest", 0x24, 4096, 0},
	{"ring of 4097", 0x24, 4097, -EBADMSG},
	{"ring of four billion", 0x24, 0xffffffff, -EBADMSG},
	{"ring that is not aligned", 0x34, 0x1709, -EBADMSG},
	{"ring inside the header", 0x34, 5756, -EBADMSG},
	{"ring right behind the header", 0x34, 5760, 0},
	{"ring up to the end", 0x34, IMAGE_BYTES - 48, 0},
	{"ring beyond the end", 0x34, IMAGE_BYTES - 44, -EBADMSG},
	{"ring that wraps", 0x34, 0xfffffff0, -EBADMSG},
	{"position outside", 0x30, 3, -EBADMSG},
	{"start outside", 0x1c8, 3, -EBADMSG},
	{"session changed", 0x08, 0x2a2b, -ESTALE},
	{"magic gone", 0x00, 0, -ESTALE},
};

static void subscribe_checks(void **state)
{
	for (size_t i = 0; i < sizeof before_subscribe / sizeof before_subscribe[0]; i++) {
		const struct wrong_word *wrong = &before_subscribe[i];
		int r;

		image_start(&image, IMAGE_SESSION);
		set_word(wrong->offset, wrong->value);
		r = b7->subscribe(&session, ORIEL_CODEC_FRAMES);
		if (r != wrong->expected)
			fail_msg("%s: %d instead of %d", wrong->name, r, wrong->expected);
		if (r < 0)
			assert_int_equal(image_on(&image, IMAGE_FRAMES), 0);
		assert_int_equal(image_queue(&image, IMAGE_FRAMES)->lock, 0);
	}
}

static const struct wrong_word before_peek[] = {
	{"nothing wrong", 0x18, 2, 1},
	{"position outside", 0x30, 3, -EBADMSG},
	{"position far outside", 0x30, 0xffffffff, -EBADMSG},
	{"length changed: the cached one counts", 0x24, 0, 1},
	{"ring moved: the cached one counts", 0x34, 0xfffffff0, 1},
	{"flagged", 0x1c0, 1, -ETIMEDOUT},
	{"not on", 0x1c4, 0, -ETIMEDOUT},
	{"another client", 0x138, 1, -ETIMEDOUT},
	{"session changed", 0x08, 0x2a2b, -ESTALE},
	{"magic gone", 0x00, 0, -ESTALE},
};

static void peek_checks(void **state)
{
	for (size_t i = 0; i < sizeof before_peek / sizeof before_peek[0]; i++) {
		const struct wrong_word *wrong = &before_peek[i];
		int r;

		image_start(&image, IMAGE_SESSION);
		subscribe(ORIEL_CODEC_FRAMES);
		image_post(&image, IMAGE_FRAMES, 0, IMAGE_FRAME_BYTES, IMAGE_FRAME_0);
		set_word(wrong->offset, wrong->value);
		r = peek(ORIEL_CODEC_FRAMES);
		if (r != wrong->expected)
			fail_msg("%s: %d instead of %d", wrong->name, r, wrong->expected);
	}
}

static const struct wrong_word before_done[] = {
	{"nothing wrong", 0x18, 2, 0},
	{"start outside", 0x1c8, 3, -EBADMSG},
	{"start elsewhere: retired by the guest", 0x1c8, 2, 0},
	{"count zero", 0x1d8, 0, -EBADMSG},
	{"count N", 0x1d8, 3, -EBADMSG},
	{"flagged", 0x1c0, 1, -ETIMEDOUT},
	{"session changed", 0x08, 0x2a2b, -ESTALE},
};

static void done_checks(void **state)
{
	for (size_t i = 0; i < sizeof before_done / sizeof before_done[0]; i++) {
		const struct wrong_word *wrong = &before_done[i];
		int r;

		image_start(&image, IMAGE_SESSION);
		subscribe(ORIEL_CODEC_FRAMES);
		image_post(&image, IMAGE_FRAMES, 0, IMAGE_FRAME_BYTES, IMAGE_FRAME_0);
		set_word(wrong->offset, wrong->value);
		r = b7->done(&session, ORIEL_CODEC_FRAMES);
		if (r != wrong->expected)
			fail_msg("%s: %d instead of %d", wrong->name, r, wrong->expected);
		assert_int_equal(image_queue(&image, IMAGE_FRAMES)->lock, 0);
	}
}

static const struct wrong_word before_send[] = {
	{"more than ten free", 0x658, 11, -EBADMSG},
	{"write index outside", 0x65c, 10, -EBADMSG},
	{"none free", 0x658, 0, -EAGAIN},
	{"flagged", 0x638, 1, -ETIMEDOUT},
};

static void send_checks(void **state)
{
	for (size_t i = 0; i < sizeof before_send / sizeof before_send[0]; i++) {
		const struct wrong_word *wrong = &before_send[i];
		int r;

		image_start(&image, IMAGE_SESSION);
		subscribe(ORIEL_CODEC_POINTER);
		set_word(wrong->offset, wrong->value);
		r = b7->send_cursor(&session, 1, 2);
		if (r != wrong->expected)
			fail_msg("%s: %d instead of %d", wrong->name, r, wrong->expected);
		assert_int_equal(word(0x660), 0);
		assert_int_equal(word(0x654), 0);
	}
}

struct wrong_payload {
	const char *name;
	uint32_t size, offset;
	bool is_sound;
};

static const struct wrong_payload wrong_payloads[] = {
	{"as it should be", IMAGE_FRAME_BYTES, IMAGE_FRAME_0, true},
	{"up to the end", IMAGE_FRAME_BYTES, IMAGE_BYTES - IMAGE_FRAME_BYTES, true},
	{"beyond the end", IMAGE_FRAME_BYTES, IMAGE_BYTES - IMAGE_FRAME_BYTES + 4, false},
	{"not aligned", IMAGE_FRAME_BYTES, IMAGE_FRAME_0 + 2, false},
	{"in the header", IMAGE_FRAME_BYTES, 0, false},
	{"over its own ring", IMAGE_FRAME_BYTES, 5760, false},
	{"over the other ring", IMAGE_FRAME_BYTES, IMAGE_POINTER_RING + 16, false},
	{"wraps", 0xffffffff, IMAGE_FRAME_0, false},
	{"wraps by its offset", IMAGE_FRAME_BYTES, 0xfffffffc, false},
	{"one byte short of a header", 1083, IMAGE_FRAME_0, false},
	{"no room for the write pointer", 1084, IMAGE_FRAME_0, false},
};

static void payload_checks(void **state)
{
	struct oriel_codec_frame frame;

	subscribe(ORIEL_CODEC_FRAMES);
	subscribe(ORIEL_CODEC_POINTER);
	for (size_t i = 0; i < sizeof wrong_payloads / sizeof wrong_payloads[0]; i++) {
		const struct wrong_payload *wrong = &wrong_payloads[i];
		struct b7_frame wire = image_make_frame(&image);
		int r;

		message = (struct oriel_codec_message){
			.size_bytes = wrong->size, .offset_bytes = wrong->offset};
		if (wrong->is_sound)
			memcpy(image.base + wrong->offset, &wire, sizeof wire);
		r = b7->read_frame(&session, &message, &frame);
		if (r != (wrong->is_sound ? 0 : -EBADMSG))
			fail_msg("%s: %d", wrong->name, r);
	}
}

/* ---- frames --------------------------------------------------------------------------------- */

struct frame_case {
	const char *name;
	size_t field; /* of struct b7_frame */
	uint32_t value;
	uint32_t rows; /* 0: rejected */
};

#define FIELD(name) offsetof(struct b7_frame, name)

static const struct frame_case frame_cases[] = {
	{"nothing wrong", FIELD(serial), 7, 32},
	{"type 0", FIELD(type), 0, 0},
	{"type 2", FIELD(type), 2, 32},
	{"type 3", FIELD(type), 3, 32},
	{"type 5", FIELD(type), 5, 32},
	{"type 6", FIELD(type), 6, 32},
	{"type 7", FIELD(type), 7, 0},
	{"type of all bits", FIELD(type), 0xffffffff, 0},
	{"half floats wider than the pitch", FIELD(type), 4, 0},
	{"rotation 3", FIELD(rotation), 3, 32},
	{"rotation 4", FIELD(rotation), 4, 0},
	{"no frame width", FIELD(frame_width), 0, 0},
	{"no frame height", FIELD(frame_height), 0, 0},
	{"frame wider than stored", FIELD(frame_width), 65, 0},
	{"frame narrower than stored", FIELD(frame_width), 63, 32},
	{"frame lower than stored", FIELD(frame_height), 31, 31},
	{"frame higher than stored: truncated", FIELD(frame_height), 33, 32},
	{"frame of 16384 rows", FIELD(frame_height), 16384, 32},
	{"frame of 16385 rows", FIELD(frame_height), 16385, 0},
	{"data width 0: frame width", FIELD(data_width), 0, 32},
	{"data height 0: frame height", FIELD(data_height), 0, 32},
	{"data wider than the pitch", FIELD(data_width), 65, 0},
	{"data width that wraps", FIELD(data_width), 0x40000010, 0},
	{"data of 16385 rows", FIELD(data_height), 16385, 0},
	{"no screen width", FIELD(screen_width), 0, 32},
	{"huge screen", FIELD(screen_height), 16385, 0},
	{"no pitch", FIELD(pitch_bytes), 0, 0},
	{"pitch below the row", FIELD(pitch_bytes), 252, 0},
	{"pitch above the row", FIELD(pitch_bytes), 260, 32},
	{"pitch that is not aligned", FIELD(pitch_bytes), 258, 0},
	{"largest pitch", FIELD(pitch_bytes), 131072, 19},
	{"pitch beyond the largest", FIELD(pitch_bytes), 131076, 0},
	{"pixels inside the header", FIELD(offset), 1080, 0},
	{"pixels right behind the header", FIELD(offset), 1084, 32},
	{"write pointer that is not aligned", FIELD(offset), 4094, 0},
	{"write pointer at the end", FIELD(offset), IMAGE_FRAME_BYTES - 4, 0},
	{"room for one row", FIELD(offset), IMAGE_FRAME_BYTES - 4 - 256, 1},
	{"room for less than a row", FIELD(offset), IMAGE_FRAME_BYTES - 256, 0},
	{"write pointer beyond the end", FIELD(offset), IMAGE_FRAME_BYTES, 0},
	{"offset that wraps", FIELD(offset), 0xfffffffc, 0},
	{"65 damage rectangles", FIELD(damage_count), 65, 32},
	{"all bits of damage", FIELD(damage_count), 0xffffffff, 32},
	{"unknown flags", FIELD(flags), 0xffffffe0, 32},
};

static int read_frame(const struct b7_frame *wire, struct oriel_codec_frame *ret_frame)
{
	memcpy(image.base + IMAGE_FRAME_0, wire, sizeof *wire);
	message = (struct oriel_codec_message){
		.size_bytes = IMAGE_FRAME_BYTES, .offset_bytes = IMAGE_FRAME_0};
	return b7->read_frame(&session, &message, ret_frame);
}

static void frame_checks(void **state)
{
	for (size_t i = 0; i < sizeof frame_cases / sizeof frame_cases[0]; i++) {
		const struct frame_case *wrong = &frame_cases[i];
		struct b7_frame wire = image_make_frame(&image);
		struct oriel_codec_frame frame;
		int r;

		memcpy((uint8_t *)&wire + wrong->field, &wrong->value, 4);
		r = read_frame(&wire, &frame);
		if (r != (wrong->rows ? 0 : -EBADMSG))
			fail_msg("%s: %d", wrong->name, r);
		if (r < 0)
			continue;
		if (frame.picture.rows != wrong->rows)
			fail_msg("%s: %u rows", wrong->name, frame.picture.rows);
		assert_true(frame.damage.full);
		assert_int_equal(frame.picture.flags, 0);
		assert_int_equal(frame.size_bytes, frame.picture.rows * frame.picture.pitch_bytes);
		assert_true(frame.pixels_offset + frame.size_bytes <=
			    IMAGE_FRAME_0 + IMAGE_FRAME_BYTES);
	}
}

static void frame_is_translated(void **state)
{
	struct b7_frame wire = image_make_frame(&image);
	struct oriel_codec_frame frame;

	wire.serial = 7;
	wire.format_version = 9;
	wire.rotation = 3;
	wire.screen_width = 128;
	wire.screen_height = 96;
	wire.flags = B7_FLAG_HDR | B7_FLAG_TRUNCATED;
	wire.damage_count = 1;
	wire.damage[0] = (struct b7_rect){8, 4, 16, 8};
	assert_int_equal(read_frame(&wire, &frame), 0);
	assert_int_equal(frame.serial, 7);
	assert_int_equal(frame.format_version, 9);
	assert_int_equal(frame.picture.format, ORIEL_PIXEL_BGRA);
	assert_int_equal(frame.picture.rotation, ORIEL_ROTATE_270);
	assert_int_equal(frame.picture.width_px, 64);
	assert_int_equal(frame.picture.height_px, 32);
	assert_int_equal(frame.picture.pitch_bytes, 256);
	assert_int_equal(frame.picture.screen_width_px, 128);
	assert_int_equal(frame.picture.screen_height_px, 96);
	assert_int_equal(frame.picture.flags, ORIEL_PICTURE_HDR | ORIEL_PICTURE_TRUNCATED);
	assert_int_equal(frame.pointer_offset, 0x302ffc);
	assert_int_equal(frame.pixels_offset, 0x303000);
	assert_int_equal(frame.size_bytes, 8192);
	assert_false(frame.damage.full);
	assert_int_equal(frame.damage.count, 1);
	assert_memory_equal(&frame.damage.rects[0], (&(struct oriel_rect){8, 4, 16, 8}),
		sizeof(struct oriel_rect));
}

/* 4.5: packed triplets; the hosts store one row too few when the width is 3 modulo 4. */
static void packed_frames_keep_their_rows(void **state)
{
	struct b7_frame wire = image_make_frame(&image);
	struct oriel_codec_frame frame;

	wire.type = B7_FRAME_BGR_32;
	wire.frame_width = 83;
	wire.data_width = 64;
	wire.data_height = 31;
	assert_int_equal(read_frame(&wire, &frame), 0);
	assert_int_equal(frame.picture.format, ORIEL_PIXEL_BGR_32);
	assert_int_equal(frame.picture.width_px, 83);
	assert_int_equal(frame.picture.height_px, 32);
	assert_int_equal(frame.picture.rows, 31);
	wire.frame_width = 86; /* 258 bytes in 256 */
	assert_int_equal(read_frame(&wire, &frame), -EBADMSG);
	wire.frame_width = 83;
	wire.data_width = 0;
	assert_int_equal(read_frame(&wire, &frame), 0);
}

static void damage_is_clipped(void **state)
{
	struct b7_frame wire = image_make_frame(&image);
	struct oriel_codec_frame frame;

	wire.damage_count = 4;
	wire.damage[0] = (struct b7_rect){60, 30, 100, 100};
	wire.damage[1] = (struct b7_rect){64, 0, 1, 1};
	wire.damage[2] = (struct b7_rect){2, 2, 0xffffffff, 0xffffffff};
	wire.damage[3] = (struct b7_rect){0xffffffff, 0xffffffff, 0xffffffff, 2};
	assert_int_equal(read_frame(&wire, &frame), 0);
	assert_false(frame.damage.full);
	assert_int_equal(frame.damage.count, 1);
	assert_memory_equal(&frame.damage.rects[0], (&(struct oriel_rect){2, 2, 62, 30}),
		sizeof(struct oriel_rect));
	wire.damage_count = 1;
	wire.damage[0] = (struct b7_rect){0, 32, 5, 5};
	assert_int_equal(read_frame(&wire, &frame), 0);
	assert_true(oriel_damage_is_empty(&frame.damage));
	wire.damage_count = 64;
	assert_int_equal(read_frame(&wire, &frame), 0);
	assert_false(frame.damage.full);
}

/* ---- cursors -------------------------------------------------------------------------------- */

struct cursor_case {
	const char *name;
	uint32_t type, width, height, pitch;
	bool is_sound;
};

static const struct cursor_case cursor_cases[] = {
	{"monochrome", 1, 32, 64, 4, true},
	{"odd monochrome height", 1, 32, 63, 4, false},
	{"monochrome pitch too small", 1, 33, 64, 4, false},
	{"monochrome pitch large enough", 1, 33, 64, 5, true},
	{"largest monochrome", 1, 512, 1024, 64, true},
	{"too high a monochrome", 1, 512, 1026, 64, false},
	{"colour", 0, 32, 32, 128, true},
	{"masked", 2, 32, 32, 128, true},
	{"type 3", 3, 32, 32, 128, false},
	{"type of all bits", 0xffffffff, 32, 32, 128, false},
	{"largest colour", 0, 512, 512, 2048, true},
	{"too wide", 0, 513, 1, 4096, false},
	{"too high", 0, 1, 513, 4, false},
	{"no width", 0, 0, 32, 128, false},
	{"no height", 0, 32, 0, 128, false},
	{"colour pitch too small", 0, 32, 32, 124, false},
	{"longer than its payload", 0, 512, 512, 2052, false},
	{"product that wraps", 0, 32, 512, 0x800000, false},
	{"width that wraps", 0, 0x40000001, 1, 4, false},
};

static void cursor_checks(void **state)
{
	struct b7_cursor wire = image_make_cursor();
	struct oriel_cursor_update update;

	for (size_t i = 0; i < sizeof cursor_cases / sizeof cursor_cases[0]; i++) {
		const struct cursor_case *wrong = &cursor_cases[i];
		int r;

		wire.type = wrong->type;
		wire.width = wrong->width;
		wire.height = wrong->height;
		wire.pitch = wrong->pitch;
		memcpy(image.base + IMAGE_SHAPE_BUFFER, &wire, sizeof wire);
		message = (struct oriel_codec_message){7, IMAGE_SHAPE_BYTES, IMAGE_SHAPE_BUFFER, 0};
		r = b7->read_cursor(&session, &message, cursor_image, &update);
		if (r != (wrong->is_sound ? 0 : -EBADMSG))
			fail_msg("%s: %d", wrong->name, r);
		if (!r)
			assert_true(oriel_cursor_get_image_bytes(&update.shape) <=
				    ORIEL_CURSOR_BYTES_MAX);
	}
}

static void cursor_flags_are_read(void **state)
{
	struct b7_cursor wire = image_make_cursor();
	struct oriel_cursor_update update;

	wire.x = -7;
	wire.type = 77; /* means nothing without a shape */
	memcpy(image.base + IMAGE_POSITION_BUFFER, &wire, sizeof wire);
	message = (struct oriel_codec_message){B7_CURSOR_POSITION, 24, IMAGE_POSITION_BUFFER, 0};
	assert_int_equal(b7->read_cursor(&session, &message, cursor_image, &update), 0);
	assert_true(update.has_position);
	assert_int_equal(update.x_px, -7);
	assert_false(update.visible); /* T14: absence hides */
	assert_false(update.has_shape);
	message.udata = B7_CURSOR_VISIBLE;
	assert_int_equal(b7->read_cursor(&session, &message, cursor_image, &update), 0);
	assert_false(update.has_position);
	assert_true(update.visible);
	message.size_bytes = 23;
	assert_int_equal(b7->read_cursor(&session, &message, cursor_image, &update), -EBADMSG);
}

/* Rows are packed, so that an image has an upper bound whatever the guest's pitch is. */
static void cursor_rows_are_packed(void **state)
{
	struct b7_cursor wire = image_make_cursor();
	struct oriel_cursor_update update;

	wire.type = 0;
	wire.width = 2;
	wire.height = 2;
	wire.pitch = 16;
	subscribe(ORIEL_CODEC_POINTER);
	image_post_cursor(&image, 7, &wire);
	assert_int_equal(peek(ORIEL_CODEC_POINTER), 1);
	assert_int_equal(b7->read_cursor(&session, &message, cursor_image, &update), 0);
	assert_int_equal(update.shape.pitch_bytes, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(update.shape.image[i], i);
		assert_int_equal(update.shape.image[8 + i], 16 + i);
	}
}

/* ---- what the guest says of itself ---------------------------------------------------------- */

static void info_is_read(void **state)
{
	static const uint8_t uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct oriel_guest_info info;

	assert_int_equal(b7->read_info(&session.map, &info), 0);
	assert_string_equal(info.host_version, "TEST-1");
	assert_int_equal(info.lgmp_version, 6);
	assert_int_equal(info.kvmfr_version, 20);
	assert_true(info.accepts_set_cursor);
	assert_true(info.has_uuid);
	assert_memory_equal(info.uuid, uuid, 16);
	assert_string_equal(info.capture, "TestCapture");
	assert_int_equal(info.cpus, 8);
	assert_int_equal(info.cores, 4);
	assert_int_equal(info.sockets, 1);
	assert_string_equal(info.cpu_model, "Test CPU");
	assert_int_equal(info.os, 3);
	assert_string_equal(info.os_name, "Test OS");
}

static const struct wrong_word before_info[] = {
	{"not written yet", 5752, 0, -EAGAIN},
	{"one byte short of a header", 5752, 47, -EAGAIN},
	{"no records", 5752, 48, 0},
	{"65536 bytes", 5752, 65536, 0},
	{"65537 bytes", 5752, 65537, -EBADMSG},
	{"beyond the end", 5752, 0xffffffff, -EBADMSG},
	{"no KVMFR magic", 5756, 0, -EAGAIN},
	{"KVMFR 34", 5764, 34, -EPROTONOSUPPORT},
	{"LGMP 5 by now", 4, 5, -EPROTONOSUPPORT},
	{"record beyond the end", 5808, 0x7fffffff, 0},
	{"record of all bits", 5808, 0xffffffff, 0},
	{"empty record", 5808, 0, 0},
	{"unknown record", 5804, 9, 0},
};

static void info_checks(void **state)
{
	for (size_t i = 0; i < sizeof before_info / sizeof before_info[0]; i++) {
		const struct wrong_word *wrong = &before_info[i];
		struct oriel_guest_info info;
		int r;

		image_start(&image, IMAGE_SESSION);
		set_word(wrong->offset, wrong->value);
		r = b7->read_info(&session.map, &info);
		if (r != wrong->expected)
			fail_msg("%s: %d instead of %d", wrong->name, r, wrong->expected);
		if (r == -EPROTONOSUPPORT)
			assert_true(info.kvmfr_version == 34 || info.lgmp_version == 5);
	}
}

static void info_texts_end_and_are_printable(void **state)
{
	struct oriel_guest_info info;
	uint8_t *udata = image.base + B7_UDATA_OFFSET;

	memset(udata + 12, 'x', 32); /* host version without its end */
	memcpy(udata + 12, "\x1b[31m\xe2\x80\xae\n", 9);
	memset(udata + 56 + 16, 0xff, 32); /* capture */
	memset(udata + 56 + 51, 'y', 9);   /* model without its end */
	assert_int_equal(b7->read_info(&session.map, &info), 0);
	assert_string_equal(info.host_version, "?[31m????xxxxxxxxxxxxxxxxxxxxxxx");
	assert_int_equal(strlen(info.capture), 32);
	for (const char *c = info.capture; *c; c++)
		assert_int_equal(*c, '?');
	assert_string_equal(info.cpu_model, "yyyyyyyyy");
	assert_string_equal(info.os_name, "Test OS");
}

/* 1.1 */
static void generations_are_told_apart(void **state)
{
	static const struct {
		uint32_t place, magic_at, version, timestamp_at, udata_at;
	} cases[] = {
		{0, 0, 4, 16, 5116},
		{0, 0, 5, 16, 5756},
		{0, 0, 7, 16, 5748},
		{0, 0, 8, 16, 7788},
		{1, 8, 10, 0, 8068},
		{2, 8064, 11, 0, 8084},
		{3, 9664, 12, 0, 9684},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct oriel_guest_info info;

		memset(image.base, 0, 16384);
		set_word(cases[i].magic_at, B7_LGMP_MAGIC);
		set_word(cases[i].magic_at + 4, cases[i].version);
		set_word(cases[i].timestamp_at, 1234);
		memcpy(image.base + cases[i].udata_at, B7_KVMFR_MAGIC, 8);
		set_word(cases[i].udata_at + 8, 30 + (uint32_t)i);
		for (uint32_t place = 0; place < ORIEL_CODEC_PLACES; place++)
			assert_int_equal(oriel_codec_has_magic(&session.map, place),
				place == cases[i].place);
		assert_int_equal(
			oriel_codec_get_timestamp_ms(&session.map, cases[i].place) & 0xffffffff,
			1234);
		oriel_codec_read_versions(&session.map, cases[i].place, &info);
		assert_int_equal(info.lgmp_version, cases[i].version);
		assert_int_equal(info.kvmfr_version, 30 + i);
		assert_null(oriel_codec_find(cases[i].place, cases[i].version));
	}
	assert_ptr_equal(oriel_codec_find(0, 6), &oriel_codec_b7);
	assert_null(oriel_codec_find(1, 6));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(image_is_that_of_8_2),
		CASE(subscribe_is_8_3),
		CASE(unsubscribe_is_8_8),
		CASE(done_is_8_5),
		CASE(send_cursor_is_8_6),
		CASE(cursor_of_8_7_is_read),
		CASE(flagged_viewer_subscribes_anew_beside_its_old_place),
		CASE(bits_of_an_earlier_owner_are_cleared),
		CASE(messages_come_in_order_around_the_ring),
		CASE(slot_of_another_viewer_is_left_for_it),
		CASE(nothing_is_written_to_another_session),
		CASE(place_of_another_client_is_not_touched),
		CASE(lost_place_is_told),
		CASE(full_house_is_told),
		CASE(locks_are_waited_for_with_an_end),
		CASE(client_messages_have_an_end),
		CASE(subscribe_checks),
		CASE(peek_checks),
		CASE(done_checks),
		CASE(send_checks),
		CASE(payload_checks),
		CASE(frame_checks),
		CASE(frame_is_translated),
		CASE(packed_frames_keep_their_rows),
		CASE(damage_is_clipped),
		CASE(cursor_checks),
		CASE(cursor_flags_are_read),
		CASE(cursor_rows_are_packed),
		CASE(info_is_read),
		CASE(info_checks),
		CASE(info_texts_end_and_are_printable),
		CASE(generations_are_told_apart),
	};

	return cmocka_run_group_tests_name("relay-codec", tests, NULL, NULL);
}
