/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The consumer's state machine and its frames, turned by hand: the guest is an image, time is a
 * number. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "harness/image.h"
#include "relay/consumer.h"
#include "relay/region.h"

#define MS ORIEL_NS_PER_MS

static struct image image;
static struct oriel_consumer *consumer;
static struct oriel_frame frame;
static uint64_t now_ns;
/* cmocka puts its own handler in front of each case. */
static struct sigaction guard;

static void create_at(const char *path)
{
	struct oriel_error error;

	assert_int_equal(oriel_consumer_create(&consumer, path, &error), 0);
	now_ns = 5000 * MS;
}

static int set_up(void **state)
{
	image_create(&image, IMAGE_BYTES);
	create_at(image.path);
	return 0;
}

static int tear_down(void **state)
{
	oriel_consumer_destroy(consumer);
	image_destroy(&image);
	return 0;
}

static enum oriel_link step(uint32_t ms)
{
	now_ns += ms * MS;
	return oriel_consumer_step_rt(consumer, now_ns);
}

/* ms during which the guest's heart beats every 10 ms and we look every ms. */
static enum oriel_link run(uint32_t ms)
{
	enum oriel_link link = oriel_consumer_get_link(consumer);

	for (uint32_t i = 0; i < ms; i++) {
		if (i % 10 == 0)
			image_beat(&image, 10);
		link = step(1);
	}
	return link;
}

/* The same without a heartbeat. */
static enum oriel_link run_dead(uint32_t ms)
{
	enum oriel_link link = oriel_consumer_get_link(consumer);

	for (uint32_t i = 0; i < ms; i++)
		link = step(1);
	return link;
}

static void assert_link(enum oriel_link link, const char *words)
{
	const char *reason = oriel_consumer_get_reason(consumer);

	if (oriel_consumer_get_link(consumer) != link)
		fail_msg("link %d instead of %d: %s", oriel_consumer_get_link(consumer), link,
			reason);
	if (!strstr(reason, words))
		fail_msg("\"%s\" does not say \"%s\"", reason, words);
}

static void go_live(void)
{
	image_start(&image, IMAGE_SESSION);
	step(1);
	run(30);
	assert_link(ORIEL_LINK_LIVE, image.path);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	assert_int_equal(image_on(&image, IMAGE_POINTER), 1);
}

static struct oriel_consumer_counts counts(void)
{
	struct oriel_consumer_counts all;

	oriel_consumer_get_counts(consumer, &all);
	return all;
}

static int take(void)
{
	return oriel_consumer_take_frame_rt(consumer, now_ns, &frame);
}

static int give(bool complete)
{
	return oriel_consumer_give_frame_rt(consumer, &frame, complete);
}

static void post(void)
{
	struct b7_frame wire = image_make_frame(&image);

	image_post_frame(&image, &wire);
}

static void post_damage(uint32_t x, uint32_t w)
{
	struct b7_frame wire = image_make_frame(&image);

	wire.damage_count = 1;
	wire.damage[0] = (struct b7_rect){x, 0, w, 2};
	image_post_frame(&image, &wire);
}

static void show_one(void)
{
	post();
	assert_int_equal(take(), 1);
	assert_int_equal(give(true), 0);
}

static void assert_full(void)
{
	assert_int_equal(take(), 1);
	assert_true(frame.damage.full);
	assert_int_equal(give(true), 0);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void waits_for_a_file_and_takes_it_when_it_is_there(void **state)
{
	char folder[] = "/tmp/oriel-consumer-XXXXXX";
	char path[64];
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/shm", folder);
	create_at(path);
	step(0);
	assert_link(ORIEL_LINK_NO_FILE, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 4096), 0);
	step(50);
	assert_link(ORIEL_LINK_TOO_SMALL, "4096");
	assert_int_equal(ftruncate(fileno(file), IMAGE_BYTES), 0);
	step(50);
	assert_link(ORIEL_LINK_NO_GUEST, path);
	fclose(file);
	unlink(path);
	step(300);
	assert_link(ORIEL_LINK_NO_FILE, path);
	mkdir(path, 0700);
	step(50);
	assert_link(ORIEL_LINK_BAD_FILE, "directory");
	rmdir(path);
	rmdir(folder);
	oriel_consumer_destroy(consumer);
}

static void empty_file_is_no_guest(void **state)
{
	step(1);
	assert_link(ORIEL_LINK_NO_GUEST, "no guest program has written");
	run_dead(3000);
	assert_link(ORIEL_LINK_NO_GUEST, "8 MiB");
	assert_null(oriel_consumer_get_guest(consumer));
	assert_int_equal(take(), 0);
}

/* T25 */
static void magic_without_heartbeat_is_no_guest(void **state)
{
	image_start(&image, IMAGE_SESSION);
	step(1);
	assert_link(ORIEL_LINK_STARTING, "heartbeat");
	run_dead(2000);
	assert_link(ORIEL_LINK_NO_GUEST, "earlier guest program");
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 0);
	run(20);
	assert_link(ORIEL_LINK_LIVE, "");
}

static void live_guest_is_known(void **state)
{
	go_live();
	assert_non_null(oriel_consumer_get_guest(consumer));
	assert_string_equal(oriel_consumer_get_guest(consumer)->host_version, "TEST-1");
	assert_int_equal(counts().sessions, 1);
	assert_int_not_equal(image_queue(&image, IMAGE_FRAMES)->client_id[0], 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->client_id[0],
		image_queue(&image, IMAGE_POINTER)->client_id[0]);
}

/* T26 */
static void half_started_guest_is_waited_for(void **state)
{
	image_start(&image, IMAGE_SESSION);
	image_header(&image)->queue_count = 0;
	image_header(&image)->udata_size = 0;
	step(1);
	run(1000);
	assert_link(ORIEL_LINK_STARTING, "queues");
	image_start(&image, IMAGE_SESSION);
	image_header(&image)->queue_count = 1;
	image_beat(&image, 2000);
	run(50);
	assert_link(ORIEL_LINK_STARTING, "queues");
	image_header(&image)->queue_count = 2;
	run(2);
	assert_link(ORIEL_LINK_LIVE, "");
}

static void other_versions_are_named(void **state)
{
	uint64_t *timestamp = (uint64_t *)(void *)image.base;
	uint32_t words[] = {B7_LGMP_MAGIC, 12};

	memcpy(image.base + 9664, words, sizeof words);
	memcpy(image.base + 9684, B7_KVMFR_MAGIC, 8);
	words[0] = 34;
	memcpy(image.base + 9692, words, 4);
	step(1);
	++*timestamp;
	step(1);
	assert_link(ORIEL_LINK_UNSUPPORTED, "LGMP 12 / KVMFR 34");
	for (int i = 0; i < 20; i++) {
		++*timestamp;
		for (int k = 0; k < 250; k++)
			step(1);
		assert_link(ORIEL_LINK_UNSUPPORTED, "LGMP 6 / KVMFR 20");
	}
	run_dead(1500);
	assert_link(ORIEL_LINK_NO_GUEST, "earlier");
	memset(image.base + 9664, 0, 64);
	go_live();
}

/* A B7 header left behind an M34 guest's heartbeat, or the other way round: the live one wins. */
static void live_version_wins_over_a_stale_one(void **state)
{
	uint32_t words[] = {B7_LGMP_MAGIC, 12};

	memcpy(image.base + 9664, words, sizeof words);
	go_live();
}

static void other_kvmfr_version_is_named_after_a_moment(void **state)
{
	uint32_t version = 21;

	image_start(&image, IMAGE_SESSION);
	memcpy(image.base + B7_UDATA_OFFSET + 8, &version, 4);
	step(1);
	run(100);
	assert_link(ORIEL_LINK_STARTING, "");
	run(400);
	assert_link(ORIEL_LINK_UNSUPPORTED, "LGMP 6 / KVMFR 21");
	image_start(&image, IMAGE_SESSION + 1);
	run(40);
	assert_link(ORIEL_LINK_LIVE, "");
}

/* ---- losing and coming back ----------------------------------------------------------------- */

static void lost_heartbeat_stops_and_returning_one_goes_on(void **state)
{
	go_live();
	run_dead(950);
	assert_link(ORIEL_LINK_LIVE, "");
	run_dead(100);
	assert_link(ORIEL_LINK_STOPPED, "stopped");
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 0);
	run_dead(10000);
	assert_link(ORIEL_LINK_STOPPED, "stopped");
	run(60);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(counts().sessions, 2);
}

/* A viewer that was stopped for seconds must not take its own absence for the guest's. */
static void paused_viewer_looks_again_first(void **state)
{
	go_live();
	step(30000);
	assert_link(ORIEL_LINK_LIVE, "");
	run(1);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(counts().sessions, 1);
	step(30000);
	run_dead(1100);
	assert_link(ORIEL_LINK_STOPPED, "");
}

/* T10: the guest flagged us meanwhile. */
static void flagged_viewer_subscribes_again(void **state)
{
	go_live();
	show_one();
	image_set_subs(&image, IMAGE_FRAMES, 1, 1);
	image_queue(&image, IMAGE_FRAMES)->timeout_ms[0] =
		image_header(&image)->timestamp_ms + 1000;
	assert_int_equal(take(), 0);
	run(200);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 3);
	assert_int_equal(counts().resubscribed, 1);
	assert_int_equal(counts().sessions, 1);
	post_damage(0, 4);
	assert_full(); /* T11 */
}

static void new_session_is_joined(void **state)
{
	go_live();
	image_start(&image, IMAGE_SESSION + 1);
	image_beat(&image, 50000);
	step(1);
	run(100);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(counts().sessions, 2);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
	post_damage(0, 4);
	assert_full();
}

/* T27: the same id again. */
static void decreasing_timestamp_is_a_new_session(void **state)
{
	go_live();
	image_start(&image, IMAGE_SESSION);
	step(1);
	run(100);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(counts().sessions, 2);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 1);
}

static void vanished_magic_stops_at_once(void **state)
{
	go_live();
	image_header(&image)->magic = 0;
	run(1);
	assert_link(ORIEL_LINK_STOPPED, "");
}

static void truncated_file_is_survived(void **state)
{
	go_live();
	post();
	assert_int_equal(take(), 1);
	sigaction(SIGBUS, &guard, NULL);
	assert_int_equal(ftruncate(image.fd, 4096), 0);
	for (size_t i = 0; i < frame.size_bytes; i++) /* SIGBUS, if nobody guards */
		assert_int_equal(frame.pixels[i], 0);
	assert_int_equal(oriel_consumer_wait_bytes_rt(
				 consumer, &frame, 100, oriel_time_now_ns() + 1000 * MS),
		-ESTALE);
	step(1);
	assert_link(ORIEL_LINK_TOO_SMALL, "4096");
	assert_int_equal(frame.pixels[0], 0); /* still mapped while it is out */
	assert_int_equal(give(true), -ESTALE);
	assert_int_equal(ftruncate(image.fd, IMAGE_BYTES), 0);
	step(60);
	go_live();
	show_one();
}

static void replaced_file_is_noticed(void **state)
{
	go_live();
	post();
	assert_int_equal(take(), 1);
	image_replace(&image, 2 * IMAGE_BYTES);
	image_start(&image, IMAGE_SESSION + 2);
	step(260);
	assert_int_equal(frame.pixels[0], 0);
	assert_int_equal(give(true), -ESTALE);
	run(30);
	assert_link(ORIEL_LINK_LIVE, "");
	show_one();
}

static void viewer_leaves_no_ghost(void **state)
{
	go_live();
	oriel_consumer_destroy(consumer);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 0);
	assert_int_equal(image_on(&image, IMAGE_POINTER), 0);
	create_at(image.path);
}

/* ---- a guest that breaks the protocol ------------------------------------------------------- */

static void corrupt_queue_makes_growing_pauses(void **state)
{
	uint32_t tries = 0;

	go_live();
	for (int ms = 0; ms < 5000; ms++) {
		bool was_bad = oriel_consumer_get_link(consumer) == ORIEL_LINK_BAD_GUEST;

		run(1);
		if (ms % 10 == 0)
			image_beat(&image, 10);
		image_queue(&image, IMAGE_FRAMES)->position = 0;
		if (oriel_consumer_get_link(consumer) == ORIEL_LINK_LIVE) {
			image_queue(&image, IMAGE_FRAMES)->position = 99;
			take();
		}
		tries += !was_bad && oriel_consumer_get_link(consumer) == ORIEL_LINK_BAD_GUEST;
	}
	assert_in_range(tries, 4, 9);
	run(3000);
	assert_link(ORIEL_LINK_LIVE, "");
}

static void bad_frames_are_dropped_and_three_in_a_row_are_too_many(void **state)
{
	struct b7_frame wire;

	go_live();
	wire = image_make_frame(&image);
	wire.type = 77;
	image_post_frame(&image, &wire);
	post_damage(0, 4);
	assert_full();
	assert_int_equal(counts().rejected, 1);
	for (int i = 0; i < 3; i++) {
		image_post_frame(&image, &wire);
		assert_int_equal(take(), 0);
	}
	run(1);
	assert_link(ORIEL_LINK_BAD_GUEST, "description");
	assert_int_equal(counts().rejected, 4);
	assert_int_equal(image_on(&image, IMAGE_FRAMES), 0);
	run(300);
	assert_link(ORIEL_LINK_LIVE, "");
	show_one();
}

/* T1 */
static void held_lock_is_a_bad_guest(void **state)
{
	go_live();
	post();
	assert_int_equal(take(), 1);
	image_queue(&image, IMAGE_FRAMES)->lock = 1;
	assert_int_equal(give(true), -ESTALE);
	run(1);
	assert_link(ORIEL_LINK_BAD_GUEST, "lock");
	image_queue(&image, IMAGE_FRAMES)->lock = 0;
	run(400);
	assert_link(ORIEL_LINK_LIVE, "");
}

static void session_that_changes_all_the_time_is_a_bad_guest(void **state)
{
	bool was_bad = false;

	go_live();
	for (uint32_t i = 0; i < 20; i++) {
		image_header(&image)->session_id++;
		run(15);
		was_bad |= oriel_consumer_get_link(consumer) == ORIEL_LINK_BAD_GUEST;
	}
	assert_true(was_bad);
	run(2500);
	assert_link(ORIEL_LINK_LIVE, "");
}

static void flood_is_capped_per_step(void **state)
{
	struct b7_cursor cursor = image_make_cursor();
	struct oriel_cursor_update update;
	uint32_t taken = 0;

	go_live();
	for (int i = 0; i < 200; i++) {
		image_post(&image, IMAGE_POINTER, B7_CURSOR_POSITION, 24, IMAGE_POSITION_BUFFER);
		image_queue(&image, IMAGE_POINTER)->count = 1;
		taken += (uint32_t)oriel_consumer_take_cursor_rt(consumer, &update);
	}
	assert_int_equal(taken, 64);
	run(1);
	assert_int_equal(oriel_consumer_take_cursor_rt(consumer, &update), 1);
	assert_int_equal(cursor.x, 100);
}

static void full_house_is_told(void **state)
{
	image_start(&image, IMAGE_SESSION);
	image_set_subs(&image, IMAGE_FRAMES, 0xffffffff, 0);
	step(1);
	run(50);
	assert_link(ORIEL_LINK_STARTING, "32");
	image_set_subs(&image, IMAGE_FRAMES, 0xfffffffe, 0);
	run(2);
	assert_link(ORIEL_LINK_LIVE, "");
}

/* ---- frames --------------------------------------------------------------------------------- */

static void first_frame_is_full_and_new(void **state)
{
	go_live();
	assert_int_equal(take(), 0);
	post_damage(8, 4); /* serial 0 is a serial (T16) */
	assert_int_equal(take(), 1);
	assert_true(frame.damage.full);
	assert_true(frame.layout_changed);
	assert_int_equal(frame.serial, 0);
	assert_int_equal(frame.arrived_ns, now_ns);
	assert_ptr_not_equal(frame.pixels, NULL);
	assert_int_equal(frame.size_bytes, 8192);
	assert_int_equal(take(), 0); /* there is no other */
	assert_int_equal(give(true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
}

static void damage_follows_the_serials(void **state)
{
	go_live();
	show_one();
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	assert_false(frame.damage.full);
	assert_false(frame.layout_changed);
	assert_int_equal(frame.damage.count, 1);
	assert_int_equal(frame.damage.rects[0].x, 8);
	assert_int_equal(give(true), 0);
	image.next_serial++; /* T13: one is missing */
	post_damage(8, 4);
	assert_full();
	image.next_serial = 1; /* backwards */
	post_damage(8, 4);
	assert_full();
}

static uint32_t pending(uint32_t slot)
{
	return image_slot(&image, IMAGE_FRAMES, slot)->pending;
}

/* Both slots of the guest are kept from it, and given back in the order of the queue. */
static void two_frames_are_out_at_a_time(void **state)
{
	struct oriel_frame first, second;

	go_live();
	post();
	assert_int_equal(take(), 1);
	first = frame;
	assert_int_equal(take(), 0);
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	second = frame;
	assert_ptr_not_equal(first.pixels, second.pixels);
	assert_int_equal(second.damage.count, 1);
	assert_int_equal(pending(0), 1);
	assert_int_equal(pending(1), 1);
	assert_int_equal(take(), 0);
	assert_int_equal(oriel_consumer_give_frame_rt(consumer, &second, true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 2);
	assert_int_equal(oriel_consumer_give_frame_rt(consumer, &first, true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
	post_damage(12, 4);
	assert_int_equal(take(), 1);
	assert_int_equal(frame.damage.rects[0].x, 12);
	assert_int_equal(give(true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
}

static void a_repeat_behind_a_frame_that_is_out_takes_its_place(void **state)
{
	struct oriel_frame other;

	go_live();
	post();
	assert_int_equal(take(), 1);
	image.next_serial--;
	post();
	assert_int_equal(oriel_consumer_take_frame_rt(consumer, now_ns, &other), 1);
	assert_int_equal(other.serial, frame.serial);
	assert_true(oriel_damage_is_empty(&other.damage));
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 2);
	assert_int_equal(give(true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 1);
	assert_int_equal(oriel_consumer_give_frame_rt(consumer, &other, true), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
}

/* The display still reads it: its memory stays, and frames of the new session come all the same. */
static void a_frame_outlives_its_session_and_its_file(void **state)
{
	struct oriel_frame old;
	uint64_t old_id;

	go_live();
	post();
	assert_int_equal(take(), 1);
	old = frame;
	old_id = old.memory->id;
	image.base[old.offset_bytes] = 7;
	assert_int_equal(old.pixels[0], 7);
	image.base[old.offset_bytes] = 0;
	image_replace(&image, 2 * IMAGE_BYTES);
	image_start(&image, IMAGE_SESSION + 2);
	step(260);
	run(40);
	assert_link(ORIEL_LINK_LIVE, "");
	post();
	assert_int_equal(take(), 1);
	assert_int_not_equal(frame.memory->id, old_id);
	assert_int_equal(old.memory->id, old_id);
	assert_int_equal(old.pixels[0], 0);
	assert_int_equal(oriel_consumer_get_arrived_bytes_rt(consumer, &old), 0);
	assert_int_equal(oriel_consumer_give_frame_rt(consumer, &old, true), -ESTALE);
	assert_int_equal(give(true), 0);
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	assert_false(frame.damage.full); /* a late end of the old one changes nothing */
	assert_int_equal(give(true), 0);
}

static void serial_wraps(void **state)
{
	go_live();
	image.next_serial = 0xffffffff;
	show_one();
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	assert_int_equal(frame.serial, 0);
	assert_false(frame.damage.full);
	assert_int_equal(give(true), 0);
}

static void skipped_frames_leave_their_damage(void **state)
{
	go_live();
	show_one();
	post_damage(0, 4);
	post_damage(32, 4);
	assert_int_equal(take(), 1);
	assert_int_equal(frame.serial, 2);
	assert_false(frame.damage.full);
	assert_int_equal(frame.damage.count, 2);
	assert_int_equal(counts().skipped, 1);
	assert_int_equal(give(true), 0);
	post();
	post_damage(32, 4);
	assert_full(); /* the skipped one was full */
	post_damage(1, 1);
	assert_int_equal(take(), 1);
	assert_int_equal(frame.damage.count, 1);
	assert_int_equal(give(true), 0);
}

static void repeats_are_finished_unseen(void **state)
{
	go_live();
	show_one();
	image.next_serial--;
	post();
	assert_int_equal(take(), 0);
	assert_int_equal(counts().repeats, 1);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	assert_false(frame.damage.full);
	assert_int_equal(give(true), 0);
}

/* A guest repeats its picture for whoever joins: it may lie behind that very picture. */
static void a_repeat_of_a_frame_that_was_passed_over_brings_it(void **state)
{
	go_live();
	post();
	image.next_serial--;
	post();
	assert_full();
	show_one();
	post_damage(8, 4);
	image.next_serial--;
	post();
	assert_int_equal(take(), 1);
	assert_false(frame.damage.full);
	assert_int_equal(frame.damage.count, 1);
	assert_int_equal(frame.damage.rects[0].x, 8);
	assert_int_equal(give(true), 0);
	assert_int_equal(take(), 0);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->count, 0);
}

/* T17 */
static void new_format_version_is_full_even_with_the_same_serial(void **state)
{
	struct b7_frame wire;

	go_live();
	show_one();
	image.next_serial--;
	wire = image_make_frame(&image);
	wire.format_version = 2;
	wire.damage_count = 1;
	wire.damage[0] = (struct b7_rect){0, 0, 1, 1};
	image_post_frame(&image, &wire);
	assert_int_equal(take(), 1);
	assert_true(frame.damage.full);
	assert_true(frame.layout_changed);
	assert_int_equal(give(true), 0);
}

static void new_size_is_full_even_with_the_same_version(void **state)
{
	struct b7_frame wire;

	go_live();
	show_one();
	wire = image_make_frame(&image);
	wire.frame_width = 60;
	wire.damage_count = 1;
	wire.damage[0] = (struct b7_rect){0, 0, 1, 1};
	image_post_frame(&image, &wire);
	assert_int_equal(take(), 1);
	assert_true(frame.damage.full);
	assert_true(frame.layout_changed);
	assert_int_equal(give(true), 0);
}

static void incomplete_frame_makes_the_next_full(void **state)
{
	go_live();
	show_one();
	post();
	assert_int_equal(take(), 1);
	assert_int_equal(give(false), 0);
	post_damage(8, 4);
	assert_full();
	post_damage(8, 4);
	assert_int_equal(take(), 1);
	assert_int_equal(give(false), 0);
	image.next_serial--; /* sent again for a newcomer */
	post();
	assert_full();
}

static void incomplete_picture_that_stays_is_asked_for_again(void **state)
{
	go_live();
	show_one();
	post();
	assert_int_equal(take(), 1);
	assert_int_equal(give(false), 0);
	image_queue(&image, IMAGE_FRAMES)->new_subscribers = 0;
	run(400);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->new_subscribers, 0);
	run(400);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->new_subscribers, 1);
	assert_link(ORIEL_LINK_LIVE, "");
	run(2000);
	assert_int_equal(image_queue(&image, IMAGE_FRAMES)->new_subscribers, 1);
}

static void pixels_are_waited_for_with_an_end(void **state)
{
	uint32_t *pointer = (uint32_t *)(void *)(image.base + IMAGE_FRAME_0 + IMAGE_POINTER_OFFSET);
	uint64_t deadline_ns;

	go_live();
	post();
	*pointer = 100;
	assert_int_equal(take(), 1);
	assert_int_equal(oriel_consumer_get_arrived_bytes_rt(consumer, &frame), 100);
	assert_int_equal(oriel_consumer_wait_bytes_rt(consumer, &frame, 100, 0), 0);
	deadline_ns = oriel_time_now_ns() + 5 * MS;
	assert_int_equal(
		oriel_consumer_wait_bytes_rt(consumer, &frame, 101, deadline_ns), -ETIMEDOUT);
	assert_true(oriel_time_now_ns() >= deadline_ns);
	assert_int_equal(counts().incomplete, 1);
	*pointer = 0xffffffff; /* T7, T12: more than there is */
	assert_int_equal(oriel_consumer_get_arrived_bytes_rt(consumer, &frame), 8192);
	assert_int_equal(oriel_consumer_wait_bytes_rt(consumer, &frame, 1u << 30, 0), 0);
	*pointer = 0;
	image_header(&image)->session_id++;
	assert_int_equal(
		oriel_consumer_wait_bytes_rt(consumer, &frame, 1, oriel_time_now_ns() + 1000 * MS),
		-ESTALE);
	assert_int_equal(give(true), -ESTALE);
}

/* The guest takes the slot back from a reader that it flagged: what was read may be torn. */
static void frame_of_a_flagged_viewer_is_torn(void **state)
{
	go_live();
	post();
	assert_int_equal(take(), 1);
	image_set_subs(&image, IMAGE_FRAMES, 1, 1);
	assert_int_equal(give(true), -ESTALE);
	run(200);
	post_damage(8, 4);
	assert_full();
}

/* ---- the cursor ----------------------------------------------------------------------------- */

static void cursor_updates_come_in_order(void **state)
{
	struct b7_cursor wire = image_make_cursor();
	struct oriel_cursor_update update;

	go_live();
	assert_int_equal(oriel_consumer_take_cursor_rt(consumer, &update), 0);
	image_post_cursor(&image, 7, &wire);
	image_post(&image, IMAGE_POINTER, B7_CURSOR_SHAPE, 24, IMAGE_POSITION_BUFFER);
	image_post(&image, IMAGE_POINTER, B7_CURSOR_POSITION, 24, IMAGE_POSITION_BUFFER);
	assert_int_equal(oriel_consumer_take_cursor_rt(consumer, &update), 1);
	assert_true(update.has_shape);
	assert_int_equal(update.x_px, 100);
	assert_int_equal(oriel_consumer_take_cursor_rt(consumer, &update), 1);
	assert_false(update.has_shape);
	assert_false(update.visible);
	assert_int_equal(counts().rejected, 1); /* the shape without a shape */
	assert_int_equal(oriel_consumer_take_cursor_rt(consumer, &update), 0);
	assert_int_equal(image_queue(&image, IMAGE_POINTER)->count, 0);
}

static void cursor_is_sent_when_the_guest_takes_it(void **state)
{
	uint32_t no_features = 0;

	assert_int_equal(oriel_consumer_send_cursor_rt(consumer, 1, 2), -ENOTCONN);
	go_live();
	assert_int_equal(oriel_consumer_send_cursor_rt(consumer, 100, -5), 0);
	assert_int_equal(image_queue(&image, IMAGE_POINTER)->client_write_serial, 1);
	image_queue(&image, IMAGE_POINTER)->client_free = 0;
	assert_int_equal(oriel_consumer_send_cursor_rt(consumer, 100, -5), -EAGAIN);
	image_start(&image, IMAGE_SESSION + 1);
	memcpy(image.base + B7_UDATA_OFFSET + 44, &no_features, 4);
	image_beat(&image, 5000);
	run(50);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_int_equal(oriel_consumer_send_cursor_rt(consumer, 1, 2), -EOPNOTSUPP);
}

/* ---- how often to look ---------------------------------------------------------------------- */

static void waits_are_short_while_something_may_happen(void **state)
{
	image_start(&image, IMAGE_SESSION);
	step(1);
	assert_in_range(oriel_consumer_get_wait_ns(consumer, now_ns), 0, MS);
	run_dead(5000);
	assert_in_range(oriel_consumer_get_wait_ns(consumer, now_ns), 20 * MS, 50 * MS);
	run(30);
	assert_link(ORIEL_LINK_LIVE, "");
	assert_in_range(oriel_consumer_get_wait_ns(consumer, now_ns), 0, MS);
	show_one();
	run(2000);
	assert_in_range(oriel_consumer_get_wait_ns(consumer, now_ns), 2 * MS, 20 * MS);
	oriel_consumer_expect_rt(consumer, now_ns);
	assert_in_range(oriel_consumer_get_wait_ns(consumer, now_ns), 0, MS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_a_file_and_takes_it_when_it_is_there),
		CASE(empty_file_is_no_guest),
		CASE(magic_without_heartbeat_is_no_guest),
		CASE(live_guest_is_known),
		CASE(half_started_guest_is_waited_for),
		CASE(other_versions_are_named),
		CASE(live_version_wins_over_a_stale_one),
		CASE(other_kvmfr_version_is_named_after_a_moment),
		CASE(lost_heartbeat_stops_and_returning_one_goes_on),
		CASE(paused_viewer_looks_again_first),
		CASE(flagged_viewer_subscribes_again),
		CASE(new_session_is_joined),
		CASE(decreasing_timestamp_is_a_new_session),
		CASE(vanished_magic_stops_at_once),
		CASE(truncated_file_is_survived),
		CASE(replaced_file_is_noticed),
		CASE(viewer_leaves_no_ghost),
		CASE(corrupt_queue_makes_growing_pauses),
		CASE(bad_frames_are_dropped_and_three_in_a_row_are_too_many),
		CASE(held_lock_is_a_bad_guest),
		CASE(session_that_changes_all_the_time_is_a_bad_guest),
		CASE(flood_is_capped_per_step),
		CASE(full_house_is_told),
		CASE(first_frame_is_full_and_new),
		CASE(damage_follows_the_serials),
		CASE(two_frames_are_out_at_a_time),
		CASE(a_repeat_behind_a_frame_that_is_out_takes_its_place),
		CASE(a_frame_outlives_its_session_and_its_file),
		CASE(serial_wraps),
		CASE(skipped_frames_leave_their_damage),
		CASE(repeats_are_finished_unseen),
		CASE(a_repeat_of_a_frame_that_was_passed_over_brings_it),
		CASE(new_format_version_is_full_even_with_the_same_serial),
		CASE(new_size_is_full_even_with_the_same_version),
		CASE(incomplete_frame_makes_the_next_full),
		CASE(incomplete_picture_that_stays_is_asked_for_again),
		CASE(pixels_are_waited_for_with_an_end),
		CASE(frame_of_a_flagged_viewer_is_torn),
		CASE(cursor_updates_come_in_order),
		CASE(cursor_is_sent_when_the_guest_takes_it),
		CASE(waits_are_short_while_something_may_happen),
	};

	oriel_region_install_guard();
	sigaction(SIGBUS, NULL, &guard);
	return cmocka_run_group_tests_name("relay-consumer", tests, NULL, NULL);
}
