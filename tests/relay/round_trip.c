/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of the relay over one mapping, turned in step by hand: what goes in at one end comes
 * out at the other, also after either of them went away for a while. */
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
#include "relay/consumer.h"
#include "relay/producer.h"

#define MS ORIEL_NS_PER_MS
#define WIDTH 101u /* no multiple of anything */
#define HEIGHT 37u
#define PITCH (WIDTH * 8)
#define VIEWERS 3

static struct image image;
static struct oriel_producer *producer;
static struct oriel_consumer *viewers[VIEWERS];
static struct oriel_frame frame;
static uint64_t now_ms;
static uint8_t drawn[PITCH * HEIGHT];
static uint8_t shown[VIEWERS][PITCH * HEIGHT];

static void start_guest(void)
{
	const struct oriel_producer_options options = {
		.host_version = "round trip",
		.accepts_set_cursor = true,
	};
	struct oriel_error error;

	if (oriel_producer_create(
		    &producer, image.base, image.size_bytes, &options, now_ms, &error))
		fail_msg("%s", error.message);
}

/* Guest and viewers live on for some time, in steps of 5 ms. */
static void run(uint32_t ms, int viewer_count)
{
	for (uint32_t i = 0; i < ms; i += 5) {
		now_ms += 5;
		oriel_producer_step(producer, now_ms);
		for (int v = 0; v < viewer_count; v++)
			oriel_consumer_step_rt(viewers[v], now_ms * MS);
	}
}

static int set_up(void **state)
{
	image_create(&image, IMAGE_BYTES);
	now_ms = 5000;
	for (int v = 0; v < VIEWERS; v++)
		assert_int_equal(oriel_consumer_create(&viewers[v], image.path, NULL), 0);
	start_guest();
	run(100, VIEWERS);
	for (int v = 0; v < VIEWERS; v++)
		assert_int_equal(oriel_consumer_get_link(viewers[v]), ORIEL_LINK_LIVE);
	return 0;
}

static int tear_down(void **state)
{
	for (int v = 0; v < VIEWERS; v++)
		oriel_consumer_destroy(viewers[v]);
	oriel_producer_destroy(producer);
	image_destroy(&image);
	return 0;
}

static struct oriel_picture describe(enum oriel_pixel_format format)
{
	return (struct oriel_picture){
		.format = format,
		.width_px = WIDTH,
		.height_px = HEIGHT,
		.rows = HEIGHT,
		.pitch_bytes = PITCH,
		.screen_width_px = WIDTH,
		.screen_height_px = HEIGHT,
	};
}

static void draw(uint32_t seed)
{
	for (uint32_t i = 0; i < sizeof drawn; i++)
		drawn[i] = (uint8_t)(i * 7 + seed * 13 + (i >> 8));
}

/* Copies what the frame says has changed, and nothing else. */
static void show(int viewer)
{
	const struct oriel_picture *picture = &frame.picture;
	uint32_t bytes = oriel_picture_get_row_bytes(picture) / picture->width_px;
	const struct oriel_rect everything = {0, 0, picture->width_px, picture->height_px};
	uint32_t count = frame.damage.full ? 1 : frame.damage.count;

	assert_int_equal(oriel_consumer_wait_bytes_rt(
				 viewers[viewer], &frame, frame.size_bytes, oriel_time_now_ns()),
		0);
	for (uint32_t i = 0; i < count; i++) {
		struct oriel_rect rect = frame.damage.full ? everything : frame.damage.rects[i];

		for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
			memcpy(shown[viewer] + y * PITCH + rect.x * bytes,
				frame.pixels + (size_t)y * picture->pitch_bytes + rect.x * bytes,
				(size_t)rect.w * bytes);
	}
	assert_int_equal(oriel_consumer_give_frame_rt(viewers[viewer], &frame, true), 0);
}

static bool take_and_show(int viewer)
{
	if (!oriel_consumer_take_frame_rt(viewers[viewer], now_ms * MS, &frame))
		return false;
	show(viewer);
	return true;
}

static void assert_shown(int viewer, uint32_t row_bytes)
{
	for (uint32_t y = 0; y < HEIGHT; y++)
		assert_memory_equal(shown[viewer] + y * PITCH, drawn + y * PITCH, row_bytes);
}

static void every_format_arrives_as_it_was(void **state)
{
	for (int format = ORIEL_PIXEL_BGRA; format < ORIEL_PIXEL_COUNT; format++) {
		struct oriel_picture picture = describe(format);

		picture.rotation = format % 4;
		picture.flags = ORIEL_PICTURE_BLOCK_SCREENSAVER;
		draw((uint32_t)format);
		assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
		assert_true(oriel_consumer_take_frame_rt(viewers[0], now_ms * MS, &frame));
		assert_int_equal(frame.picture.format, format);
		assert_int_equal(frame.picture.rotation, picture.rotation);
		assert_int_equal(frame.picture.width_px, WIDTH);
		assert_int_equal(frame.picture.rows, HEIGHT);
		assert_int_equal(frame.picture.flags, picture.flags);
		assert_true(frame.damage.full);
		assert_true(frame.layout_changed);
		show(0);
		assert_shown(0, oriel_picture_get_row_bytes(&picture));
		run(10, VIEWERS);
		for (int v = 1; v < VIEWERS; v++)
			assert_true(take_and_show(v));
	}
}

/* Two slots, each behind by other frames; a viewer that leaves frames out; one that is never late.
 */
static void damage_alone_keeps_every_viewer_right(void **state)
{
	struct oriel_picture picture = describe(ORIEL_PIXEL_BGRA);
	struct oriel_damage damage;

	draw(0);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
	for (uint32_t i = 1; i < 200; i++) {
		struct oriel_rect rect = {i * 7 % WIDTH, i * 5 % HEIGHT, 1 + i % 20, 1 + i % 9};

		oriel_rect_clip(&rect, WIDTH, HEIGHT);
		for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
			memset(drawn + y * PITCH + rect.x * 4, (int)i, rect.w * 4);
		oriel_damage_clear(&damage);
		oriel_damage_add(&damage, rect);
		run(5, VIEWERS);
		for (int v = 0; v < VIEWERS; v++)
			if (v == 0 || i % 2 == 0 || !oriel_producer_is_ready(producer))
				take_and_show(v);
		assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, &damage), 1);
		assert_true(take_and_show(0));
		assert_shown(0, WIDTH * 4);
	}
	for (int v = 0; v < VIEWERS; v++) {
		struct oriel_consumer_counts counts;

		while (take_and_show(v))
			;
		assert_shown(v, WIDTH * 4);
		oriel_consumer_get_counts(viewers[v], &counts);
		assert_int_equal(counts.resubscribed, 0);
		assert_int_equal(counts.rejected, 0);
	}
}

/* T6, T10: flagged after a second, back by itself, and the others did not wait longer than that. */
static void sleeping_viewer_is_left_behind_and_comes_back(void **state)
{
	struct oriel_picture picture = describe(ORIEL_PIXEL_BGRA);
	struct oriel_consumer_counts counts;

	draw(1);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
	assert_true(take_and_show(0));
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), -EAGAIN);
	run(1100, 1); /* the others are asleep */
	assert_true(oriel_producer_is_watched(producer));
	draw(2);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
	assert_true(take_and_show(0));
	assert_shown(0, WIDTH * 4);

	for (int v = 1; v < VIEWERS; v++)
		assert_false(take_and_show(v));
	run(200, VIEWERS);
	for (int v = 1; v < VIEWERS; v++) {
		assert_int_equal(oriel_consumer_get_link(viewers[v]), ORIEL_LINK_LIVE);
		oriel_consumer_get_counts(viewers[v], &counts);
		assert_int_equal(counts.resubscribed, 1);
	}
	assert_true(oriel_producer_take_new_viewer(producer));
	assert_int_equal(oriel_producer_repeat_rt(producer), 1);
	assert_false(take_and_show(0)); /* knows it already */
	for (int v = 1; v < VIEWERS; v++) {
		assert_true(take_and_show(v));
		assert_shown(v, WIDTH * 4);
	}
}

static void guest_program_that_restarts_is_followed(void **state)
{
	struct oriel_picture picture = describe(ORIEL_PIXEL_RGBA);

	oriel_producer_destroy(producer);
	oriel_consumer_step_rt(viewers[0], now_ms * MS);
	assert_int_equal(oriel_consumer_get_link(viewers[0]), ORIEL_LINK_STOPPED);
	start_guest();
	run(100, VIEWERS);
	draw(3);
	assert_int_equal(oriel_producer_publish_rt(producer, &picture, drawn, NULL), 1);
	for (int v = 0; v < VIEWERS; v++) {
		assert_true(take_and_show(v));
		assert_shown(v, WIDTH * 4);
	}
}

static void cursor_goes_both_ways(void **state)
{
	static const uint8_t pixels[2 * 3 * 4] = {1, 2, 3, 255, 4, 5, 6, 255, 7};
	const struct oriel_cursor_shape shape = {
		.type = ORIEL_CURSOR_COLOUR,
		.width_px = 3,
		.height_px = 2,
		.pitch_bytes = 12,
		.hot_x_px = -1,
		.hot_y_px = 1,
		.image = pixels,
	};
	struct oriel_cursor_update update;
	int32_t x_px, y_px;

	assert_int_equal(oriel_producer_publish_cursor_rt(producer, -7, 9, true, &shape), 0);
	assert_int_equal(oriel_producer_publish_cursor_rt(producer, 20, 30, false, NULL), 0);
	assert_int_equal(oriel_consumer_take_cursor_rt(viewers[0], &update), 1);
	assert_true(update.has_shape && update.visible);
	assert_int_equal(update.x_px, -7);
	assert_int_equal(update.shape.hot_x_px, -1);
	assert_memory_equal(update.shape.image, pixels, sizeof pixels);
	assert_int_equal(oriel_consumer_take_cursor_rt(viewers[0], &update), 1);
	assert_false(update.has_shape || update.visible);
	assert_int_equal(update.y_px, 30);
	assert_int_equal(oriel_consumer_take_cursor_rt(viewers[0], &update), 0);

	assert_int_equal(oriel_consumer_send_cursor_rt(viewers[1], 100, -5), 0);
	run(10, VIEWERS);
	assert_true(oriel_producer_take_set_cursor_rt(producer, &x_px, &y_px));
	assert_int_equal(x_px, 100);
	assert_int_equal(y_px, -5);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_format_arrives_as_it_was),
		CASE(damage_alone_keeps_every_viewer_right),
		CASE(sleeping_viewer_is_left_behind_and_comes_back),
		CASE(guest_program_that_restarts_is_followed),
		CASE(cursor_goes_both_ways),
	};

	return cmocka_run_group_tests_name("relay-round-trip", tests, NULL, NULL);
}
