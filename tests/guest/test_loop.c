/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop alone, with made-up sources: when it captures, when it ends, what it does about losses.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "guest/core/loop.h"
#include "guest/core/options.h"
#include "guest/rig.h"
#include "relay/region.h"

#define SIDE_PX 64u

/* ---- a source that does as it is told ------------------------------------------------------- */

static struct {
	atomic_int opens, fails_to_open, nexts, closes;
	atomic_bool is_next_failing;
	uint8_t pixels[SIDE_PX * SIDE_PX * 4];
} made_up;

static const struct oriel_capture_ops made_up_ops;
static struct oriel_capture made_up_capture = {.ops = &made_up_ops};

static int made_up_open(struct oriel_capture **ret_capture,
	const struct oriel_guest_options *options, struct oriel_error *error)
{
	atomic_fetch_add(&made_up.opens, 1);
	if (atomic_load(&made_up.fails_to_open) > 0) {
		atomic_fetch_sub(&made_up.fails_to_open, 1);
		return oriel_error_set(error, -ENODEV, "no made-up screen");
	}
	*ret_capture = &made_up_capture;
	return 0;
}

static int made_up_next(struct oriel_capture *capture, uint64_t deadline_ns, bool whole,
	struct oriel_capture_frame *ret_frame, struct oriel_error *error)
{
	int count = atomic_fetch_add(&made_up.nexts, 1);

	if (atomic_exchange(&made_up.is_next_failing, false))
		return oriel_error_set(error, -EPIPE, "the made-up screen is gone");
	oriel_time_sleep_until_ns(deadline_ns);
	memset(made_up.pixels, count, sizeof made_up.pixels);
	*ret_frame = (struct oriel_capture_frame){
		.picture = {.format = ORIEL_PIXEL_BGRA,
			.width_px = SIDE_PX,
			.height_px = SIDE_PX,
			.rows = SIDE_PX,
			.pitch_bytes = SIDE_PX * 4,
			.screen_width_px = SIDE_PX,
			.screen_height_px = SIDE_PX},
		.pixels = made_up.pixels,
		.damage = {.full = true},
	};
	return 1;
}

static void made_up_close(struct oriel_capture *capture)
{
	atomic_fetch_add(&made_up.closes, 1);
}

static const struct oriel_capture_ops made_up_ops = {
	.name = "made-up",
	.open = made_up_open,
	.next = made_up_next,
	.close = made_up_close,
};

/* ---- the loop in a thread ------------------------------------------------------------------- */

struct bed {
	struct rig rig;
	struct oriel_region *region;
	struct oriel_producer *producer;
	struct oriel_guest_options options;
	struct oriel_loop_setup setup;
	struct oriel_capture *capture;
	atomic_bool is_stopping, is_region_bad;
	pthread_t thread;
	int rc;
};

static bool is_region_good(void *data)
{
	return !atomic_load((atomic_bool *)data);
}

static void *run(void *data)
{
	struct bed *bed = data;

	bed->rc = oriel_loop_run(&bed->setup, &bed->capture, NULL);
	return NULL;
}

static void begin(struct bed *bed, const struct oriel_capture_ops *source)
{
	const struct oriel_producer_options options = {.capture = source->name};

	memset(&made_up, 0, sizeof made_up);
	memset(bed, 0, sizeof *bed);
	rig_begin_file(&bed->rig, 16);
	oriel_guest_options_init(&bed->options);
	assert_int_equal(oriel_region_open(&bed->region, bed->rig.path, 0, NULL), 0);
	assert_int_equal(oriel_producer_create(&bed->producer, oriel_region_get_base(bed->region),
				 oriel_region_get_size_bytes(bed->region), &options,
				 oriel_time_now_ns() / ORIEL_NS_PER_MS, NULL),
		0);
	bed->setup = (struct oriel_loop_setup){
		.producer = bed->producer,
		.region_bytes = oriel_region_get_size_bytes(bed->region),
		.options = &bed->options,
		.source = source,
		.is_region_good = is_region_good,
		.data = &bed->is_region_bad,
		.is_stopping = &bed->is_stopping,
	};
	assert_int_equal(source->open(&bed->capture, &bed->options, NULL), 0);
	assert_int_equal(pthread_create(&bed->thread, NULL, run, bed), 0);
}

/* Waits for the loop's end by itself or, with is_stopping, by order. */
static void end(struct bed *bed, int wanted)
{
	pthread_join(bed->thread, NULL);
	assert_int_equal(bed->rc, wanted);
	if (bed->capture)
		bed->setup.source->close(bed->capture);
	oriel_producer_destroy(bed->producer);
	oriel_region_close(bed->region);
	rig_end(&bed->rig);
}

static void stop(struct bed *bed)
{
	atomic_store(&bed->is_stopping, true);
	end(bed, 0);
}

/* ---- cases ---------------------------------------------------------------------------------- */

/* Nobody watches: nothing is captured. Then somebody does. */
static void test_captures_for_viewers_only(void **state)
{
	struct bed bed;

	begin(&bed, &made_up_ops);
	oriel_time_sleep_until_ns(oriel_time_now_ns() + 100 * ORIEL_NS_PER_MS);
	assert_int_equal(atomic_load(&made_up.nexts), 0);
	assert_true(rig_take(&bed.rig));
	assert_true(atomic_load(&made_up.nexts) > 0);
	assert_int_equal(atomic_load(&made_up.opens), 1);
	stop(&bed);
	assert_int_equal(atomic_load(&made_up.closes), 1);
}

static void test_lost_source(void **state)
{
	struct bed bed;

	begin(&bed, &made_up_ops);
	assert_true(rig_take(&bed.rig));
	atomic_store(&made_up.fails_to_open, 1);
	atomic_store(&made_up.is_next_failing, true);
	while (atomic_load(&made_up.opens) < 3)
		assert_true(rig_take(&bed.rig));
	assert_true(rig_take(&bed.rig));
	stop(&bed);
	assert_int_equal(atomic_load(&made_up.closes), 2);
}

static void test_lost_region(void **state)
{
	struct bed bed;

	begin(&bed, &made_up_ops);
	atomic_store(&bed.is_region_bad, true);
	end(&bed, 1);
}

/* A screen on which nothing happens: the viewer subscribes, no frame comes, the loop still ends. */
static bool is_live(const struct rig *rig, void *data)
{
	return oriel_consumer_get_link(rig->consumer) == ORIEL_LINK_LIVE;
}

static void test_null_source(void **state)
{
	struct bed bed;

	begin(&bed, &oriel_capture_null);
	assert_true(rig_wait(&bed.rig, is_live, NULL));
	assert_int_equal(bed.rig.frames, 0);
	stop(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures_for_viewers_only),
		cmocka_unit_test(test_lost_source),
		cmocka_unit_test(test_lost_region),
		cmocka_unit_test(test_null_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
