/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures go round between a render thread and a worker, and none of the two waits. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "export/tap.h"

#define WIDTH 40
#define HEIGHT 30
#define PITCH 200 /* rows with a gap */
#define MANY 100
#define ROUNDS 3000
#define LIMIT_NS (60 * ORIEL_NS_PER_S)

struct scene {
	struct oriel_tap *tap;
	_Atomic int wakes;
	uint8_t pixels[PITCH * HEIGHT];
	struct oriel_image image;
	_Atomic bool is_over; /* of the thread */
};

static void wake(void *data)
{
	((struct scene *)data)->wakes++;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	assert_non_null(scene);
	scene->tap = oriel_tap_create(wake, scene);
	assert_non_null(scene->tap);
	scene->image = (struct oriel_image){scene->pixels, PITCH, WIDTH, HEIGHT};
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	oriel_tap_destroy(scene->tap);
	free(scene);
	return 0;
}

/* One pixel of the picture becomes value. */
static struct oriel_damage paint(struct scene *scene, uint32_t x, uint32_t y, uint32_t value)
{
	struct oriel_damage damage = {.count = 1, .rects = {{x, y, 1, 1}}};

	memcpy(scene->pixels + (size_t)y * PITCH + (size_t)x * 4, &value, 4);
	return damage;
}

static bool render(struct scene *scene, uint64_t now_ns)
{
	if (!oriel_tap_wants_rt(scene->tap, now_ns))
		return false;
	oriel_tap_take_rt(scene->tap, &scene->image);
	return true;
}

static void assert_same(const struct scene *scene, const struct oriel_tap_slot *slot)
{
	assert_int_equal(slot->width_px, WIDTH);
	assert_int_equal(slot->height_px, HEIGHT);
	for (size_t y = 0; y < HEIGHT; y++)
		assert_memory_equal(
			slot->pixels + y * WIDTH * 4, scene->pixels + y * PITCH, (size_t)WIDTH * 4);
}

/* The slots have no memory at first: the picture is asked for again once they have. */
static struct oriel_tap_slot *get_first(struct scene *scene, uint64_t now_ns)
{
	struct oriel_tap_slot *slot = NULL;

	for (int i = 0; i < MANY && !slot; i++) {
		render(scene, now_ns);
		slot = oriel_tap_next(scene->tap);
	}
	assert_non_null(slot);
	return slot;
}

static void bring_home(struct scene *scene)
{
	oriel_tap_close(scene->tap);
	assert_false(render(scene, 0));
	assert_null(oriel_tap_next(scene->tap));
	assert_true(oriel_tap_is_home(scene->tap));
}

static void closed_it_takes_nothing(void **state)
{
	struct scene *scene = *state;

	oriel_tap_note_rt(scene->tap, NULL, 1);
	assert_false(render(scene, 1));
	assert_null(oriel_tap_next(scene->tap));
	assert_true(oriel_tap_is_home(scene->tap));
}

static void the_shown_picture_comes_first(void **state)
{
	struct scene *scene = *state;
	struct oriel_tap_slot *slot;

	paint(scene, 1, 2, 0x123456);
	oriel_tap_open(scene->tap);
	assert_true(scene->wakes > 0);
	slot = get_first(scene, 77);
	assert_same(scene, slot);
	assert_int_equal(slot->time_ns, 77);
	assert_int_equal(oriel_tap_get_missed(scene->tap), 0);
	oriel_tap_give_back(scene->tap, slot);
	/* Nothing has changed since. */
	assert_false(render(scene, 78));
	bring_home(scene);
}

/* Pictures of whole pages, too large for holes between other memory: the first one comes to lie
 * beneath pages that nobody may read, the others beneath it. */
static void what_is_behind_a_picture_can_be_read(void **state)
{
	struct scene *scene = *state;
	size_t side_px = 1024, bytes = side_px * side_px * 4;
	uint8_t *pixels = calloc(1, bytes);
	void *wall = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("behind", MFD_CLOEXEC), seen = 0;
	struct oriel_tap_slot *slot;

	assert_true(pixels && wall != MAP_FAILED && fd >= 0);
	scene->image = (struct oriel_image){pixels, side_px * 4, side_px, side_px};
	oriel_tap_open(scene->tap);
	for (int i = 0; i < MANY; i++) {
		oriel_tap_note_rt(scene->tap, NULL, 1);
		render(scene, 1);
		slot = oriel_tap_next(scene->tap);
		if (!slot)
			continue;
		seen++;
		assert_int_equal(slot->capacity_bytes, bytes);
		assert_int_equal(write(fd, slot->pixels + bytes, ORIEL_TAP_MARGIN_BYTES),
			ORIEL_TAP_MARGIN_BYTES);
		oriel_tap_give_back(scene->tap, slot);
	}
	assert_true(seen > MANY / 2);
	bring_home(scene);
	close(fd);
	munmap(wall, bytes);
	free(pixels);
}

static void what_changed_is_right_in_every_slot(void **state)
{
	struct scene *scene = *state;
	struct oriel_tap_slot *slot;

	oriel_tap_open(scene->tap);
	oriel_tap_give_back(scene->tap, get_first(scene, 1));
	for (uint32_t i = 0; i < MANY; i++) {
		struct oriel_damage damage = paint(scene, i % WIDTH, i * 7 % HEIGHT, i * 99);

		oriel_tap_note_rt(scene->tap, &damage, 10 + i);
		assert_true(render(scene, 0));
		/* Not all slots have memory yet. */
		slot = oriel_tap_next(scene->tap);
		while (!slot) {
			assert_true(render(scene, 0));
			slot = oriel_tap_next(scene->tap);
		}
		assert_same(scene, slot);
		assert_int_equal(slot->time_ns, 10 + i);
		oriel_tap_give_back(scene->tap, slot);
	}
	bring_home(scene);
}

static void nothing_changed_is_no_picture(void **state)
{
	struct scene *scene = *state;
	struct oriel_damage nothing = {0};

	oriel_tap_open(scene->tap);
	oriel_tap_give_back(scene->tap, get_first(scene, 1));
	oriel_tap_note_rt(scene->tap, &nothing, 2);
	assert_false(render(scene, 2));
	oriel_tap_note_rt(scene->tap, NULL, 3);
	assert_true(render(scene, 3));
	oriel_tap_give_back(scene->tap, get_first(scene, 3));
	bring_home(scene);
}

/* The worker stands still: what no slot is left for is missed, the newest waits. */
static void missed_pictures_are_counted(void **state)
{
	struct scene *scene = *state;
	struct oriel_tap_slot *slot = NULL, *newest;
	int taken = 0, wakes;
	uint32_t i;

	oriel_tap_open(scene->tap);
	slot = get_first(scene, 1);
	for (i = 0; i < MANY; i++) {
		struct oriel_damage damage = paint(scene, i % WIDTH, 0, i + 1);

		oriel_tap_note_rt(scene->tap, &damage, 100 + i);
		taken += render(scene, 0);
	}
	assert_true(taken > 0 && taken < MANY);
	oriel_tap_give_back(scene->tap, slot);
	assert_int_equal(oriel_tap_get_missed(scene->tap), MANY - 1 - taken);
	while ((slot = oriel_tap_next(scene->tap)))
		oriel_tap_give_back(scene->tap, slot);
	wakes = scene->wakes;
	assert_true(wakes > 1);
	newest = get_first(scene, 0);
	assert_same(scene, newest);
	assert_int_equal(newest->time_ns, 100 + MANY - 1);
	assert_int_equal(oriel_tap_get_missed(scene->tap), MANY - 1 - taken);
	oriel_tap_give_back(scene->tap, newest);
	bring_home(scene);
}

static void it_can_be_opened_again(void **state)
{
	struct scene *scene = *state;

	for (uint64_t i = 1; i < 5; i++) {
		struct oriel_tap_slot *slot;

		oriel_tap_open(scene->tap);
		assert_false(oriel_tap_is_home(scene->tap));
		slot = get_first(scene, i);
		assert_same(scene, slot);
		assert_int_equal(slot->time_ns, i);
		assert_int_equal(oriel_tap_get_missed(scene->tap), 0);
		oriel_tap_give_back(scene->tap, slot);
		bring_home(scene);
	}
}

/* Closed and opened between two turns of the render thread. */
static void a_quick_turn_shows_the_picture_again(void **state)
{
	struct scene *scene = *state;
	struct oriel_tap_slot *slots[MANY];
	int count = 0;

	oriel_tap_open(scene->tap);
	slots[count++] = get_first(scene, 1);
	for (int i = 0; i < MANY; i++) {
		oriel_tap_note_rt(scene->tap, NULL, 2);
		render(scene, 2);
		slots[count] = oriel_tap_next(scene->tap);
		count += slots[count] != NULL;
	}
	oriel_tap_close(scene->tap);
	while (count)
		oriel_tap_give_back(scene->tap, slots[--count]);
	assert_true(oriel_tap_is_home(scene->tap));
	oriel_tap_open(scene->tap);
	oriel_tap_give_back(scene->tap, get_first(scene, 3));
	bring_home(scene);
}

static void a_presenter_without_pictures_refuses(void **state)
{
	struct scene *scene = *state;

	oriel_tap_open(scene->tap);
	assert_true(oriel_tap_wants_rt(scene->tap, 1));
	oriel_tap_take_rt(scene->tap, NULL);
	assert_null(oriel_tap_next(scene->tap));
	assert_int_equal(oriel_tap_get_refusal(scene->tap), -ENODATA);
	assert_false(oriel_tap_wants_rt(scene->tap, 1));
	bring_home(scene);
}

static void an_orphan_comes_home_alone(void **state)
{
	struct scene *scene = *state;

	oriel_tap_open(scene->tap);
	oriel_tap_give_back(scene->tap, get_first(scene, 1));
	oriel_tap_orphan(scene->tap);
	assert_null(oriel_tap_next(scene->tap));
	assert_true(oriel_tap_is_home(scene->tap));
}

static void large_pictures_are_held_in_fewer_slots(void **state)
{
	struct scene *scene = *state;
	uint8_t *pixels = calloc(8192 * 4, 4096);
	struct oriel_tap_slot *slots[MANY];
	int count = 0;

	assert_non_null(pixels);
	scene->image = (struct oriel_image){pixels, (size_t)8192 * 4, 8192, 4096};
	oriel_tap_open(scene->tap);
	slots[count++] = get_first(scene, 1);
	for (int i = 0; i < MANY; i++) {
		oriel_tap_note_rt(scene->tap, NULL, 2);
		render(scene, 2);
		slots[count] = oriel_tap_next(scene->tap);
		count += slots[count] != NULL;
	}
	assert_int_equal(count, 3);
	while (count)
		oriel_tap_give_back(scene->tap, slots[--count]);
	bring_home(scene);
	free(pixels);
}

/* ---- two threads ---- */

static void *run_worker(void *data)
{
	struct scene *scene = data;
	struct pollfd fd = {oriel_tap_get_fd(scene->tap), POLLIN, 0};
	struct oriel_tap_slot *slot;
	uint32_t last = 0, value;

	while (!oriel_tap_is_home(scene->tap)) {
		poll(&fd, 1, 1000);
		oriel_tap_clear_fd(scene->tap);
		while ((slot = oriel_tap_next(scene->tap))) {
			memcpy(&value, slot->pixels, 4);
			assert_true(value >= last);
			assert_int_equal(value, slot->time_ns);
			last = value;
			if (value == ROUNDS)
				oriel_tap_close(scene->tap);
			oriel_tap_give_back(scene->tap, slot);
		}
	}
	scene->is_over = true;
	return NULL;
}

/* However fast they come, the last one arrives. */
static void the_last_picture_is_never_lost(void **state)
{
	struct scene *scene = *state;
	uint64_t end_ns = oriel_time_now_ns() + LIMIT_NS;
	pthread_t thread;

	oriel_tap_open(scene->tap);
	assert_int_equal(pthread_create(&thread, NULL, run_worker, scene), 0);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		struct oriel_damage damage;

		/* The one before, if no slot was free for it. */
		render(scene, i - 1);
		damage = paint(scene, 0, 0, i);
		oriel_tap_note_rt(scene->tap, &damage, i);
		render(scene, i);
	}
	while (!scene->is_over && oriel_time_now_ns() < end_ns) {
		render(scene, 0);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
	assert_true(scene->is_over);
	pthread_join(thread, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(closed_it_takes_nothing),
		TEST(the_shown_picture_comes_first),
		TEST(what_is_behind_a_picture_can_be_read),
		TEST(what_changed_is_right_in_every_slot),
		TEST(nothing_changed_is_no_picture),
		TEST(missed_pictures_are_counted),
		TEST(it_can_be_opened_again),
		TEST(a_quick_turn_shows_the_picture_again),
		TEST(a_presenter_without_pictures_refuses),
		TEST(an_orphan_comes_home_alone),
		TEST(large_pictures_are_held_in_fewer_slots),
		TEST(the_last_picture_is_never_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
