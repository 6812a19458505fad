/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pointer queue (protocol 4.3). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/fake_viewer.h"

#define SHAPE_BYTES (24u + 512 * 512 * 4)
#define POSITIONS 0x1888u
#define SHAPES 0x1a68u

static uint8_t image[ORIEL_CURSOR_BYTES_MAX];
static struct oriel_producer *producer;

static int setup(void **state)
{
	for (size_t i = 0; i < sizeof image; i++)
		image[i] = (uint8_t)(i * 11 + i / 256);
	producer = fake_producer_create();
	fake_subscribe(FAKE_POINTER, 1);
	return 0;
}

static int teardown(void **state)
{
	oriel_producer_destroy(producer);
	return 0;
}

static struct oriel_cursor_shape make_shape(
	enum oriel_cursor_type type, uint32_t width_px, uint32_t height_px, uint32_t pitch_bytes)
{
	return (struct oriel_cursor_shape){
		.type = type,
		.width_px = width_px,
		.height_px = height_px,
		.pitch_bytes = pitch_bytes,
		.hot_x_px = -1,
		.hot_y_px = 2,
		.image = image,
	};
}

static int publish(int32_t x_px, int32_t y_px, bool visible, const struct oriel_cursor_shape *shape)
{
	return oriel_producer_publish_cursor_rt(producer, x_px, y_px, visible, shape);
}

static const struct b7_cursor *get_cursor(unsigned slot)
{
	return (const void *)(fake_region + fake_message(FAKE_POINTER, slot)->offset);
}

static void assert_message(unsigned slot, uint32_t flags, uint32_t offset, uint32_t size)
{
	const struct b7_message *message = fake_message(FAKE_POINTER, slot);

	assert_int_equal(message->udata, flags);
	assert_int_equal(message->offset, offset);
	assert_int_equal(message->size, size);
	assert_int_equal(message->pending, 1);
}

/* ---- shapes --------------------------------------------------------------------------------- */

static void check_type(struct oriel_cursor_shape shape, uint32_t type, uint32_t height)
{
	const struct b7_cursor *cursor;

	setup(NULL);
	assert_int_equal(publish(5, 6, true, &shape), 0);
	assert_message(
		0, B7_CURSOR_POSITION | B7_CURSOR_VISIBLE | B7_CURSOR_SHAPE, SHAPES, SHAPE_BYTES);
	cursor = get_cursor(0);
	assert_int_equal(cursor->x, 5);
	assert_int_equal(cursor->y, 6);
	assert_int_equal(cursor->type, type);
	assert_int_equal(cursor->hot_x, -1);
	assert_int_equal(cursor->hot_y, 2);
	assert_int_equal(cursor->width, shape.width_px);
	assert_int_equal(cursor->height, height);
	assert_int_equal(cursor->pitch, shape.pitch_bytes);
	assert_memory_equal(cursor + 1, image, height * shape.pitch_bytes);
	teardown(NULL);
}

static void test_types(void **state)
{
	check_type(make_shape(ORIEL_CURSOR_COLOUR, 24, 32, 96), 0, 32);
	check_type(make_shape(ORIEL_CURSOR_COLOUR, 512, 512, 2048), 0, 512);
	check_type(make_shape(ORIEL_CURSOR_COLOUR, 1, 1, 4), 0, 1);
	check_type(make_shape(ORIEL_CURSOR_MONOCHROME, 33, 17, 5), 1, 34);
	check_type(make_shape(ORIEL_CURSOR_MONOCHROME, 512, 512, 64), 1, 1024);
	check_type(make_shape(ORIEL_CURSOR_MASKED, 10, 20, 256), 2, 20);
}

static void assert_refused(struct oriel_cursor_shape shape)
{
	assert_int_equal(publish(0, 0, true, &shape), -EINVAL);
}

static void test_shapes_the_wire_cannot_carry(void **state)
{
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 0, 1, 4));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 1, 0, 4));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 513, 1, 2052));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 1, 513, 4));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 512, 512, 2049));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 10, 10, 39));
	assert_refused(make_shape(ORIEL_CURSOR_COLOUR, 10, 10, UINT32_MAX));
	assert_refused(make_shape(ORIEL_CURSOR_MASKED, 10, 10, 39));
	assert_refused(make_shape(ORIEL_CURSOR_MONOCHROME, 9, 1, 1));
	assert_refused(make_shape(ORIEL_CURSOR_MONOCHROME, 8, 512, 1025));
	assert_refused(make_shape((enum oriel_cursor_type)3, 8, 8, 32));
	assert_int_equal(fake_queue(FAKE_POINTER)->count, 0);
}

/* There are three buffers: the fourth shape has to wait for the first to be read (T22). */
static void test_unread_shape_is_not_overwritten(void **state)
{
	struct oriel_cursor_shape shape = make_shape(ORIEL_CURSOR_COLOUR, 8, 8, 32);

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(publish(0, 0, true, &shape), 0);
		assert_message(i, 7, SHAPES + i * SHAPE_BYTES, SHAPE_BYTES);
	}
	assert_int_equal(publish(0, 0, true, &shape), -EAGAIN);
	assert_int_equal(publish(0, 0, true, NULL), 0);
	fake_done(FAKE_POINTER, 0);
	assert_int_equal(publish(0, 0, true, &shape), 0);
	assert_message(4, 7, SHAPES, SHAPE_BYTES);
	assert_int_equal(publish(0, 0, true, &shape), -EAGAIN);
}

/* ---- positions ------------------------------------------------------------------------------ */

static void test_positions_rotate(void **state)
{
	for (unsigned i = 0; i < 45; i++) {
		uint32_t buffer = POSITIONS + i % 20 * 24;

		assert_int_equal(publish((int32_t)i, -(int32_t)i, i % 2, NULL), 0);
		assert_message(i % 21, i % 2 ? 3 : 1, buffer, 24);
		assert_int_equal(get_cursor(i % 21)->x, i);
		assert_int_equal(get_cursor(i % 21)->y, -(int32_t)i);
		fake_done(FAKE_POINTER, 0);
	}
}

static void test_coordinates_are_clamped(void **state)
{
	publish(100000, -100000, true, NULL);
	assert_int_equal(get_cursor(0)->x, INT16_MAX);
	assert_int_equal(get_cursor(0)->y, INT16_MIN);
	publish(INT32_MIN, INT32_MAX, true, NULL);
	assert_int_equal(get_cursor(1)->x, INT16_MIN);
	assert_int_equal(get_cursor(1)->y, INT16_MAX);
}

static void test_full_queue(void **state)
{
	struct oriel_cursor_shape shape = make_shape(ORIEL_CURSOR_COLOUR, 8, 8, 32);

	for (int i = 0; i < 20; i++)
		assert_int_equal(publish(i, 0, true, NULL), 0);
	assert_int_equal(publish(20, 0, true, NULL), -EAGAIN);
	assert_int_equal(publish(20, 0, true, &shape), -EAGAIN);
	assert_int_equal(oriel_producer_repeat_cursor_rt(producer), -EAGAIN);
	/* None of the unread ones was touched. */
	for (int i = 0; i < 20; i++)
		assert_int_equal(get_cursor((unsigned)i)->x, i);
	oriel_producer_step(producer, FAKE_T0_MS + 1001);
	assert_int_equal(fake_bad(FAKE_POINTER), 1);
	assert_int_equal(publish(20, 0, true, NULL), 0);
	assert_int_equal(fake_queue(FAKE_POINTER)->count, 0);
}

/* ---- newcomers ------------------------------------------------------------------------------ */

static void test_newcomer_is_noticed(void **state)
{
	assert_true(oriel_producer_take_new_pointer_viewer(producer));
	assert_false(oriel_producer_take_new_pointer_viewer(producer));
	fake_subscribe(FAKE_POINTER, 2);
	assert_true(oriel_producer_take_new_pointer_viewer(producer));
	assert_false(oriel_producer_take_new_viewer(producer));
}

static void test_repeat_without_a_shape(void **state)
{
	assert_int_equal(oriel_producer_repeat_cursor_rt(producer), 0);
	assert_message(0, B7_CURSOR_POSITION, POSITIONS, 24);
	publish(3, 4, true, NULL);
	assert_int_equal(oriel_producer_repeat_cursor_rt(producer), 0);
	assert_message(2, B7_CURSOR_POSITION | B7_CURSOR_VISIBLE, POSITIONS + 48, 24);
	assert_int_equal(get_cursor(2)->x, 3);
	assert_int_equal(get_cursor(2)->y, 4);
}

/* The shape was published while nobody listened, the cursor has moved since. */
static void test_repeat_with_a_shape(void **state)
{
	struct oriel_cursor_shape shape = make_shape(ORIEL_CURSOR_MASKED, 16, 16, 64);

	fake_unsubscribe(FAKE_POINTER, 0);
	assert_int_equal(publish(1, 1, true, &shape), 0);
	assert_int_equal(publish(-30, 40, false, NULL), 0);
	assert_int_equal(fake_queue(FAKE_POINTER)->count, 0);
	fake_subscribe(FAKE_POINTER, 2);
	assert_int_equal(oriel_producer_repeat_cursor_rt(producer), 0);
	assert_message(0, B7_CURSOR_POSITION | B7_CURSOR_SHAPE, SHAPES, SHAPE_BYTES);
	assert_int_equal(get_cursor(0)->x, -30);
	assert_int_equal(get_cursor(0)->y, 40);
	assert_int_equal(get_cursor(0)->type, 2);
	assert_memory_equal(get_cursor(0) + 1, image, 16 * 64);
}

static void test_new_session_knows_no_shape(void **state)
{
	struct oriel_cursor_shape shape = make_shape(ORIEL_CURSOR_COLOUR, 8, 8, 32);

	publish(1, 1, true, &shape);
	fake_region_clear();
	assert_true(oriel_producer_step(producer, FAKE_T0_MS + 10));
	fake_subscribe(FAKE_POINTER, 1);
	assert_int_equal(oriel_producer_repeat_cursor_rt(producer), 0);
	assert_message(0, B7_CURSOR_POSITION, POSITIONS, 24);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		CASE(test_shapes_the_wire_cannot_carry),
		CASE(test_unread_shape_is_not_overwritten),
		CASE(test_positions_rotate),
		CASE(test_coordinates_are_clamped),
		CASE(test_full_queue),
		CASE(test_newcomer_is_noticed),
		CASE(test_repeat_without_a_shape),
		CASE(test_repeat_with_a_shape),
		CASE(test_new_session_knows_no_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
