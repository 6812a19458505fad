/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our producer against the raw viewer, well behaved, slow, killed and hostile. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/time.h"
#include "harness/peer/child.h"
#include "harness/peer/sabotage.h"
#include "hostile/source.h"

#define REGION_BYTES (16u << 20)
#define JOIN_MS 6000u /* ghosts are flagged after one second and forgotten after another */
#define WAYS_MAX 32u
#define SABOTAGE_MS 150u

/* What a call may take at the very most: several locks, each waited for and given up. */
#define CALL_MAX_NS (2 * ORIEL_NS_PER_S)

static void nap_ms(uint32_t ms)
{
	oriel_time_sleep_until_ns(oriel_time_now_ns() + ms * ORIEL_NS_PER_MS);
}

static void start_viewer(struct peer_child *viewer, const struct source *source)
{
	assert_true(peer_child_start(
		viewer, (const char *const[]){PEER_VIEWER_PATH, source->path, NULL}));
}

/* Attached and subscribed within the time a user is asked to wait; also past ghosts. */
static bool join(struct peer_child *viewer)
{
	uint64_t end_ns = oriel_time_now_ns() + JOIN_MS * ORIEL_NS_PER_MS;

	while (oriel_time_now_ns() < end_ns) {
		if (peer_child_ask(viewer, "attach 200") && peer_child_ask(viewer, "subscribe"))
			return true;
		nap_ms(10);
	}
	return false;
}

static void wait_for(struct peer_child *child, const char *word, long least)
{
	uint64_t end_ns = oriel_time_now_ns() + 10 * ORIEL_NS_PER_S;

	do {
		assert_true(peer_child_ask(child, "status"));
		if (peer_child_get(child, word) >= least)
			return;
		nap_ms(5);
	} while (oriel_time_now_ns() < end_ns);
	fail_msg("%s stayed below %ld: %s", word, least, child->events);
}

/* Whether it hears of frames. A busy machine may give a viewer no time for so long that the
 * producer flags it as lost, or takes the lock that it holds for a dead one's and begins a new
 * session. */
static bool is_served(const struct peer_child *viewer)
{
	return peer_child_get(viewer, "active") == 1 && peer_child_get(viewer, "valid") == 1;
}

/* A viewer may spoil what another one reads: the next frames mend it. Who is not served any more
 * joins again, as all viewers do. */
static void wait_right(struct peer_child *viewer, const char *after)
{
	uint64_t end_ns = oriel_time_now_ns() + 10 * ORIEL_NS_PER_S;
	long frames, wrong;

	do {
		assert_true(peer_child_ask(viewer, "status"));
		frames = peer_child_get(viewer, "frames");
		wrong = peer_child_get(viewer, "wrong") + peer_child_get(viewer, "incomplete");
		if (frames - wrong >= 3)
			return;
		if (!is_served(viewer))
			join(viewer);
		nap_ms(5);
	} while (oriel_time_now_ns() < end_ns);
	fail_msg("%s: no right picture: %s", after, viewer->events);
}

static void assert_nothing_wrong(struct peer_child *viewer)
{
	assert_true(peer_child_ask(viewer, "status"));
	if (peer_child_get(viewer, "wrong") || peer_child_get(viewer, "incomplete") ||
		peer_child_get(viewer, "wrong-shapes"))
		fail_msg("%s", viewer->events);
}

struct scene {
	struct source source;
	struct peer_child viewer, other;
};

/* Outlives a test that fails, as its thread may. */
static struct scene the_scene;

static int set_up(void **state)
{
	struct scene *scene = &the_scene;

	source_start(&scene->source, REGION_BYTES);
	start_viewer(&scene->viewer, &scene->source);
	start_viewer(&scene->other, &scene->source);
	*state = scene;
	return join(&scene->viewer) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;
	struct source counts = source_look(&scene->source);

	peer_child_stop(&scene->viewer);
	peer_child_stop(&scene->other);
	source_stop(&scene->source);
	return counts.longest_ns < CALL_MAX_NS ? 0 : -1;
}

/* ---- well behaved --------------------------------------------------------------------------- */

static void test_every_format_arrives(void **state)
{
	struct scene *scene = *state;
	long frames = 0;

	for (unsigned format = ORIEL_PIXEL_BGRA; format < ORIEL_PIXEL_COUNT; format++) {
		source_send_frames(&scene->source, 0);
		source_set_picture(
			&scene->source, (enum oriel_pixel_format)format, 101 + 39 * format, 67);
		source_send_frames(&scene->source, 12);
		frames += 12;
		wait_for(&scene->viewer, "frames", frames);
		assert_int_equal(peer_child_get(&scene->viewer, "type"), format);
	}
	assert_true(peer_child_get(&scene->viewer, "partial") > 50);
	assert_nothing_wrong(&scene->viewer);
}

static void test_cursor_goes_both_ways(void **state)
{
	static const struct oriel_cursor_shape shapes[] = {
		{ORIEL_CURSOR_COLOUR, 32, 20, 132, -3, 4, NULL},
		{ORIEL_CURSOR_MONOCHROME, 33, 32, 8, 1, 1, NULL},
		{ORIEL_CURSOR_MASKED, 512, 512, 2048, 127, -128, NULL},
	};
	struct scene *scene = *state;
	struct source seen;

	/* What every newcomer is sent. */
	wait_for(&scene->viewer, "cursors", 1);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(peer_child_ask(&scene->viewer, "cursor-serial %u", i));
		assert_int_equal(source_send_cursor(&scene->source, 10, -20, &shapes[i], i), 0);
		wait_for(&scene->viewer, "shapes", i + 1);
	}
	assert_int_equal(source_send_cursor(&scene->source, -70000, 5, NULL, 0), 0);
	wait_for(&scene->viewer, "cursor", -32768);
	assert_true(peer_child_ask(&scene->viewer, "set-cursor 300 -7"));
	seen = source_look(&scene->source);
	assert_int_equal(seen.x_px, 300);
	assert_int_equal(seen.y_px, -7);
	assert_nothing_wrong(&scene->viewer);
}

/* Nothing moves; who comes later still gets the picture and the cursor. */
static void test_newcomer_gets_the_last_picture(void **state)
{
	const struct oriel_cursor_shape shape = {ORIEL_CURSOR_COLOUR, 8, 8, 32, 0, 0, NULL};
	struct scene *scene = *state;

	source_send_frames(&scene->source, 5);
	assert_true(peer_child_ask(&scene->viewer, "cursor-serial 9"));
	assert_int_equal(source_send_cursor(&scene->source, 1, 2, &shape, 9), 0);
	wait_for(&scene->viewer, "frames", 5);
	assert_true(peer_child_ask(&scene->other, "cursor-serial 9"));
	assert_true(join(&scene->other));
	wait_for(&scene->other, "frames", 1);
	wait_for(&scene->other, "shapes", 1);
	wait_for(&scene->viewer, "repeats", 1);
	assert_nothing_wrong(&scene->other);
	assert_nothing_wrong(&scene->viewer);
}

static void test_frame_too_large_is_truncated(void **state)
{
	struct scene *scene = *state;

	source_set_picture(&scene->source, ORIEL_PIXEL_BGRA, 500, 4000);
	source_send_frames(&scene->source, 3);
	wait_for(&scene->viewer, "truncated", 3);
	assert_nothing_wrong(&scene->viewer);
}

static void test_restart_is_another_session(void **state)
{
	struct scene *scene = *state;

	source_send_frames(&scene->source, 3);
	wait_for(&scene->viewer, "frames", 3);
	source_restart(&scene->source);
	assert_true(peer_child_ask(&scene->viewer, "status"));
	assert_int_equal(peer_child_get(&scene->viewer, "valid"), 0);
	assert_true(join(&scene->viewer));
	source_send_frames(&scene->source, 3);
	wait_for(&scene->viewer, "frames", 6);
	assert_nothing_wrong(&scene->viewer);
}

/* ---- slow and dead -------------------------------------------------------------------------- */

static void test_slow_viewer_does_not_stop_another(void **state)
{
	struct scene *scene = *state;

	assert_true(join(&scene->other));
	assert_true(peer_child_ask(&scene->other, "resubscribe 1"));
	assert_true(peer_child_ask(&scene->other, "pause 1"));
	source_send_frames(&scene->source, 40);
	wait_for(&scene->viewer, "frames", 40);
	assert_true(peer_child_ask(&scene->other, "pause 0"));
	wait_for(&scene->other, "frames", 1);
	assert_nothing_wrong(&scene->other);
	assert_nothing_wrong(&scene->viewer);
}

static void test_killed_viewer_is_forgotten(void **state)
{
	struct scene *scene = *state;
	uint64_t end_ns;

	source_send_frames(&scene->source, UINT32_MAX);
	wait_for(&scene->viewer, "frames", 3);
	peer_child_stop(&scene->viewer);
	end_ns = oriel_time_now_ns() + 10 * ORIEL_NS_PER_S;
	while (oriel_producer_is_watched(scene->source.producer)) {
		assert_true(oriel_time_now_ns() < end_ns);
		nap_ms(10);
	}
	start_viewer(&scene->viewer, &scene->source);
	assert_true(join(&scene->viewer));
	wait_for(&scene->viewer, "frames", 3);
}

/* ---- hostile -------------------------------------------------------------------------------- */

/* All ways at once, each against a producer of its own: most of the time is spent waiting. */
static int set_up_many(void **state)
{
	static struct scene scenes[WAYS_MAX];

	for (size_t i = 0; peer_sabotages[i].name; i++) {
		source_start(&scenes[i].source, REGION_BYTES);
		source_move_cursor(&scenes[i].source);
		source_send_frames(&scenes[i].source, UINT32_MAX);
		start_viewer(&scenes[i].viewer, &scenes[i].source);
		start_viewer(&scenes[i].other, &scenes[i].source);
	}
	*state = scenes;
	return 0;
}

static int tear_down_many(void **state)
{
	struct scene *scenes = *state;
	int rc = 0;

	for (size_t i = 0; peer_sabotages[i].name; i++) {
		void *one = &scenes[i];

		rc |= tear_down(&one);
	}
	return rc;
}

/* After each kind of sabotage an honest viewer has a picture again. */
static void test_sabotage_is_survived(void **state)
{
	struct scene *scenes = *state;

	for (size_t i = 0; peer_sabotages[i].name; i++) {
		assert_true(join(&scenes[i].viewer));
		assert_true(
			peer_child_ask(&scenes[i].viewer, "sabotage %s", peer_sabotages[i].name));
	}
	nap_ms(SABOTAGE_MS);
	for (size_t i = 0; peer_sabotages[i].name; i++)
		peer_child_stop(&scenes[i].viewer);
	for (size_t i = 0; peer_sabotages[i].name; i++) {
		if (!join(&scenes[i].other))
			fail_msg("%s: nobody can subscribe any more", peer_sabotages[i].name);
		wait_right(&scenes[i].other, peer_sabotages[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_format_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cursor_goes_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_newcomer_gets_the_last_picture, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_frame_too_large_is_truncated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_restart_is_another_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slow_viewer_does_not_stop_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed_viewer_is_forgotten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_sabotage_is_survived, set_up_many, tear_down_many),
	};

	return cmocka_run_group_tests_name("hostile-producer", tests, NULL, NULL);
}
