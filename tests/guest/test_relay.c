/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every format, rotation, pattern and way to tell damage, through the real program and a real file.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/core/pattern.h"
#include "guest/rig.h"
#include "relay/region.h"

#define WIDTH_PX 333u /* odd: packed formats end rows in the middle of a word */
#define HEIGHT_PX 210u
#define FRAMES 6u

static const char *const formats[] = {"bgra", "rgba", "rgba10", "rgba16f", "bgr_32", "rgb_24"};
static const char *const rotations[] = {"0", "90", "180", "270"};

/* The first pixel that is not what the pattern has at that place is reported. */
static void expect_picture(const struct rig *rig, const struct oriel_pattern *pattern)
{
	const struct oriel_picture *picture = &rig->picture;

	for (uint32_t y = 0; y < pattern->height_px; y++) {
		for (uint32_t x = 0; x < pattern->width_px; x++) {
			uint8_t wanted[8];
			uint32_t rgb = oriel_pattern_get_rgb(pattern, rig->serial, x, y);
			uint32_t bytes = oriel_pattern_store(picture->format, wanted, rgb);
			uint32_t at_x, at_y;

			oriel_pattern_turn(pattern, picture->rotation, x, y, &at_x, &at_y);
			if (memcmp(wanted,
				    rig->pixels + (size_t)at_y * picture->pitch_bytes +
					    at_x * bytes,
				    bytes))
				fail_msg("frame %u: pixel %u,%u is wrong", rig->serial, x, y);
		}
	}
}

static void expect_layout(const struct rig *rig, const char *format, int rotation)
{
	const struct oriel_picture *picture = &rig->picture;

	assert_int_equal(picture->format, oriel_pixel_from_name(format));
	assert_int_equal(picture->rotation, rotation);
	assert_int_equal(picture->width_px, rotation % 2 ? HEIGHT_PX : WIDTH_PX);
	assert_int_equal(picture->height_px, rotation % 2 ? WIDTH_PX : HEIGHT_PX);
	assert_int_equal(picture->rows, picture->height_px);
	assert_int_equal(!!(picture->flags & ORIEL_PICTURE_HDR), !strcmp(format, "rgba16f"));
	assert_false(picture->flags & ORIEL_PICTURE_TRUNCATED);
}

static void check(const char *format, int rotation, const char *kind, const char *damage)
{
	char size[32];
	const char *const arguments[] = {"--capture", "test", "--fps", "200", "--size", size,
		"--format", format, "--rotation", rotations[rotation], "--pattern", kind,
		"--damage", damage, "--frames", "60", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find(kind), WIDTH_PX, HEIGHT_PX};
	struct rig rig;

	snprintf(size, sizeof size, "%ux%u", WIDTH_PX, HEIGHT_PX);
	rig_begin(&rig, 16, arguments);
	for (uint32_t i = 0; i < FRAMES; i++) {
		assert_true(rig_take(&rig));
		expect_layout(&rig, format, rotation);
		expect_picture(&rig, &pattern);
	}
	rig_end(&rig);
}

static void test_formats(void **state)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		for (int rotation = 0; rotation < 4; rotation++)
			check(formats[i], rotation, "box", "rects");
}

static void test_scrolling(void **state)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		for (int rotation = 0; rotation < 4; rotation++)
			check(formats[i], rotation, "scroll", "none");
}

static void test_many_boxes(void **state)
{
	check("bgra", 0, "boxes", "rects");
	check("rgba", 3, "boxes", "full");
	check("bgr_32", 1, "boxes", "none");
}

static bool is_last(const struct rig *rig, void *data)
{
	return rig->frames && rig->serial == *(uint32_t *)data;
}

static bool has_whole_cursor(const struct rig *rig, void *data)
{
	return rig->cursor.has_position && rig->cursor.has_shape && is_last(rig, data) &&
	       rig->cursor.x_px == 9 * 3 - 4;
}

/* Stands still after the last frame, and a viewer that comes later sees it at once. */
static void test_stands_still(void **state)
{
	const char *const arguments[] = {"--capture", "test", "--fps", "500", "--size", "320x200",
		"--frames", "10", "--cursor", "colour", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 320, 200};
	uint32_t last = 9;
	struct rig rig;

	rig_begin(&rig, 16, arguments);
	assert_true(rig_wait(&rig, is_last, &last));
	expect_picture(&rig, &pattern);

	oriel_consumer_destroy(rig.consumer);
	rig.frames = 0;
	assert_int_equal(oriel_consumer_create(&rig.consumer, rig.path, NULL), 0);
	assert_true(rig_wait(&rig, has_whole_cursor, &last));
	assert_int_equal(rig.frames, 1);
	expect_picture(&rig, &pattern);
	rig_end(&rig);
}

static void test_cursors(void **state)
{
	static const char *const names[] = {
		[ORIEL_CURSOR_COLOUR] = "colour",
		[ORIEL_CURSOR_MONOCHROME] = "monochrome",
		[ORIEL_CURSOR_MASKED] = "masked",
	};
	uint8_t image[ORIEL_PATTERN_CURSOR_PX * ORIEL_PATTERN_CURSOR_PX * 4];
	uint32_t last = 9;

	for (int type = 0; type < 3; type++) {
		const char *const arguments[] = {"--capture", "test", "--fps", "500", "--size",
			"320x200", "--frames", "10", "--cursor", names[type], NULL};
		struct oriel_cursor_shape wanted = oriel_pattern_draw_cursor(type, image);
		struct rig rig;

		rig_begin(&rig, 16, arguments);
		assert_true(rig_wait(&rig, has_whole_cursor, &last));
		assert_true(rig.cursor.visible);
		assert_int_equal(rig.cursor.y_px, 9 * 2 - 4);
		assert_int_equal(rig.cursor.shape.type, type);
		assert_int_equal(rig.cursor.shape.width_px, wanted.width_px);
		assert_int_equal(rig.cursor.shape.height_px, wanted.height_px);
		assert_int_equal(rig.cursor.shape.hot_x_px, wanted.hot_x_px);
		assert_memory_equal(
			rig.cursor.shape.image, image, oriel_cursor_get_image_bytes(&wanted));
		rig_end(&rig);
	}
}

/* 2560x1600 needs 64 MiB: the rows that fit are right, the flag is set. */
static void test_truncated(void **state)
{
	const char *const arguments[] = {
		"--capture", "test", "--size", "2560x1600", "--frames", "1", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 2560, 1600};
	struct rig rig;

	rig_begin(&rig, 32, arguments);
	assert_true(rig_take(&rig));
	assert_true(rig.picture.flags & ORIEL_PICTURE_TRUNCATED);
	assert_in_range(rig.picture.rows, 1, 1599);
	assert_int_equal(rig.picture.screen_height_px, 1600);
	pattern.height_px = rig.picture.rows;
	pattern.kind = oriel_pattern_find("scroll");
	/* The box of frame 0 sits in the upper left corner; below it is background only. */
	for (uint32_t y = ORIEL_PATTERN_BOX_PX; y < rig.picture.rows; y += 7) {
		uint8_t wanted[8];

		oriel_pattern_store(
			ORIEL_PIXEL_BGRA, wanted, oriel_pattern_get_rgb(&pattern, 0, 100, y));
		assert_memory_equal(
			wanted, rig.pixels + (size_t)y * rig.picture.pitch_bytes + 400, 4);
	}
	rig_end(&rig);
}

/* What the viewer is told, and that a second session over the same file works like the first. */
static void test_restart(void **state)
{
	const char *const arguments[] = {"--capture", "test", "--size", "320x200", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 320, 200};
	const struct oriel_guest_info *guest;
	struct rig rig;

	rig_begin(&rig, 16, arguments);
	assert_true(rig_take(&rig));
	guest = oriel_consumer_get_guest(rig.consumer);
	assert_non_null(guest);
	assert_string_equal(guest->capture, "test");
	assert_string_equal(guest->host_version, "oriel " ORIEL_VERSION);
	assert_false(guest->has_uuid);
	assert_false(guest->accepts_set_cursor);
	assert_true(guest->cpus >= 1);

	assert_int_equal(rig_stop(rig.guest), 0);
	rig_begin_guest(&rig, arguments);
	assert_true(rig_take(&rig));
	assert_true(rig_take(&rig));
	expect_picture(&rig, &pattern);
	rig_end(&rig);
}

static struct sigaction guard_action;

static void make_file(const char *path, off_t bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	close(fd);
}

static bool is_lost(const struct rig *rig, void *data)
{
	return oriel_consumer_get_link(rig->consumer) != ORIEL_LINK_LIVE;
}

/* The file is truncated under the program, then removed, then there is another one: it survives and
 * goes on in the new one. */
static void test_lost_file(void **state)
{
	const char *const arguments[] = {"--capture", "test", "--size", "320x200", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 320, 200};
	struct rig rig;

	/* cmocka puts its own handler in front before each case. */
	sigaction(SIGBUS, &guard_action, NULL);
	rig_begin(&rig, 16, arguments);
	assert_true(rig_take(&rig));
	assert_int_equal(truncate(rig.path, 0), 0);
	assert_true(rig_wait(&rig, is_lost, NULL));
	assert_int_equal(unlink(rig.path), 0);
	make_file(rig.path, 16 << 20);
	assert_true(rig_take(&rig));
	expect_picture(&rig, &pattern);
	assert_true(rig_take(&rig));
	expect_picture(&rig, &pattern);
	rig_end(&rig);
}

/* A guest's firmware wipes the memory when it boots: a new session, and the cursor is told again.
 */
static void test_wiped(void **state)
{
	const char *const arguments[] = {"--capture", "test", "--size", "320x200", "--fps", "500",
		"--frames", "10", "--cursor", "colour", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 320, 200};
	uint32_t last = 9;
	struct rig rig;
	int fd;

	rig_begin(&rig, 16, arguments);
	assert_true(rig_wait(&rig, has_whole_cursor, &last));
	rig.frames = 0;
	rig.cursor.has_shape = rig.cursor.has_position = false;
	fd = open(rig.path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "\0\0\0\0", 4, 0), 4);
	close(fd);
	assert_true(rig_wait(&rig, has_whole_cursor, &last));
	expect_picture(&rig, &pattern);
	rig_end(&rig);
}

/* --wait: started before there is a file. */
static void test_wait(void **state)
{
	const char *const arguments[] = {"--wait", "--capture", "test", "--size", "320x200", NULL};
	struct oriel_pattern pattern = {oriel_pattern_find("box"), 320, 200};
	struct rig rig;

	rig_begin_file(&rig, 16);
	assert_int_equal(unlink(rig.path), 0);
	rig_begin_guest(&rig, arguments);
	usleep(100000);
	make_file(rig.path, 16 << 20);
	assert_true(rig_take(&rig));
	expect_picture(&rig, &pattern);
	rig_end(&rig);
}

/* Waiting or not, SIGTERM ends it with success. */
static void test_ends_while_waiting(void **state)
{
	const char *const arguments[] = {"--wait", "--capture", "test", NULL};
	struct rig rig;

	rig_begin_file(&rig, 16);
	assert_int_equal(unlink(rig.path), 0);
	rig_begin_guest(&rig, arguments);
	usleep(100000);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_scrolling),
		cmocka_unit_test(test_many_boxes),
		cmocka_unit_test(test_stands_still),
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_lost_file),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_ends_while_waiting),
	};

	oriel_region_install_guard();
	sigaction(SIGBUS, NULL, &guard_action);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
