/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions and queues of the producer (protocol 2.7 to 2.10, 2.17, 8.11). Time is passed in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/fake_viewer.h"

#define SIDE_PX 16u
#define CLIENT_A 0xaaaau
#define CLIENT_B 0xbbbbu

static uint8_t pixels[SIDE_PX * SIDE_PX * 4];
static const struct oriel_picture picture = {
	.format = ORIEL_PIXEL_BGRA,
	.width_px = SIDE_PX,
	.height_px = SIDE_PX,
	.rows = SIDE_PX,
	.pitch_bytes = SIDE_PX * 4,
	.screen_width_px = SIDE_PX,
	.screen_height_px = SIDE_PX,
};

static struct oriel_producer *producer;

static int setup(void **state)
{
	producer = fake_producer_create();
	return 0;
}

static int teardown(void **state)
{
	oriel_producer_destroy(producer);
	return 0;
}

static int publish(void)
{
	return oriel_producer_publish_rt(producer, &picture, pixels, NULL);
}

static bool step(uint64_t after_ms)
{
	return oriel_producer_step(producer, FAKE_T0_MS + after_ms);
}

/* ---- posting and retiring ------------------------------------------------------------------- */

/* 8.11 number 1. */
static void test_third_frame_does_not_fit(void **state)
{
	struct b7_queue *queue = fake_queue(FAKE_FRAME);

	fake_subscribe(FAKE_FRAME, CLIENT_A);
	assert_int_equal(publish(), 1);
	assert_true(oriel_producer_is_ready(producer));
	assert_int_equal(publish(), 1);
	assert_false(oriel_producer_is_ready(producer));
	assert_int_equal(publish(), -EAGAIN);
	assert_int_equal(oriel_producer_repeat_rt(producer), -EAGAIN);
	assert_int_equal(queue->position, 2);
	assert_int_equal(queue->start, 0);
	assert_int_equal(queue->count, 2);
	assert_int_equal(queue->length, 3);
	fake_done(FAKE_FRAME, 0);
	assert_true(oriel_producer_is_ready(producer));
	assert_int_equal(publish(), 1);
	assert_int_equal(queue->position, 0);
}

/* 8.11 number 2. */
static void test_viewer_that_does_not_read_is_flagged(void **state)
{
	struct b7_queue *queue = fake_queue(FAKE_FRAME);

	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	publish();
	step(1000);
	assert_int_equal(fake_bad(FAKE_FRAME), 0);
	assert_int_equal(queue->count, 2);
	step(1001);
	assert_int_equal(fake_on(FAKE_FRAME), 1);
	assert_int_equal(fake_bad(FAKE_FRAME), 1);
	assert_int_equal(queue->count, 0);
	assert_int_equal(queue->timeout_ms[0], FAKE_T0_MS + 2001);
	assert_false(oriel_producer_is_watched(producer));
	assert_int_equal(publish(), 1);
	assert_int_equal(queue->count, 0);
	assert_int_equal(queue->position, 2);
	assert_int_equal(fake_subscribe(FAKE_FRAME, CLIENT_B), 1);
	assert_int_equal(fake_on(FAKE_FRAME), 3);
	assert_int_equal(fake_bad(FAKE_FRAME), 1);
	assert_true(oriel_producer_is_watched(producer));
	step(2002);
	assert_int_equal(fake_subscribe(FAKE_FRAME, CLIENT_A), 0);
}

static void test_slow_viewer_does_not_take_the_quick_one_along(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	fake_subscribe(FAKE_FRAME, CLIENT_B);
	publish();
	fake_done(FAKE_FRAME, 1);
	step(1001);
	assert_int_equal(fake_bad(FAKE_FRAME), 1);
	assert_true(oriel_producer_is_watched(producer));
	publish();
	assert_int_equal(fake_message(FAKE_FRAME, 1)->pending, 2);
}

/* Each message that is read gives the others a second more (2.9). */
static void test_progress_moves_the_deadline(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	publish();
	step(900);
	fake_done(FAKE_FRAME, 0);
	step(1800);
	assert_int_equal(fake_bad(FAKE_FRAME), 0);
	step(1901);
	assert_int_equal(fake_bad(FAKE_FRAME), 1);
}

/* A viewer cleared its bit but could not take the lock to retire the message (2.15). */
static void test_step_retires_what_was_read(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	fake_message(FAKE_FRAME, 0)->pending = 0;
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 1);
	step(10);
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 0);
	assert_int_equal(fake_queue(FAKE_FRAME)->start, 1);
}

/* 8.11 number 3: the bit of a viewer that left without reading goes to the next one. */
static void test_heir_of_a_bit_is_not_blamed(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	fake_unsubscribe(FAKE_FRAME, 0);
	assert_int_equal(fake_subscribe(FAKE_FRAME, CLIENT_B), 0);
	step(500);
	assert_int_equal(fake_message(FAKE_FRAME, 0)->pending, 0);
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 0);
	step(1001);
	assert_int_equal(fake_bad(FAKE_FRAME), 0);
	publish();
	assert_int_equal(fake_message(FAKE_FRAME, 1)->pending, 1);
	step(1100);
	assert_int_equal(fake_message(FAKE_FRAME, 1)->pending, 1);
}

static void test_repeat_keeps_the_serial(void **state)
{
	const struct b7_frame *frame;

	assert_int_equal(oriel_producer_repeat_rt(producer), 0);
	publish();
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	assert_int_equal(oriel_producer_repeat_rt(producer), 1);
	frame = (const void *)(fake_region + fake_message(FAKE_FRAME, 0)->offset);
	assert_int_equal(frame->serial, 0);
	assert_int_equal(oriel_producer_repeat_rt(producer), 1);
	assert_int_equal(fake_message(FAKE_FRAME, 1)->offset, fake_message(FAKE_FRAME, 0)->offset);
	fake_done(FAKE_FRAME, 0);
	/* Somebody may still be reading the repeated one. */
	publish();
	assert_int_not_equal(
		fake_message(FAKE_FRAME, 2)->offset, fake_message(FAKE_FRAME, 1)->offset);
	frame = (const void *)(fake_region + fake_message(FAKE_FRAME, 2)->offset);
	assert_int_equal(frame->serial, 1);
}

/* ---- sessions ------------------------------------------------------------------------------- */

static void test_heartbeat(void **state)
{
	assert_false(step(10));
	assert_int_equal(fake_header()->timestamp_ms, FAKE_T0_MS + 10);
	assert_false(oriel_producer_step(producer, 0));
	assert_int_not_equal(fake_header()->timestamp_ms, 0);
}

static void assert_new_session(uint32_t old_id)
{
	const struct b7_header *header = fake_header();

	assert_int_equal(header->magic, B7_LGMP_MAGIC);
	assert_int_equal(header->version, B7_LGMP_VERSION);
	assert_int_not_equal(header->session_id, old_id);
	assert_int_not_equal(header->session_id, 0);
	assert_int_equal(header->queue_count, 2);
	assert_int_equal(header->udata_size, 133);
	assert_int_equal(fake_queue(FAKE_FRAME)->lock, 0);
	assert_int_equal(fake_queue(FAKE_POINTER)->lock, 0);
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 0);
	assert_int_equal(fake_on(FAKE_FRAME), 0);
	assert_int_equal(fake_message(FAKE_FRAME, 0)->pending, 0);
	assert_false(oriel_producer_is_watched(producer));
	assert_int_equal(oriel_producer_repeat_rt(producer), 0);
}

static void test_wiped_region(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	fake_region_clear();
	assert_true(step(10));
	assert_new_session(0x2a2a);
	assert_false(step(20));
}

static void test_lock_held_by_nobody(void **state)
{
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	fake_queue(FAKE_FRAME)->lock = 1;
	assert_int_equal(publish(), -EAGAIN);
	assert_int_equal(publish(), -EAGAIN);
	assert_true(step(10));
	assert_new_session(0x2a2a);
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	assert_int_equal(publish(), 1);
}

static void test_lock_held_by_nobody_is_found_by_step(void **state)
{
	fake_subscribe(FAKE_POINTER, CLIENT_A);
	assert_int_equal(oriel_producer_publish_cursor_rt(producer, 1, 2, true, NULL), 0);
	fake_queue(FAKE_POINTER)->lock = 1;
	assert_true(step(10));
	assert_new_session(0x2a2a);
}

static void assert_session_ends(uint32_t *word, uint32_t value)
{
	uint32_t id = fake_header()->session_id;

	fake_subscribe(FAKE_FRAME, CLIENT_A);
	publish();
	*word = value;
	assert_true(step(10));
	assert_new_session(id);
}

static void test_impossible_values(void **state)
{
	assert_session_ends(&fake_queue(FAKE_FRAME)->start, 3);
	assert_session_ends(&fake_queue(FAKE_FRAME)->start, UINT32_MAX);
	assert_session_ends(&fake_queue(FAKE_FRAME)->count, 3);
	assert_session_ends(&fake_queue(FAKE_FRAME)->count, UINT32_MAX);
	assert_session_ends(&fake_queue(FAKE_POINTER)->client_free, 11);
	assert_session_ends(&fake_queue(FAKE_POINTER)->client_free, UINT32_MAX);
	assert_session_ends(&fake_header()->magic, 0);
}

/* The old session's frame may have been overwritten: nothing of it is built upon. */
static void test_first_frame_of_a_session_is_whole(void **state)
{
	const struct oriel_damage damage = {.count = 1, .rects = {{0, 0, 1, 1}}};
	const struct b7_frame *frame;
	uint64_t copied;

	publish();
	copied = oriel_producer_get_copied_bytes(producer);
	fake_region_clear();
	step(10);
	fake_subscribe(FAKE_FRAME, CLIENT_A);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, pixels, &damage), 1);
	assert_int_equal(oriel_producer_get_copied_bytes(producer) - copied, sizeof pixels);
	frame = (const void *)(fake_region + fake_message(FAKE_FRAME, 0)->offset);
	assert_int_equal(frame->damage_count, 0);
	assert_int_equal(frame->format_version, 2);
}

static void test_session_ids_differ(void **state)
{
	const struct oriel_producer_options options = {0};
	uint32_t before = fake_header()->session_id;

	for (int i = 0; i < 50; i++) {
		oriel_producer_destroy(producer);
		producer = NULL;
		assert_int_equal(oriel_producer_create(&producer, fake_region, FAKE_REGION_BYTES,
					 &options, FAKE_T0_MS, NULL),
			0);
		assert_int_not_equal(fake_header()->session_id, before);
		assert_int_not_equal(fake_header()->session_id, 0);
		before = fake_header()->session_id;
	}
}

/* ---- create --------------------------------------------------------------------------------- */

static void assert_refused(size_t size_bytes, size_t alignment_bytes, int code)
{
	const struct oriel_producer_options options = {.alignment_bytes = alignment_bytes};
	struct oriel_producer *other = NULL;
	struct oriel_error error = {0};

	assert_int_equal(oriel_producer_create(
				 &other, fake_region, size_bytes, &options, FAKE_T0_MS, &error),
		code);
	assert_null(other);
	assert_int_equal(error.code, code);
	assert_true(strlen(error.message) > 20);
}

static void test_refusals(void **state)
{
	assert_refused(FAKE_REGION_BYTES - 1, 0, -ENOSPC);
	assert_refused(0, 0, -ENOSPC);
	assert_refused(FAKE_REGION_BYTES, 3000, -EINVAL);
	assert_refused(FAKE_REGION_BYTES, 2048, -EINVAL);
	assert_refused(FAKE_REGION_BYTES, 2u << 20, -EINVAL);
	if (sizeof(size_t) > 4)
		assert_refused((size_t)UINT32_MAX + 1, 0, -EFBIG);
	/* The refused ones touched nothing. */
	assert_int_equal(fake_header()->session_id, 0x2a2a);
}

static void test_long_texts_are_cut(void **state)
{
	char text[300];
	const struct oriel_producer_options options = {
		.host_version = text, .capture = text, .cpu_model = text, .os_name = text};
	const char *udata = (const char *)fake_region + B7_UDATA_OFFSET;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	oriel_producer_destroy(producer);
	assert_int_equal(oriel_producer_create(&producer, fake_region, FAKE_REGION_BYTES, &options,
				 FAKE_T0_MS, NULL),
		0);
	assert_int_equal(strlen(udata + 12), 31);
	assert_int_equal(strlen(udata + 56 + 16), 31);
	assert_int_equal(strlen(udata + 56 + 51), 127);
	assert_int_equal(fake_header()->udata_size, 48 + 8 + 51 + 128 + 8 + 1 + 128);
}

static void test_needed_size(void **state)
{
	assert_int_equal(oriel_producer_get_needed_mib(64 * 4, 32), 16);
	assert_int_equal(oriel_producer_get_needed_mib(1920 * 4, 1080), 32);
	assert_int_equal(oriel_producer_get_needed_mib(2560 * 4, 1440), 64);
	assert_int_equal(oriel_producer_get_needed_mib(3840 * 4, 2160), 128);
	assert_int_equal(oriel_producer_get_needed_mib(3840 * 8, 2160), 256);
}

/* ---- client messages ------------------------------------------------------------------------ */

static void send_cursor(int32_t x, int32_t y)
{
	const struct b7_set_cursor message = {.type = B7_MESSAGE_SET_CURSOR, .x = x, .y = y};

	fake_send(FAKE_POINTER, &message, sizeof message);
}

static void test_newest_cursor_request_counts(void **state)
{
	int32_t x_px = 7, y_px = 7;

	assert_false(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(x_px, 7);
	send_cursor(1, 2);
	send_cursor(INT32_MIN, INT32_MAX);
	assert_true(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(x_px, INT16_MIN);
	assert_int_equal(y_px, INT16_MAX);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 0);
	step(10);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 2);
}

/* What step drained is not acknowledged before somebody could act on it. */
static void test_acknowledged_after_it_was_taken(void **state)
{
	int32_t x_px, y_px;

	send_cursor(3, 4);
	step(10);
	step(20);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_free, 10);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 0);
	assert_true(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	step(30);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 1);
}

static void test_odd_messages_are_acknowledged_only(void **state)
{
	const uint32_t unknown[3] = {9, 100, 100};
	const uint32_t cursor[3] = {B7_MESSAGE_SET_CURSOR, 100, 100};
	int32_t x_px, y_px;

	fake_send(FAKE_POINTER, unknown, sizeof unknown);
	fake_send(FAKE_POINTER, cursor, sizeof cursor - 1);
	fake_send(FAKE_POINTER, cursor, sizeof cursor + 1 - 4);
	fake_send(FAKE_POINTER, cursor, 0);
	fake_send(FAKE_POINTER, cursor, 3);
	assert_false(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	step(10);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_free, 10);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 5);
}

static void test_message_size_is_clamped(void **state)
{
	struct b7_queue *queue = fake_queue(FAKE_POINTER);
	int32_t x_px, y_px;

	send_cursor(1, 1);
	queue->client_messages[0].size = UINT32_MAX;
	assert_false(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(queue->client_free, 10);
}

static void test_ring_of_messages_wraps(void **state)
{
	int32_t x_px, y_px;

	for (int32_t i = 0; i < 35; i++) {
		send_cursor(i, -i);
		assert_true(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
		assert_int_equal(x_px, i);
		assert_int_equal(y_px, -i);
	}
	assert_int_equal(fake_queue(FAKE_POINTER)->client_read_serial, 34);
}

static void test_message_lock_held_by_nobody(void **state)
{
	int32_t x_px, y_px;

	send_cursor(1, 1);
	fake_queue(FAKE_POINTER)->client_lock = 1;
	assert_false(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_true(step(10));
	assert_int_equal(fake_queue(FAKE_POINTER)->client_lock, 0);
	assert_int_equal(fake_queue(FAKE_POINTER)->client_free, 10);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_third_frame_does_not_fit),
		CASE(test_viewer_that_does_not_read_is_flagged),
		CASE(test_slow_viewer_does_not_take_the_quick_one_along),
		CASE(test_progress_moves_the_deadline),
		CASE(test_step_retires_what_was_read),
		CASE(test_heir_of_a_bit_is_not_blamed),
		CASE(test_repeat_keeps_the_serial),
		CASE(test_heartbeat),
		CASE(test_wiped_region),
		CASE(test_lock_held_by_nobody),
		CASE(test_lock_held_by_nobody_is_found_by_step),
		CASE(test_impossible_values),
		CASE(test_first_frame_of_a_session_is_whole),
		CASE(test_session_ids_differ),
		CASE(test_refusals),
		CASE(test_long_texts_are_cut),
		CASE(test_needed_size),
		CASE(test_newest_cursor_request_counts),
		CASE(test_acknowledged_after_it_was_taken),
		CASE(test_odd_messages_are_acknowledged_only),
		CASE(test_message_size_is_clamped),
		CASE(test_ring_of_messages_wraps),
		CASE(test_message_lock_held_by_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
