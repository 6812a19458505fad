/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies in a slot after a frame was published (protocol 4.4 to 4.7, 6.5). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "relay/fake_viewer.h"
#include "relay/wire.h"

#define SOURCE_BYTES (4u * 1024 * 1024)

static uint8_t source[SOURCE_BYTES];
static struct oriel_producer *producer;
static uint32_t seed;

static int setup(void **state)
{
	seed = 1;
	producer = fake_producer_create();
	return 0;
}

static int teardown(void **state)
{
	oriel_producer_destroy(producer);
	return 0;
}

/* The same numbers in every run. */
static uint32_t next_number(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void scribble(void)
{
	for (size_t i = 0; i < sizeof source; i += 4) {
		uint32_t noise = next_number(UINT32_C(1) << 24);

		memcpy(source + i, &noise, sizeof noise);
	}
}

static struct oriel_picture make_picture(
	enum oriel_pixel_format format, uint32_t width_px, uint32_t height_px, uint32_t extra_pitch)
{
	struct oriel_picture picture = {
		.format = format,
		.width_px = width_px,
		.height_px = height_px,
		.rows = height_px,
		.screen_width_px = width_px,
		.screen_height_px = height_px,
	};

	picture.pitch_bytes = oriel_picture_get_row_bytes(&picture) + extra_pitch;
	return picture;
}

static const struct b7_frame *get_frame(unsigned slot)
{
	return (const void *)(fake_region + fake_message(FAKE_FRAME, slot)->offset);
}

static const uint8_t *get_pixels(const struct b7_frame *frame)
{
	return (const uint8_t *)frame + frame->offset + 4;
}

static uint32_t get_write_pointer(const struct b7_frame *frame)
{
	return *(const uint32_t *)(const void *)((const uint8_t *)frame + frame->offset);
}

static void assert_equals_source(const struct b7_frame *frame, const struct oriel_picture *picture)
{
	const uint8_t *pixels = get_pixels(frame);

	for (uint32_t y = 0; y < frame->data_height; y++)
		assert_memory_equal(pixels + (size_t)y * frame->pitch_bytes,
			source + (size_t)y * picture->pitch_bytes,
			oriel_picture_get_row_bytes(picture));
	assert_int_equal(get_write_pointer(frame), frame->data_height * frame->pitch_bytes);
}

static int publish(const struct oriel_picture *picture, const struct oriel_damage *damage)
{
	return oriel_producer_publish_rt(producer, picture, source, damage);
}

/* ---- formats and sizes ---------------------------------------------------------------------- */

struct format_case {
	enum oriel_pixel_format format;
	uint32_t width_px, height_px;
	uint32_t type, pitch_bytes, data_width, stride_px;
};

static const struct format_case format_cases[] = {
	{ORIEL_PIXEL_BGRA, 64, 4, B7_FRAME_BGRA, 256, 64, 64},
	{ORIEL_PIXEL_BGRA, 65, 3, B7_FRAME_BGRA, 512, 65, 128},
	{ORIEL_PIXEL_BGRA, 1, 1, B7_FRAME_BGRA, 256, 1, 64},
	{ORIEL_PIXEL_RGBA, 641, 479, B7_FRAME_RGBA, 2816, 641, 704},
	{ORIEL_PIXEL_RGBA10, 639, 5, B7_FRAME_RGBA10, 2560, 639, 640},
	{ORIEL_PIXEL_RGBA16F, 33, 7, B7_FRAME_RGBA16F, 512, 33, 64},
	{ORIEL_PIXEL_RGBA16F, 320, 200, B7_FRAME_RGBA16F, 2560, 320, 320},
	{ORIEL_PIXEL_BGR_32, 64, 4, B7_FRAME_BGR_32, 256, 64, 64},
	{ORIEL_PIXEL_BGR_32, 85, 4, B7_FRAME_BGR_32, 256, 64, 64},
	{ORIEL_PIXEL_BGR_32, 86, 4, B7_FRAME_BGR_32, 512, 128, 128},
	{ORIEL_PIXEL_BGR_32, 643, 481, B7_FRAME_BGR_32, 2048, 512, 512},
	{ORIEL_PIXEL_RGB_24, 100, 9, B7_FRAME_RGB_24, 768, 100, 256},
	{ORIEL_PIXEL_RGB_24, 257, 9, B7_FRAME_RGB_24, 1536, 257, 512},
};

static void check_format(const struct format_case *expected, uint32_t extra_pitch)
{
	struct oriel_picture picture = make_picture(
		expected->format, expected->width_px, expected->height_px, extra_pitch);
	const struct b7_frame *frame;

	setup(NULL);
	fake_subscribe(FAKE_FRAME, 1);
	assert_int_equal(publish(&picture, NULL), 1);
	frame = get_frame(0);
	assert_int_equal(frame->type, expected->type);
	assert_int_equal(frame->pitch_bytes, expected->pitch_bytes);
	assert_int_equal(frame->data_width, expected->data_width);
	assert_int_equal(frame->stride_px, expected->stride_px);
	assert_int_equal(frame->data_height, expected->height_px);
	assert_int_equal(frame->frame_width, expected->width_px);
	assert_int_equal(frame->frame_height, expected->height_px);
	assert_equals_source(frame, &picture);
	teardown(NULL);
}

static void test_formats_and_odd_sizes(void **state)
{
	scribble();
	for (size_t i = 0; i < sizeof format_cases / sizeof format_cases[0]; i++) {
		check_format(&format_cases[i], 0);
		check_format(&format_cases[i], 52);
	}
}

static void test_what_is_said_of_a_frame(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_RGBA, 40, 30, 0);
	const struct b7_frame *frame;

	picture.rotation = ORIEL_ROTATE_270;
	picture.screen_width_px = 80;
	picture.screen_height_px = 60;
	picture.flags = ORIEL_PICTURE_BLOCK_SCREENSAVER | ORIEL_PICTURE_HDR | ORIEL_PICTURE_HDR_PQ;
	fake_subscribe(FAKE_FRAME, 1);
	publish(&picture, NULL);
	frame = get_frame(0);
	assert_int_equal(frame->rotation, 3);
	assert_int_equal(frame->screen_width, 80);
	assert_int_equal(frame->screen_height, 60);
	assert_int_equal(frame->flags, B7_FLAG_BLOCK_SCREENSAVER | B7_FLAG_HDR | B7_FLAG_HDR_PQ);
	assert_int_equal(frame->offset, 4092);
	assert_int_equal(frame->damage_count, 0);
}

static void assert_refused(struct oriel_picture picture)
{
	assert_int_equal(publish(&picture, NULL), -EINVAL);
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 0);
}

static void test_pictures_the_wire_cannot_carry(void **state)
{
	struct oriel_picture more_rows = make_picture(ORIEL_PIXEL_BGRA, 4, 4, 0);

	more_rows.rows = 5;
	fake_subscribe(FAKE_FRAME, 1);
	assert_refused(make_picture(ORIEL_PIXEL_INVALID, 4, 4, 16));
	assert_refused(make_picture(ORIEL_PIXEL_COUNT, 4, 4, 16));
	assert_refused(make_picture(ORIEL_PIXEL_BGRA, 0, 4, 0));
	assert_refused(make_picture(ORIEL_PIXEL_BGRA, 4, 0, 0));
	assert_refused(make_picture(ORIEL_PIXEL_BGRA, 16385, 4, 0));
	assert_refused(make_picture(ORIEL_PIXEL_BGRA, 4, 16385, 0));
	assert_refused(make_picture(ORIEL_PIXEL_BGRA, UINT32_MAX, UINT32_MAX, 0));
	assert_refused(more_rows);
}

/* 8 MiB hold 1916 KiB of pixels a frame. */
static void test_truncation(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 1000, 1000, 0);
	struct oriel_damage below = {.count = 1, .rects = {{0, 900, 10, 10}}};
	struct oriel_damage across = {.count = 1, .rects = {{5, 600, 10, 400}}};
	uint32_t rows = (uint32_t)(oriel_producer_get_slot_bytes(producer) / 4096);
	const struct b7_frame *frame;

	scribble();
	fake_subscribe(FAKE_FRAME, 1);
	assert_int_equal(publish(&picture, NULL), 1);
	frame = get_frame(0);
	assert_int_equal(rows, 638);
	assert_int_equal(frame->data_height, rows);
	assert_int_equal(frame->frame_height, 1000);
	assert_int_equal(frame->flags, B7_FLAG_TRUNCATED);
	assert_equals_source(frame, &picture);
	assert_true(get_pixels(frame) + rows * 4096 <= fake_region +
							       fake_message(FAKE_FRAME, 0)->offset +
							       fake_message(FAKE_FRAME, 0)->size);
	/* What changed only in the missing rows shows nowhere. */
	assert_int_equal(publish(&picture, &below), 0);
	assert_int_equal(publish(&picture, &across), 1);
	assert_int_equal(get_frame(1)->damage[0].y, 600);
	assert_int_equal(get_frame(1)->damage[0].height, rows - 600);
	assert_equals_source(get_frame(1), &picture);
}

static void test_source_with_missing_rows(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 20, 20, 0);

	picture.rows = 15;
	fake_subscribe(FAKE_FRAME, 1);
	assert_int_equal(publish(&picture, NULL), 1);
	assert_int_equal(get_frame(0)->data_height, 15);
	assert_int_equal(get_frame(0)->flags, B7_FLAG_TRUNCATED);
}

/* ---- changes of the format ------------------------------------------------------------------ */

static uint32_t publish_and_read_version(const struct oriel_picture *picture)
{
	const struct oriel_damage damage = {.count = 1, .rects = {{1, 1, 1, 1}}};
	unsigned slot = fake_queue(FAKE_FRAME)->position;

	scribble();
	assert_int_equal(publish(picture, &damage), 1);
	assert_equals_source(get_frame(slot), picture);
	assert_int_equal(get_frame(slot)->damage_count, 0);
	fake_done(FAKE_FRAME, 0);
	return get_frame(slot)->format_version;
}

static void test_new_format_is_a_new_version(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 50, 40, 0);

	fake_subscribe(FAKE_FRAME, 1);
	assert_int_equal(publish_and_read_version(&picture), 1);
	picture.flags = ORIEL_PICTURE_HDR;
	assert_int_equal(publish_and_read_version(&picture), 2);
	picture.rotation = ORIEL_ROTATE_90;
	assert_int_equal(publish_and_read_version(&picture), 3);
	picture.format = ORIEL_PIXEL_RGBA;
	assert_int_equal(publish_and_read_version(&picture), 4);
	picture = make_picture(ORIEL_PIXEL_RGBA, 51, 40, 0);
	assert_int_equal(publish_and_read_version(&picture), 5);
	picture.screen_width_px = 102;
	assert_int_equal(publish_and_read_version(&picture), 6);
}

static void test_level_flags_are_no_new_version(void **state)
{
	const struct oriel_damage damage = {.count = 1, .rects = {{1, 1, 1, 1}}};
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 50, 40, 0);

	fake_subscribe(FAKE_FRAME, 1);
	publish(&picture, NULL);
	picture.flags = ORIEL_PICTURE_BLOCK_SCREENSAVER | ORIEL_PICTURE_REQUEST_ACTIVATION;
	/* Another pitch of the source is none on the wire. */
	picture.pitch_bytes += 64;
	assert_int_equal(publish(&picture, &damage), 1);
	assert_int_equal(get_frame(1)->format_version, 1);
	assert_int_equal(get_frame(1)->damage_count, 1);
	assert_int_equal(
		get_frame(1)->flags, B7_FLAG_BLOCK_SCREENSAVER | B7_FLAG_REQUEST_ACTIVATION);
}

/* ---- damage --------------------------------------------------------------------------------- */

static void test_no_damage_is_no_frame(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 50, 40, 0);
	struct oriel_damage damage = {0};

	fake_subscribe(FAKE_FRAME, 1);
	assert_int_equal(publish(&picture, &damage), 0);
	assert_int_equal(publish(&picture, NULL), 1);
	assert_int_equal(publish(&picture, &damage), 0);
	damage = (struct oriel_damage){.count = 2, .rects = {{50, 0, 5, 5}, {0, 40, 1, 1}}};
	assert_int_equal(publish(&picture, &damage), 0);
	assert_int_equal(fake_queue(FAKE_FRAME)->count, 1);
}

static void test_damage_on_the_wire(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 50, 40, 0);
	const struct oriel_damage damage = {
		.count = 2, .rects = {{45, 30, 100, UINT32_MAX}, {1, 2, 3, 4}}};
	const struct b7_frame *frame;

	fake_subscribe(FAKE_FRAME, 1);
	publish(&picture, NULL);
	publish(&picture, &damage);
	frame = get_frame(1);
	assert_int_equal(frame->serial, 1);
	assert_int_equal(frame->damage_count, 2);
	assert_int_equal(frame->damage[0].x, 45);
	assert_int_equal(frame->damage[0].y, 30);
	assert_int_equal(frame->damage[0].width, 5);
	assert_int_equal(frame->damage[0].height, 10);
	assert_int_equal(frame->damage[1].width, 3);
	assert_int_equal(frame->damage[2].width, 0);
}

/* A slot gets what changed while the other one was written, and nothing else. */
static void test_each_slot_gets_what_it_lacks(void **state)
{
	struct oriel_picture picture = make_picture(ORIEL_PIXEL_BGRA, 100, 100, 0);
	const struct oriel_damage first = {.count = 1, .rects = {{0, 0, 10, 10}}};
	const struct oriel_damage second = {.count = 1, .rects = {{50, 50, 20, 10}}};
	uint64_t copied;

	fake_subscribe(FAKE_FRAME, 1);
	publish(&picture, NULL);
	fake_done(FAKE_FRAME, 0);
	copied = oriel_producer_get_copied_bytes(producer);
	assert_int_equal(copied, 40000);
	publish(&picture, &first); /* the other slot lacks everything */
	fake_done(FAKE_FRAME, 0);
	assert_int_equal(oriel_producer_get_copied_bytes(producer) - copied, 40000);
	copied = oriel_producer_get_copied_bytes(producer);
	publish(&picture, &second);
	fake_done(FAKE_FRAME, 0);
	assert_int_equal(oriel_producer_get_copied_bytes(producer) - copied, (100 + 200) * 4);
	copied = oriel_producer_get_copied_bytes(producer);
	publish(&picture, &second);
	assert_int_equal(oriel_producer_get_copied_bytes(producer) - copied, 200 * 4);
}

/* Draws noise into a rectangle of the source and adds it to damage. */
static void change(const struct oriel_picture *picture, struct oriel_damage *damage)
{
	uint32_t bytes = oriel_pixel_get_info(picture->format)->bytes;
	struct oriel_rect rect = {next_number(picture->width_px), next_number(picture->height_px),
		1 + next_number(picture->width_px / 2), 1 + next_number(picture->height_px / 2)};

	oriel_rect_clip(&rect, picture->width_px, picture->height_px);
	for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
		for (uint32_t i = rect.x * bytes; i < (rect.x + rect.w) * bytes; i++)
			source[(size_t)y * picture->pitch_bytes + i] = (uint8_t)next_number(256);
	oriel_damage_add(damage, rect);
}

/* Whatever the order of changes, readers and refusals: what was published is the source. */
static void check_random_damage(const struct oriel_picture *picture, int frames)
{
	struct oriel_damage damage = {.full = true};
	bool subscribed = false;

	for (int i = 0; i < frames; i++) {
		uint32_t slot = fake_queue(FAKE_FRAME)->position;

		for (uint32_t changes = next_number(9); changes; changes--)
			change(picture, &damage);
		if (next_number(4) && fake_queue(FAKE_FRAME)->count)
			fake_done(FAKE_FRAME, 0);
		if (!next_number(15)) {
			if (subscribed)
				fake_unsubscribe(FAKE_FRAME, 0);
			else
				fake_subscribe(FAKE_FRAME, 1);
			subscribed = !subscribed;
			oriel_producer_step(producer, FAKE_T0_MS + 1);
		}
		if (!next_number(10))
			oriel_producer_repeat_rt(producer);
		slot = fake_queue(FAKE_FRAME)->position;
		if (publish(picture, &damage) != 1)
			continue;
		oriel_damage_clear(&damage);
		if (fake_queue(FAKE_FRAME)->position != slot)
			assert_equals_source(get_frame(slot), picture);
	}
	assert_true(oriel_producer_get_copied_bytes(producer) > 0);
}

static void test_random_damage(void **state)
{
	static const enum oriel_pixel_format formats[] = {
		ORIEL_PIXEL_BGRA, ORIEL_PIXEL_RGBA16F, ORIEL_PIXEL_BGR_32, ORIEL_PIXEL_RGB_24};

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct oriel_picture picture = make_picture(formats[i], 131, 97, (uint32_t)i * 8);

		setup(NULL);
		seed = (uint32_t)i;
		check_random_damage(&picture, 400);
		teardown(NULL);
	}
}

/* ---- the write pointer ---------------------------------------------------------------------- */

/* Looks at the write pointer all the time while frames are published, and at the rows it promises.
 */
struct watcher {
	struct oriel_picture picture;
	uint32_t *write_pointer;
	uint8_t value; /* of every changed byte of the frame that is being published; atomic */
	uint8_t started, stop; /* atomic */
	uint32_t wrong_rows;
	uint32_t partial; /* values seen that were neither nothing nor everything */
};

static uint8_t look(const uint8_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

/* A viewer is another process and may read what is being written; it throws that away. The thread
 * sanitizer, which sees two threads, would call it a race. */
__attribute__((no_sanitize("thread"), noinline)) static uint8_t read_pixel(const uint8_t *at)
{
	return *(const volatile uint8_t *)at;
}

/* The first and the last byte of the last row that is promised; the outermost rows are not looked
 * at, so that damage may spare them. */
static void watch_once(struct watcher *watcher, uint8_t value)
{
	uint32_t pitch = watcher->picture.pitch_bytes;
	uint32_t bytes = oriel_wire_load32(watcher->write_pointer);
	const uint8_t *pixels = (const uint8_t *)(watcher->write_pointer + 1);
	const uint8_t *row = pixels + (size_t)(bytes / pitch) * pitch - pitch;

	if (bytes < 2 * pitch || bytes >= watcher->picture.rows * pitch)
		return;
	watcher->partial++;
	if (read_pixel(row) == value && read_pixel(row + pitch - 1) == value)
		return;
	/* Unless the next frame began meanwhile, which sets the pointer back first. */
	if (oriel_wire_load32(watcher->write_pointer) >= bytes && look(&watcher->value) == value)
		watcher->wrong_rows++;
}

static void *watch(void *data)
{
	struct watcher *watcher = data;

	__atomic_store_n(&watcher->started, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&watcher->stop, __ATOMIC_ACQUIRE)) {
		uint8_t value = __atomic_load_n(&watcher->value, __ATOMIC_ACQUIRE);

		if (value)
			watch_once(watcher, value);
	}
	return NULL;
}

/* Nobody subscribes, so every frame goes to the first slot. The value is 0 while a frame is begun.
 */
static void check_write_pointer(const struct oriel_damage *damage)
{
	struct watcher watcher = {.picture = make_picture(ORIEL_PIXEL_BGRA, 640, 900, 0)};
	const uint32_t bytes = watcher.picture.pitch_bytes * watcher.picture.rows;
	pthread_t thread;

	watcher.write_pointer = (uint32_t *)(void *)(fake_region + 0x302ffc);
	memset(source, 0xff, bytes);
	publish(&watcher.picture, NULL);
	assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
	while (!look(&watcher.started))
		oriel_time_relax();
	for (int i = 0; i < 300; i++) {
		uint8_t value = (uint8_t)(1 + i % 250);

		__atomic_store_n(&watcher.value, 0, __ATOMIC_RELEASE);
		oriel_wire_store32(watcher.write_pointer, 0);
		memset(source, value, bytes);
		__atomic_store_n(&watcher.value, value, __ATOMIC_RELEASE);
		assert_int_equal(publish(&watcher.picture, damage), 1);
		assert_int_equal(*watcher.write_pointer, bytes);
	}
	__atomic_store_n(&watcher.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(watcher.wrong_rows, 0);
	print_message("# %u values between nothing and all were seen\n", watcher.partial);
}

static void test_write_pointer_never_runs_ahead(void **state)
{
	check_write_pointer(NULL);
}

/* Two rectangles side by side: no row is promised before both of its halves are there. */
static void test_write_pointer_never_runs_ahead_of_damage(void **state)
{
	const struct oriel_damage damage = {
		.count = 2, .rects = {{320, 1, 320, 898}, {0, 0, 320, 900}}};

	check_write_pointer(&damage);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats_and_odd_sizes),
		CASE(test_what_is_said_of_a_frame),
		CASE(test_pictures_the_wire_cannot_carry),
		CASE(test_truncation),
		CASE(test_source_with_missing_rows),
		CASE(test_new_format_is_a_new_version),
		CASE(test_level_flags_are_no_new_version),
		CASE(test_no_damage_is_no_frame),
		CASE(test_damage_on_the_wire),
		CASE(test_each_slot_gets_what_it_lacks),
		cmocka_unit_test(test_random_damage),
		CASE(test_write_pointer_never_runs_ahead),
		CASE(test_write_pointer_never_runs_ahead_of_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
