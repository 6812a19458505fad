/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worked example of the protocol (8.1 to 8.8), byte for byte, from the producer's side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/fake_viewer.h"

#define WIDTH_PX 64u
#define HEIGHT_PX 32u
#define FRAME_0 0x302000u
#define FRAME_1 0x581000u
#define CLIENT_ID 0x5eedu

static uint32_t word(uint32_t offset)
{
	uint32_t value;

	memcpy(&value, fake_region + offset, sizeof value);
	return value;
}

static void assert_bytes(uint32_t offset, const char *expected, size_t size)
{
	assert_memory_equal(fake_region + offset, expected, size);
}

#define ASSERT_BYTES(offset, text) assert_bytes(offset, text, sizeof text - 1)

static const struct oriel_picture picture = {
	.format = ORIEL_PIXEL_BGRA,
	.width_px = WIDTH_PX,
	.height_px = HEIGHT_PX,
	.rows = HEIGHT_PX,
	.pitch_bytes = WIDTH_PX * 4,
	.screen_width_px = WIDTH_PX,
	.screen_height_px = HEIGHT_PX,
};

static void draw(uint8_t pixels[HEIGHT_PX][WIDTH_PX][4])
{
	for (unsigned y = 0; y < HEIGHT_PX; y++)
		for (unsigned x = 0; x < WIDTH_PX; x++) {
			const uint8_t pixel[4] = {(uint8_t)x, (uint8_t)y, (uint8_t)(x ^ y), 255};

			memcpy(pixels[y][x], pixel, sizeof pixel);
		}
}

/* The example's frame has serial 7: seven go by before anybody looks, then one is posted. */
static struct oriel_producer *produce_example_frame(void)
{
	const struct oriel_damage damage = {.count = 1, .rects = {{8, 4, 16, 8}}};
	struct oriel_producer *producer = fake_producer_create();
	uint8_t pixels[HEIGHT_PX][WIDTH_PX][4];

	draw(pixels);
	for (int i = 0; i < 7; i++)
		assert_int_equal(
			oriel_producer_publish_rt(producer, &picture, pixels[0][0], NULL), 1);
	assert_int_equal(fake_subscribe(FAKE_FRAME, CLIENT_ID), 0);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, pixels[0][0], &damage), 1);
	return producer;
}

/* 8.1 as far as it shows in offsets of descriptors; the rest is in the other cases. */
static void test_layout(void **state)
{
	struct oriel_producer *producer = produce_example_frame();
	uint8_t pixels[HEIGHT_PX][WIDTH_PX][4] = {0};
	const struct b7_message *message = fake_message(FAKE_FRAME, 1);

	assert_int_equal(oriel_producer_publish_rt(producer, &picture, pixels[0][0], NULL), 1);
	assert_int_equal(message->offset, FRAME_1);
	assert_int_equal(message->size, 0x27f000);
	assert_int_equal(message->offset + message->size, FAKE_REGION_BYTES);
	assert_int_equal(oriel_producer_get_slot_bytes(producer), 0x27f000 - 4096);
	oriel_producer_destroy(producer);
}

static void test_start(void **state)
{
	struct oriel_producer *producer = fake_producer_create();
	uint64_t timestamp = fake_header()->timestamp_ms;

	assert_int_equal(timestamp, FAKE_T0_MS);
	ASSERT_BYTES(0, "LGMP\6\0\0\0\x2a\x2a\0\0\0\0\0\0");
	ASSERT_BYTES(0x18, "\2\0\0\0\0\0\0\0");
	ASSERT_BYTES(0x20, "\2\0\0\0\3\0\0\0\0\0\0\0\xe8\3\0\0\0\0\0\0\x08\x17\0\0");
	assert_int_equal(word(0x1b8), 0);
	ASSERT_BYTES(0x1e0, "\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	ASSERT_BYTES(0x498, "\1\0\0\0\x15\0\0\0\0\0\0\0\xe8\3\0\0\0\0\0\0\x38\x17\0\0");
	ASSERT_BYTES(0x1678, "\x85\0\0\0KVMFR---\x14\0\0\0TEST-1\0");
	ASSERT_BYTES(0x16a8, "\1\0\0\0\1\0\0\0\x3c\0\0\0\0\1\2\3");
	ASSERT_BYTES(0x16b8, "\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0fTestCapture\0");
	ASSERT_BYTES(0x16e4, "\x08\4\1Test CPU\0");
	ASSERT_BYTES(0x16f0, "\2\0\0\0\x09\0\0\0\3Test OS\0");
	memset(fake_region + 16, 0, 8);
	assert_int_equal(fake_crc32(fake_region, 6280), 0xc9da5424);
	oriel_producer_destroy(producer);
}

static void test_frame_subscription_is_noticed(void **state)
{
	struct oriel_producer *producer = fake_producer_create();

	assert_false(oriel_producer_is_watched(producer));
	assert_false(oriel_producer_take_new_viewer(producer));
	fake_subscribe(FAKE_FRAME, CLIENT_ID);
	assert_int_equal(word(0x28), 1);
	assert_int_equal(word(0x138), CLIENT_ID);
	assert_int_equal(word(0x1c4), 1);
	assert_true(oriel_producer_is_watched(producer));
	assert_true(oriel_producer_take_new_viewer(producer));
	assert_int_equal(word(0x28), 0);
	assert_false(oriel_producer_take_new_viewer(producer));
	oriel_producer_destroy(producer);
}

static void test_frame(void **state)
{
	struct oriel_producer *producer = produce_example_frame();

	ASSERT_BYTES(FRAME_0, "\1\0\0\0\7\0\0\0\1\0\0\0\x40\0\0\0");
	ASSERT_BYTES(FRAME_0 + 0x10, "\x20\0\0\0\x40\0\0\0\x20\0\0\0\x40\0\0\0");
	ASSERT_BYTES(FRAME_0 + 0x20, "\x20\0\0\0\0\0\0\0\x40\0\0\0\0\1\0\0");
	ASSERT_BYTES(FRAME_0 + 0x30, "\xfc\x0f\0\0\1\0\0\0\x08\0\0\0\4\0\0\0");
	ASSERT_BYTES(FRAME_0 + 0x40, "\x10\0\0\0\x08\0\0\0\0\0\0\0");
	assert_int_equal(fake_crc32(fake_region + FRAME_0, 1084), 0x28b4a290);
	ASSERT_BYTES(0x1708, "\0\0\0\0\0\xf0\x27\0\0\x20\x30\0\1\0\0\0");
	assert_int_equal(word(0x30), 1);
	assert_int_equal(word(0x1d8), 1);
	assert_int_equal(fake_queue(FAKE_FRAME)->deadline_ms, FAKE_T0_MS + 1000);
	oriel_producer_destroy(producer);
}

static void test_pixels(void **state)
{
	struct oriel_producer *producer = produce_example_frame();

	ASSERT_BYTES(0x303000, "\0\0\0\xff\1\0\1\xff\2\0\2\xff\3\0\3\xff");
	ASSERT_BYTES(0x303100, "\0\1\1\xff\1\1\0\xff\2\1\3\xff\3\1\2\xff");
	ASSERT_BYTES(0x304ff0, "\x3c\x1f\x23\xff\x3d\x1f\x22\xff\x3e\x1f\x21\xff\x3f\x1f\x20\xff");
	assert_int_equal(fake_crc32(fake_region + 0x303000, 8192), 0x4d51497a);
	assert_int_equal(word(0x302ffc), 8192);
	oriel_producer_destroy(producer);
}

static void test_finished_frame(void **state)
{
	struct oriel_producer *producer = produce_example_frame();

	oriel_producer_step(producer, FAKE_T0_MS + 10);
	assert_int_equal(word(0x1d8), 1);
	fake_done(FAKE_FRAME, 0);
	assert_int_equal(word(0x1714), 0);
	assert_int_equal(word(0x1c8), 1);
	assert_int_equal(word(0x1d8), 0);
	assert_false(oriel_producer_step(producer, FAKE_T0_MS + 20));
	assert_int_equal(word(0x1c8), 1);
	assert_int_equal(fake_header()->timestamp_ms, FAKE_T0_MS + 20);
	oriel_producer_destroy(producer);
}

static void test_set_cursor(void **state)
{
	const struct b7_set_cursor message = {.type = B7_MESSAGE_SET_CURSOR, .x = 100, .y = -5};
	struct oriel_producer *producer = fake_producer_create();
	int32_t x_px, y_px;

	fake_subscribe(FAKE_POINTER, CLIENT_ID);
	fake_send(FAKE_POINTER, &message, sizeof message);
	assert_int_equal(word(0x4a0), 1);
	assert_int_equal(word(0x5b0), CLIENT_ID);
	assert_int_equal(word(0x63c), 1);
	assert_int_equal(word(0x658), 9);
	assert_int_equal(word(0x65c), 1);
	assert_int_equal(word(0x660), 1);
	ASSERT_BYTES(0x668, "\x0c\0\0\0\0\0\0\0\x64\0\0\0\xfb\xff\xff\xff");

	assert_true(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(x_px, 100);
	assert_int_equal(y_px, -5);
	assert_int_equal(word(0x658), 10);
	assert_int_equal(word(0x664), 0);
	assert_false(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(word(0x664), 1);
	oriel_producer_destroy(producer);
}

static void test_monochrome_cursor(void **state)
{
	struct oriel_producer *producer = fake_producer_create();
	uint8_t image[256];
	const struct oriel_cursor_shape shape = {
		.type = ORIEL_CURSOR_MONOCHROME,
		.width_px = 32,
		.height_px = 32,
		.pitch_bytes = 4,
		.hot_x_px = 3,
		.hot_y_px = 4,
		.image = image,
	};

	for (unsigned i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)(i * 7);
	fake_subscribe(FAKE_POINTER, CLIENT_ID);
	assert_int_equal(oriel_producer_publish_cursor_rt(producer, 100, 50, true, &shape), 0);
	ASSERT_BYTES(0x1738, "\7\0\0\0\x18\0\x10\0\x68\x1a\0\0\1\0\0\0");
	ASSERT_BYTES(0x1a68, "\x64\0\x32\0\1\0\0\0\3\4\0\0\x20\0\0\0\x40\0\0\0\4\0\0\0");
	assert_memory_equal(fake_region + 0x1a80, image, sizeof image);
	assert_int_equal(word(0x4a8), 1);
	assert_int_equal(word(0x650), 1);
	oriel_producer_destroy(producer);
}

static void test_unsubscription_is_noticed(void **state)
{
	struct oriel_producer *producer = produce_example_frame();

	fake_unsubscribe(FAKE_FRAME, 0);
	assert_int_equal(word(0x138), 0);
	assert_int_equal(word(0x1c4), 0);
	assert_false(oriel_producer_is_watched(producer));
	oriel_producer_step(producer, FAKE_T0_MS + 10);
	assert_int_equal(word(0x1d8), 0);
	oriel_producer_destroy(producer);
}

static void test_end_clears_the_magic(void **state)
{
	oriel_producer_destroy(fake_producer_create());
	assert_int_equal(word(0), 0);
	oriel_producer_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_frame_subscription_is_noticed),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_pixels),
		cmocka_unit_test(test_finished_frame),
		cmocka_unit_test(test_set_cursor),
		cmocka_unit_test(test_monochrome_cursor),
		cmocka_unit_test(test_unsubscription_is_noticed),
		cmocka_unit_test(test_end_clears_the_magic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
