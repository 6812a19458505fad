/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aiming at the refreshes of screens made of numbers; nothing here measures time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "view/jit.h"

#define US ORIEL_NS_PER_US
#define MS ORIEL_NS_PER_MS
#define HZ60 (ORIEL_NS_PER_S / 60)
#define HZ144 (ORIEL_NS_PER_S / 144)

#define WAYS 4

struct way {
	uint64_t frame_ns, seen_ns;
};

/* A viewer before a compositor: both go on in steps of 50 us. */
struct world {
	struct oriel_jit jit;
	uint64_t now_ns;

	/* the screen */
	uint64_t period_ns;
	uint64_t refresh_ns; /* the next */
	uint64_t latch_ns;   /* so long before it the compositor takes a picture */
	uint64_t stray_ns;   /* how far what it tells is off, at most */
	uint64_t told_ns;    /* the period as it says; 0: as it is */
	bool is_mute, is_unsteady;

	/* the viewer */
	uint64_t guest_ns; /* from one frame to the next */
	uint64_t cost_ns;
	uint64_t frame_ns;		       /* the newest there is */
	uint64_t done_ns, began_ns, making_ns; /* done_ns: of the picture being made; 0: none */
	uint64_t waits_ns;		       /* the frame on the window; 0: it was taken */
	struct way ways[WAYS];		       /* frames taken, until they are seen */
	uint32_t taken_count, seen_count;

	/* outcome */
	uint32_t refreshes, pictures, fresh;
	uint64_t age_ns, age_max_ns; /* of pictures when they were taken, all and the oldest */
};

static uint64_t random_state;

static uint64_t random_below(uint64_t end)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return end ? (random_state >> 33) % end : 0;
}

static void begin(struct world *world, uint64_t period_ns, uint64_t latch_ns)
{
	random_state = 1;
	*world = (struct world){
		.now_ns = 1000 * MS,
		.period_ns = period_ns,
		.refresh_ns = 1000 * MS + period_ns,
		.latch_ns = latch_ns,
		.guest_ns = ORIEL_NS_PER_S / 480,
		.cost_ns = MS,
	};
	oriel_jit_init(&world->jit, true);
}

static void tell_seen(struct world *world)
{
	struct way *way = &world->ways[world->seen_count % WAYS];
	uint64_t stray_ns = random_below(2 * world->stray_ns + 1);

	if (world->seen_count == world->taken_count || world->now_ns < way->seen_ns)
		return;
	if (!world->is_mute)
		oriel_jit_seen(&world->jit, way->frame_ns,
			way->seen_ns + stray_ns - world->stray_ns,
			world->is_unsteady ? 0
			: world->told_ns   ? world->told_ns
					   : world->period_ns);
	world->seen_count++;
}

static void step_screen(struct world *world)
{
	uint64_t age_ns;

	tell_seen(world);
	if (world->now_ns + world->latch_ns < world->refresh_ns)
		return;
	world->refreshes++;
	if (world->waits_ns) {
		age_ns = world->now_ns - world->waits_ns;
		world->fresh++;
		world->age_ns += age_ns;
		world->age_max_ns = age_ns > world->age_max_ns ? age_ns : world->age_max_ns;
		world->ways[world->taken_count++ % WAYS] =
			(struct way){world->waits_ns, world->refresh_ns};
		world->waits_ns = 0;
	}
	world->refresh_ns += world->period_ns;
}

static void step_viewer(struct world *world)
{
	uint64_t newest_ns = world->now_ns - world->now_ns % world->guest_ns;

	if (world->done_ns && world->now_ns >= world->done_ns) {
		oriel_jit_put(&world->jit, world->making_ns, world->began_ns, world->now_ns);
		world->waits_ns = world->making_ns;
		world->pictures++;
		world->done_ns = 0;
	}
	if (world->done_ns || newest_ns == world->frame_ns ||
		oriel_jit_get_wait_ns(&world->jit, world->now_ns))
		return;
	world->frame_ns = world->making_ns = newest_ns;
	world->began_ns = world->now_ns;
	world->done_ns = world->now_ns + world->cost_ns;
}

static void run_for(struct world *world, uint64_t duration_ns)
{
	uint64_t end_ns = world->now_ns + duration_ns;

	world->refreshes = world->pictures = world->fresh = 0;
	world->age_ns = world->age_max_ns = 0;
	for (; world->now_ns < end_ns; world->now_ns += 50 * US) {
		step_screen(world);
		step_viewer(world);
	}
}

/* One picture a refresh, and that a fresh one nearly always. */
static void assert_paced(const struct world *world)
{
	assert_int_equal(world->jit.state, ORIEL_JIT_AIMS);
	assert_in_range(
		world->pictures, world->refreshes * 95 / 100, world->refreshes * 103 / 100 + 1);
	assert_in_range(world->fresh, world->refreshes * 95 / 100, world->refreshes);
}

/* ---- cases ---------------------------------------------------------------------------------- */

static void what_was_not_asked_for_never_waits(void **state)
{
	struct world world;

	begin(&world, HZ60, MS);
	oriel_jit_init(&world.jit, false);
	run_for(&world, ORIEL_NS_PER_S);
	assert_int_equal(world.jit.state, ORIEL_JIT_OFF);
	assert_true(world.pictures > 7 * world.refreshes);
	assert_false(oriel_jit_is_blind(&world.jit, world.now_ns));
}

/* Wherever the compositor takes pictures: just before the refresh, in the middle, a whole one
 * before. */
static void every_compositor_gets_one_fresh_picture_a_refresh(void **state)
{
	static const uint64_t periods_ns[] = {HZ60, HZ144, ORIEL_NS_PER_S / 30};

	for (size_t i = 0; i < sizeof periods_ns / sizeof periods_ns[0]; i++) {
		for (uint64_t eighths = 0; eighths <= 9; eighths++) {
			uint64_t period_ns = periods_ns[i];
			struct world world;

			begin(&world, period_ns, period_ns * eighths / 8);
			run_for(&world, ORIEL_NS_PER_S);
			run_for(&world, 4 * ORIEL_NS_PER_S);
			assert_paced(&world);
			/* Making it, the margin, a frame of the guest, and what is not found out.
			 */
			assert_true(world.age_ns / world.fresh <
				    world.cost_ns + world.guest_ns + period_ns / 2);
		}
	}
}

static void it_goes_nearer_while_nothing_is_missed(void **state)
{
	uint64_t before_ns;
	struct world world;

	begin(&world, HZ60, 2 * MS);
	world.guest_ns = HZ60;
	run_for(&world, ORIEL_NS_PER_S);
	before_ns = world.jit.reserve_ns;
	run_for(&world, 60 * ORIEL_NS_PER_S);
	assert_paced(&world);
	assert_true(world.jit.reserve_ns < before_ns);
	/* And what it lost by that is little. */
	assert_true(world.jit.missed * 50 < world.refreshes);
}

static void pictures_that_take_longer_are_begun_earlier(void **state)
{
	uint64_t lead_ns;
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, 2 * ORIEL_NS_PER_S);
	lead_ns = world.jit.cost_ns + world.jit.reserve_ns;
	world.cost_ns = 6 * MS;
	run_for(&world, ORIEL_NS_PER_S);
	assert_true(world.jit.cost_ns + world.jit.reserve_ns >= lead_ns + 4 * MS);
	run_for(&world, 4 * ORIEL_NS_PER_S);
	assert_paced(&world);
	assert_in_range(world.jit.cost_ns, 6 * MS, 6 * MS + 100 * US);
	world.cost_ns = MS;
	run_for(&world, 3 * ORIEL_NS_PER_S);
	assert_in_range(world.jit.cost_ns, MS, MS + 100 * US);
}

/* No aim helps; then pictures come as fast as they can be made. */
static void pictures_slower_than_the_screen_are_not_held(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, 2 * ORIEL_NS_PER_S);
	world.cost_ns = 40 * MS;
	run_for(&world, 2 * ORIEL_NS_PER_S);
	run_for(&world, 4 * ORIEL_NS_PER_S);
	assert_int_equal(world.jit.state, ORIEL_JIT_WATCHES);
	assert_in_range(world.pictures, 90, 100);
}

static void what_the_screen_tells_may_stray(void **state)
{
	struct world world;

	begin(&world, HZ60, 3 * MS);
	world.stray_ns = MS;
	run_for(&world, ORIEL_NS_PER_S);
	run_for(&world, 10 * ORIEL_NS_PER_S);
	assert_paced(&world);
}

static void another_rate_is_learned_anew(void **state)
{
	static const uint64_t periods_ns[] = {HZ60, HZ144, HZ60};
	struct world world;

	begin(&world, HZ60, 2 * MS);
	for (size_t i = 0; i < sizeof periods_ns / sizeof periods_ns[0]; i++) {
		world.period_ns = periods_ns[i];
		run_for(&world, ORIEL_NS_PER_S);
		run_for(&world, 4 * ORIEL_NS_PER_S);
		assert_paced(&world);
	}
}

static void a_screen_that_tells_a_wrong_rate_is_seen_through(void **state)
{
	struct world world;

	begin(&world, ORIEL_NS_PER_S / 40, 2 * MS);
	world.told_ns = HZ60;
	run_for(&world, ORIEL_NS_PER_S);
	run_for(&world, 4 * ORIEL_NS_PER_S);
	assert_paced(&world);
	assert_in_range(world.jit.period_ns, ORIEL_NS_PER_S / 40 - 500 * US,
		ORIEL_NS_PER_S / 40 + 500 * US);
}

/* The screen was off for a moment: the same rate at another time. */
static void another_beat_is_found(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, 2 * ORIEL_NS_PER_S);
	world.refresh_ns += 7 * MS;
	run_for(&world, 2 * ORIEL_NS_PER_S);
	run_for(&world, 4 * ORIEL_NS_PER_S);
	assert_paced(&world);
}

static void a_missed_refresh_is_counted_and_one_alone_changes_little(void **state)
{
	uint64_t reserve_ns, missed;
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, ORIEL_NS_PER_S);
	missed = world.jit.missed;
	reserve_ns = world.jit.reserve_ns;
	/* One picture takes long. */
	world.cost_ns = 12 * MS;
	while (!world.done_ns || world.done_ns < world.now_ns + 11 * MS)
		run_for(&world, 50 * US);
	world.cost_ns = MS;
	run_for(&world, ORIEL_NS_PER_S / 4);
	assert_int_equal(world.jit.missed, missed + 1);
	assert_in_range(world.jit.reserve_ns, 0, reserve_ns + HZ60 / 8);
	assert_int_equal(world.jit.state, ORIEL_JIT_AIMS);
}

static void a_second_of_silence_ends_it_until_there_is_word_again(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, ORIEL_NS_PER_S);
	run_for(&world, ORIEL_NS_PER_S);
	assert_paced(&world);
	world.is_mute = true;
	run_for(&world, 900 * MS);
	assert_int_equal(world.jit.state, ORIEL_JIT_AIMS);
	run_for(&world, 200 * MS);
	assert_int_equal(world.jit.state, ORIEL_JIT_WATCHES);
	run_for(&world, ORIEL_NS_PER_S);
	assert_true(world.pictures > 4 * world.refreshes);
	world.is_mute = false;
	run_for(&world, ORIEL_NS_PER_S);
	run_for(&world, ORIEL_NS_PER_S);
	assert_paced(&world);
}

static void assert_blind_once(struct world *world)
{
	run_for(world, 900 * MS);
	assert_false(oriel_jit_is_blind(&world->jit, world->now_ns));
	run_for(world, 200 * MS);
	assert_true(oriel_jit_is_blind(&world->jit, world->now_ns));
	assert_false(oriel_jit_is_blind(&world->jit, world->now_ns));
	run_for(world, ORIEL_NS_PER_S);
	assert_false(oriel_jit_is_blind(&world->jit, world->now_ns));
	assert_true(world->pictures > 7 * world->refreshes);
}

static void nothing_to_aim_at_is_told_once(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	world.is_mute = true;
	assert_blind_once(&world);
	begin(&world, HZ60, 2 * MS);
	world.is_unsteady = true;
	assert_blind_once(&world);
}

/* Nor is a guest that draws nothing taken for a screen that tells nothing. */
static void without_pictures_nothing_is_told(void **state)
{
	struct oriel_jit jit;

	oriel_jit_init(&jit, true);
	assert_false(oriel_jit_is_blind(&jit, 100 * ORIEL_NS_PER_S));
}

static void a_rhythm_that_is_given_up_is_not_aimed_at(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	run_for(&world, ORIEL_NS_PER_S);
	run_for(&world, ORIEL_NS_PER_S);
	assert_paced(&world);
	world.is_unsteady = true;
	run_for(&world, 100 * MS);
	assert_int_equal(world.jit.state, ORIEL_JIT_WATCHES);
	run_for(&world, ORIEL_NS_PER_S);
	assert_true(world.pictures > 7 * world.refreshes);
}

/* A guest slower than the screen: none of its frames is lost or repeated. */
static void a_slow_guest_has_each_frame_shown(void **state)
{
	struct world world;

	begin(&world, HZ60, 2 * MS);
	world.guest_ns = ORIEL_NS_PER_S / 24;
	run_for(&world, 2 * ORIEL_NS_PER_S);
	run_for(&world, 10 * ORIEL_NS_PER_S);
	assert_int_equal(world.jit.state, ORIEL_JIT_AIMS);
	assert_in_range(world.pictures, 239, 241);
	assert_in_range(world.fresh, 239, 241);
	assert_true(world.age_max_ns < 2 * HZ60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_asked_for_never_waits),
		cmocka_unit_test(every_compositor_gets_one_fresh_picture_a_refresh),
		cmocka_unit_test(it_goes_nearer_while_nothing_is_missed),
		cmocka_unit_test(pictures_that_take_longer_are_begun_earlier),
		cmocka_unit_test(pictures_slower_than_the_screen_are_not_held),
		cmocka_unit_test(what_the_screen_tells_may_stray),
		cmocka_unit_test(another_rate_is_learned_anew),
		cmocka_unit_test(a_screen_that_tells_a_wrong_rate_is_seen_through),
		cmocka_unit_test(another_beat_is_found),
		cmocka_unit_test(a_missed_refresh_is_counted_and_one_alone_changes_little),
		cmocka_unit_test(a_second_of_silence_ends_it_until_there_is_word_again),
		cmocka_unit_test(nothing_to_aim_at_is_told_once),
		cmocka_unit_test(without_pictures_nothing_is_told),
		cmocka_unit_test(a_rhythm_that_is_given_up_is_not_aimed_at),
		cmocka_unit_test(a_slow_guest_has_each_frame_shown),
	};

	return cmocka_run_group_tests_name("view-jit", tests, NULL, NULL);
}
