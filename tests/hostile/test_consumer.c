/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our consumer against the raw guest, well behaved: every format, damage, cursors, restarts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "harness/peer/child.h"
#include "hostile/sink.h"

#define WAIT_MS 10000u

struct scene {
	char path[64];
	struct peer_child guest;
	struct sink sink;
};

static int set_up(void **state)
{
	static struct scene scene; /* outlives a test that fails, as its thread may */

	peer_make_path(scene.path, sizeof scene.path);
	if (!peer_child_start(&scene.guest,
		    (const char *const[]){PEER_GUEST_PATH, scene.path, "8388608", NULL}))
		return -1;
	sink_start(&scene.sink, scene.path);
	*state = &scene;
	return peer_child_ask(&scene.guest, "damage tiles") &&
			       peer_child_ask(&scene.guest, "rate 250") &&
			       peer_child_ask(&scene.guest, "mode 1 200 100")
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	sink_stop(&scene->sink);
	peer_child_stop(&scene->guest);
	unlink(scene->path);
	return 0;
}

static void ask(struct scene *scene, const char *line)
{
	if (!peer_child_ask(&scene->guest, "%s", line))
		fail_msg("the guest does not \"%s\"", line);
}

/* Exactly so many good frames from now on, and nothing else. */
static void expect_good(struct scene *scene, uint32_t count)
{
	struct sink_seen seen;

	if (!sink_wait_good(&scene->sink, count, WAIT_MS))
		fail_msg("%u of %u frames: %s", sink_look(&scene->sink).good, count,
			sink_look(&scene->sink).reason);
	seen = sink_look(&scene->sink);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.wrong_shapes, 0);
	assert_int_equal(seen.counts.rejected, 0);
}

/* The guest ran fast, and some frames may have been skipped: the newest always comes. */
static void expect_serial(struct scene *scene, uint32_t serial)
{
	uint64_t end_ns = oriel_time_now_ns() + WAIT_MS * ORIEL_NS_PER_MS;

	while (sink_look(&scene->sink).serial != serial || !sink_look(&scene->sink).good) {
		if (oriel_time_now_ns() > end_ns)
			fail_msg("serial %u instead of %u: %s", sink_look(&scene->sink).serial,
				serial, sink_look(&scene->sink).reason);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
	assert_int_equal(sink_look(&scene->sink).wrong, 0);
	assert_int_equal(sink_look(&scene->sink).counts.rejected, 0);
}

static void test_every_type_in_every_damage_mode(void **state)
{
	static const char *const modes[] = {"full", "tiles", "over"};
	struct scene *scene = *state;

	ask(scene, "begin");
	for (uint32_t type = 1; type <= 6; type++) {
		for (uint32_t i = 0; i < 3; i++) {
			assert_true(peer_child_ask(
				&scene->guest, "mode %u %u 117", type, 101 + 31 * type + i));
			assert_true(peer_child_ask(&scene->guest, "damage %s", modes[i]));
			ask(scene, "serial 0");
			sink_clear(&scene->sink);
			ask(scene, "frames 12");
			expect_serial(scene, 11);
			assert_int_equal(sink_look(&scene->sink).picture.format, type);
			assert_true(i == 1 || !sink_look(&scene->sink).partial);
			assert_true(i != 1 || sink_look(&scene->sink).partial > 0);
		}
	}
}

static void test_rotation_flags_and_pitch_are_told(void **state)
{
	struct scene *scene = *state;
	struct oriel_picture picture;

	ask(scene, "begin");
	ask(scene, "mode 1 99 77 4444");
	ask(scene, "rotation 3");
	ask(scene, "flags 27");
	ask(scene, "frames 5");
	expect_serial(scene, 4);
	picture = sink_look(&scene->sink).picture;
	assert_int_equal(picture.rotation, ORIEL_ROTATE_270);
	assert_int_equal(picture.flags, 27);
	assert_int_equal(picture.pitch_bytes, 4444);
	assert_int_equal(picture.width_px, 99);
	assert_int_equal(picture.rows, 77);
}

/* The B7 host forgets the last rows of a BGR_32 frame when the width mod 4 is 3. */
static void test_short_rows_are_taken(void **state)
{
	struct scene *scene = *state;

	ask(scene, "begin");
	ask(scene, "short-rows 1");
	ask(scene, "mode 5 127 200");
	ask(scene, "frames 5");
	expect_serial(scene, 4);
	assert_int_equal(sink_look(&scene->sink).picture.rows, 127 * 200 / 128);
	assert_int_equal(sink_look(&scene->sink).picture.height_px, 200);
}

/* T12. */
static void test_truncated_frame_shows_what_fits(void **state)
{
	struct scene *scene = *state;
	struct oriel_picture picture;

	ask(scene, "begin");
	ask(scene, "mode 1 640 2000");
	ask(scene, "frames 5");
	expect_serial(scene, 4);
	picture = sink_look(&scene->sink).picture;
	assert_int_equal(picture.rows, (2617344 - 4096) / 2560);
	assert_true(picture.flags & ORIEL_PICTURE_TRUNCATED);
}

static void test_serials_begin_at_zero_and_wrap(void **state)
{
	struct scene *scene = *state;

	ask(scene, "begin");
	ask(scene, "frames 1");
	expect_serial(scene, 0);
	ask(scene, "frames 3");
	expect_serial(scene, 3);
	ask(scene, "serial 0xfffffffd");
	ask(scene, "frames 6");
	expect_serial(scene, 2);
}

static void test_repeat_is_no_frame(void **state)
{
	struct scene *scene = *state;
	uint64_t end_ns = oriel_time_now_ns() + WAIT_MS * ORIEL_NS_PER_MS;
	uint32_t good;

	ask(scene, "begin");
	ask(scene, "frames 2");
	expect_serial(scene, 1);
	good = sink_look(&scene->sink).good;
	for (int i = 0; i < 10; i++)
		ask(scene, "repeat");
	while (sink_look(&scene->sink).counts.repeats < 10)
		assert_true(oriel_time_now_ns() < end_ns);
	assert_int_equal(sink_look(&scene->sink).good, good);
}

static void test_second_viewer_gets_the_picture(void **state)
{
	static struct sink second;
	struct scene *scene = *state;

	ask(scene, "begin");
	ask(scene, "shape 0 16 16 64 1 1 0");
	ask(scene, "frames 2");
	expect_serial(scene, 1);
	sink_start(&second, scene->path);
	assert_true(sink_wait_good(&second, 1, WAIT_MS));
	sink_stop(&second);
	expect_good(scene, 1);
}

static void test_cursors_of_every_type(void **state)
{
	struct scene *scene = *state;
	struct sink_seen seen = {0};
	uint64_t end_ns = oriel_time_now_ns() + WAIT_MS * ORIEL_NS_PER_MS;

	sink_expect_cursor(&scene->sink, 7);
	ask(scene, "begin");
	ask(scene, "frames 1");
	expect_good(scene, 1);
	ask(scene, "shape 0 512 512 2048 -1 127 7");
	ask(scene, "shape 1 33 64 5 3 4 7");
	ask(scene, "shape 2 24 24 96 0 0 7");
	ask(scene, "cursor -100 30000 0");
	while (seen.cursor.x_px != -100) {
		assert_true(oriel_time_now_ns() < end_ns);
		seen = sink_look(&scene->sink);
	}
	assert_int_equal(seen.cursor.y_px, 30000);
	assert_false(seen.cursor.visible);
	assert_true(seen.shapes >= 3);
	assert_int_equal(seen.wrong_shapes, 0);
	assert_int_equal(seen.shape.type, ORIEL_CURSOR_MASKED);
	assert_int_equal(seen.shape.width_px, 24);
}

static void test_cursor_is_sent_to_the_guest(void **state)
{
	struct scene *scene = *state;
	bool arrived = false;

	ask(scene, "begin");
	ask(scene, "frames 1");
	expect_good(scene, 1);
	for (int i = 0; i < 25; i++) { /* more than the ring holds */
		while (sink_send_cursor(&scene->sink, 100 + i, -5) == -EAGAIN)
			usleep(1000);
	}
	for (int i = 0; i < 1000 && !arrived; i++) {
		ask(scene, "status");
		arrived = strstr(scene->guest.events, "set-cursor 124 -5\n");
		usleep(1000);
	}
	assert_true(arrived);
	ask(scene, "features 0");
	ask(scene, "begin");
	sink_clear(&scene->sink);
	ask(scene, "frames 1");
	expect_good(scene, 1);
	assert_int_equal(sink_send_cursor(&scene->sink, 1, 1), -EOPNOTSUPP);
}

static void test_guest_says_who_it_is(void **state)
{
	struct scene *scene = *state;
	struct oriel_guest_info guest;

	ask(scene, "begin 0"); /* a session id like any other (2.7) */
	ask(scene, "frames 1");
	expect_good(scene, 1);
	guest = sink_look(&scene->sink).guest;
	assert_string_equal(guest.host_version, "peer");
	assert_string_equal(guest.capture, "Peer");
	assert_string_equal(guest.cpu_model, "Peer CPU");
	assert_string_equal(guest.os_name, "Peer OS");
	assert_int_equal(guest.cores, 4);
	assert_true(guest.has_uuid);
}

/* New sessions under a new id, under the old one (T27), and after a silence. */
static void test_restarts_are_followed(void **state)
{
	static const char *const again[] = {"begin", "begin 5", "begin 5", "begin 5", "begin"};
	struct scene *scene = *state;

	ask(scene, "begin");
	for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
		ask(scene, "frames");
		if (!sink_wait_good(&scene->sink, 5, 3000))
			fail_msg("before %s: %s", again[i], sink_look(&scene->sink).reason);
		assert_int_equal(sink_look(&scene->sink).wrong, 0);
		ask(scene, again[i]);
		sink_clear(&scene->sink);
	}
	assert_true(sink_wait_good(&scene->sink, 5, 3000));
}

static void test_silence_is_told_and_ends(void **state)
{
	struct scene *scene = *state;

	ask(scene, "begin");
	ask(scene, "frames 5");
	expect_serial(scene, 4);
	sink_clear(&scene->sink);
	ask(scene, "freeze 1700");
	assert_true(sink_wait_link(&scene->sink, ORIEL_LINK_STOPPED, 3000));
	ask(scene, "frames");
	if (!sink_wait_good(&scene->sink, 3, 4000))
		fail_msg("%s", sink_look(&scene->sink).reason);
	assert_int_equal(sink_look(&scene->sink).wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_every_type_in_every_damage_mode, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_rotation_flags_and_pitch_are_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_short_rows_are_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_truncated_frame_shows_what_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_serials_begin_at_zero_and_wrap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_repeat_is_no_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_second_viewer_gets_the_picture, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cursors_of_every_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_cursor_is_sent_to_the_guest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_guest_says_who_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restarts_are_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silence_is_told_and_ends, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("hostile-consumer", tests, NULL, NULL);
}
