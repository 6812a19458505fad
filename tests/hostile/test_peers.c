/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The raw peers against the protocol's vectors (8.2-8.8) and against each other: whatever is tested
 * with them later rests on this.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/peer/child.h"
#include "harness/peer/guest.h"
#include "harness/peer/raw.h"
#include "harness/peer/viewer.h"

struct pair {
	char path[64];
	struct peer_child guest, viewer;
};

static void start_pair(struct pair *pair, const char *bytes)
{
	peer_make_path(pair->path, sizeof(pair->path));
	assert_true(peer_child_start(
		&pair->guest, (const char *const[]){PEER_GUEST_PATH, pair->path, bytes, NULL}));
	assert_true(peer_child_ask(&pair->guest, "begin"));
	assert_true(peer_child_start(
		&pair->viewer, (const char *const[]){PEER_VIEWER_PATH, pair->path, NULL}));
	assert_true(peer_child_ask(&pair->viewer, "attach"));
	assert_true(peer_child_ask(&pair->viewer, "subscribe"));
}

static void stop_pair(struct pair *pair)
{
	peer_child_stop(&pair->guest);
	peer_child_stop(&pair->viewer);
	unlink(pair->path);
}

/* Waits until the viewer's count of word is at least this. */
static void wait_count(struct peer_child *child, const char *word, long least)
{
	uint64_t end_ms = raw_now_ms() + 10000;

	do {
		assert_true(peer_child_ask(child, "status"));
		if (peer_child_get(child, word) >= least)
			return;
		raw_nap_us(2000);
	} while (raw_now_ms() < end_ms);
	fail_msg("%s stayed below %ld:\n%s", word, least, child->events);
}

static void assert_all_right(struct pair *pair)
{
	assert_true(peer_child_ask(&pair->viewer, "status"));
	assert_int_equal(peer_child_get(&pair->viewer, "wrong"), 0);
	assert_int_equal(peer_child_get(&pair->viewer, "incomplete"), 0);
	assert_int_equal(peer_child_get(&pair->viewer, "wrong-shapes"), 0);
}

/* ---- vectors -------------------------------------------------------------------------------- */

static _Alignas(4096) uint8_t memory[8388608];

/* The layout of 8.1 does not depend on the strings except through the size of udata. */
static void test_layout_is_that_of_the_vectors(void **state)
{
	struct peer_guest guest = {.base = memory, .size_bytes = sizeof(memory), .features = 1};
	uint32_t udata_bytes;

	(void)state;
	assert_true(peer_guest_begin(&guest, 0x2a2a));
	assert_memory_equal(memory, "LGMP\6\0\0\0\x2a\x2a\0\0", 12);
	assert_int_equal(raw_load32(memory, 24), 2);
	assert_memory_equal(memory + 0x20, "\2\0\0\0\3\0\0\0\0\0\0\0\xe8\3\0\0\0\0\0\0", 20);
	assert_int_equal(raw_load32(memory, 0x1e0), 10);
	assert_memory_equal(memory + 0x498, "\1\0\0\0\x15\0\0\0\0\0\0\0\xe8\3\0\0", 16);
	udata_bytes = raw_load32(memory, 0x1678);
	assert_memory_equal(memory + 0x167c, "KVMFR---\x14\0\0\0", 12);
	assert_int_equal(guest.rings[PEER_FRAME].slots, (5760 + udata_bytes + 3) / 4 * 4);
	assert_int_equal(guest.rings[PEER_POINTER].slots, guest.rings[PEER_FRAME].slots + 48);
	assert_int_equal(guest.frame_buffers[0], 3153920);
	assert_int_equal(guest.frame_buffers[1], 5771264);
	assert_int_equal(guest.frame_bytes, 2617344);
}

/* 8.3 to 8.8 with one viewer on the same memory. */
static void test_one_frame_leaves_the_vectors_behind(void **state)
{
	struct peer_guest guest = {.base = memory, .size_bytes = sizeof(memory), .features = 1};
	struct peer_viewer viewer = {.base = memory, .size_bytes = sizeof(memory)};
	uint32_t slot;

	(void)state;
	assert_true(peer_guest_begin(&guest, 0x2a2a));
	guest.mode = (struct peer_mode){.type = 1, .width_px = 64, .height_px = 32};
	viewer.client_id = 0x5eed;
	viewer.session_id = 0x2a2a;
	assert_int_equal(peer_viewer_subscribe(&viewer, &viewer.frame, RAW_FRAME_QUEUE), PEER_OK);
	assert_int_equal(raw_load32(memory, 0x28), 1);
	assert_int_equal(raw_load32(memory, 0x138), 0x5eed);
	assert_int_equal(raw_load32(memory, 0x1c4), 1);

	guest.serial = 7;
	assert_int_equal(peer_guest_send_frame(&guest, SIZE_MAX), 1);
	slot = guest.rings[PEER_FRAME].slots;
	assert_memory_equal(memory + slot, "\0\0\0\0\0\xf0\x27\0\0\x20\x30\0\1\0\0\0", 16);
	assert_int_equal(raw_load32(memory, 0x30), 1);
	assert_int_equal(raw_load32(memory, 0x1d8), 1);
	assert_int_equal(raw_load32(memory, 0x302000 + 48), 4092);
	assert_int_equal(raw_load32(memory, 0x302ffc), 8192);

	assert_int_equal(peer_viewer_take_frame(&viewer), PEER_OK);
	assert_int_equal(viewer.counts.wrong, 0);
	assert_int_equal(raw_load32(memory, slot + 12), 0);
	assert_int_equal(raw_load32(memory, 0x1c8), 1);
	assert_int_equal(raw_load32(memory, 0x1d8), 0);
	assert_int_equal(peer_viewer_unsubscribe(&viewer, &viewer.frame), PEER_OK);
	assert_int_equal(raw_load32(memory, 0x138), 0);
	assert_int_equal(raw_load32(memory, 0x1c4), 0);
	peer_viewer_finish(&viewer);
}

/* 8.11, 1: a ring of two is full after two. */
static void test_third_post_finds_the_ring_full(void **state)
{
	struct peer_guest guest = {.base = memory, .size_bytes = sizeof(memory)};
	struct peer_viewer viewer = {.base = memory, .size_bytes = sizeof(memory)};

	(void)state;
	assert_true(peer_guest_begin(&guest, 1));
	assert_int_equal(peer_guest_post(&guest, PEER_FRAME, 0, 4, 8192), 0);
	assert_int_equal(peer_viewer_subscribe(&viewer, &viewer.frame, RAW_FRAME_QUEUE), PEER_OK);
	assert_int_equal(peer_guest_post(&guest, PEER_FRAME, 0, 4, 8192), 1);
	assert_int_equal(peer_guest_post(&guest, PEER_FRAME, 0, 4, 8192), 1);
	assert_int_equal(peer_guest_post(&guest, PEER_FRAME, 0, 4, 8192), -1);
	assert_int_equal(raw_load32(memory, 0x30), 2);
}

/* ---- two processes -------------------------------------------------------------------------- */

static void test_every_type_arrives(void **state)
{
	struct pair pair;
	long frames = 0;

	(void)state;
	start_pair(&pair, "8388608");
	assert_true(peer_child_ask(&pair.guest, "damage tiles"));
	assert_true(peer_child_ask(&pair.guest, "rate 500"));
	for (int type = 1; type <= 6; type++) {
		assert_true(peer_child_ask(&pair.guest, "mode %d %d 131", type, 160 + 37 * type));
		assert_true(peer_child_ask(&pair.guest, "frames 20"));
		frames += 20;
		wait_count(&pair.viewer, "frames", frames);
		assert_int_equal(peer_child_get(&pair.viewer, "type"), type);
	}
	assert_true(peer_child_get(&pair.viewer, "partial") >= 100);
	assert_all_right(&pair);
	assert_true(peer_child_end(&pair.viewer, "quit"));
	stop_pair(&pair);
}

static void test_cursor_goes_both_ways(void **state)
{
	struct pair pair;

	(void)state;
	start_pair(&pair, "8388608");
	assert_true(peer_child_ask(&pair.viewer, "cursor-serial 5"));
	assert_true(peer_child_ask(&pair.guest, "shape 1 32 64 4 3 4 5"));
	assert_true(peer_child_ask(&pair.guest, "cursor 100 -50 1"));
	wait_count(&pair.viewer, "cursors", 2);
	assert_int_equal(peer_child_get(&pair.viewer, "cursor"), 100);
	assert_true(peer_child_ask(&pair.viewer, "set-cursor 300 -7"));
	assert_true(peer_child_ask(&pair.guest, "status"));
	assert_int_equal(peer_child_get(&pair.guest, "set-cursor"), 300);
	assert_all_right(&pair);
	stop_pair(&pair);
}

/* 8.11, 2: flagged after a second, comes back under the next id. */
static void test_slow_viewer_is_flagged_and_comes_back(void **state)
{
	struct pair pair;

	(void)state;
	start_pair(&pair, "8388608");
	assert_true(peer_child_ask(&pair.viewer, "resubscribe 1"));
	assert_true(peer_child_ask(&pair.guest, "frames 1"));
	wait_count(&pair.viewer, "frames", 1);
	assert_true(peer_child_ask(&pair.viewer, "pause 1"));
	assert_true(peer_child_ask(&pair.guest, "frames 1"));
	raw_nap_us(1200000);
	assert_true(peer_child_ask(&pair.guest, "status"));
	assert_int_equal(peer_child_get(&pair.guest, "frame"), 0);
	assert_true(peer_child_ask(&pair.viewer, "pause 0"));
	assert_true(peer_child_ask(&pair.guest, "frames 5"));
	wait_count(&pair.viewer, "frames", 6);
	assert_all_right(&pair);
	stop_pair(&pair);
}

/* T12: what is announced does not fit, what fits is right. */
static void test_truncated_frame_shows_what_fits(void **state)
{
	struct pair pair;

	(void)state;
	start_pair(&pair, "8388608");
	/* A busy machine may make it late for one of them. */
	assert_true(peer_child_ask(&pair.viewer, "resubscribe 1"));
	assert_true(peer_child_ask(&pair.guest, "mode 1 640 2000"));
	/* Slowly: with a sanitizer it looks at one for longer than frames are mostly apart. */
	assert_true(peer_child_ask(&pair.guest, "rate 2"));
	assert_true(peer_child_ask(&pair.guest, "frames"));
	wait_count(&pair.viewer, "truncated", 3);
	assert_int_equal(peer_child_get(&pair.viewer, "rows"), (2617344 - 4096) / 2560);
	assert_all_right(&pair);
	stop_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_is_that_of_the_vectors),
		cmocka_unit_test(test_one_frame_leaves_the_vectors_behind),
		cmocka_unit_test(test_third_post_finds_the_ring_full),
		cmocka_unit_test(test_every_type_arrives),
		cmocka_unit_test(test_cursor_goes_both_ways),
		cmocka_unit_test(test_slow_viewer_is_flagged_and_comes_back),
		cmocka_unit_test(test_truncated_frame_shows_what_fits),
	};

	return cmocka_run_group_tests_name("hostile-peers", tests, NULL, NULL);
}
