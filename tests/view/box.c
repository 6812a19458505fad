/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picture that one thread has for another, and the source that shows it beside the relay's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "view/box.h"
#include "view/source_pair.h"

#define WIDTH_PX 64u
#define HEIGHT_PX 48u
#define CHANGES 5000
#define IN_A_ROW 10 /* the writer is so far ahead of the reader at most */

static _Atomic uint32_t taken; /* the newest that the reader has seen */
static uint32_t pixels[HEIGHT_PX][WIDTH_PX];

static const struct oriel_box_screen screen = {
	(const uint8_t *)pixels, WIDTH_PX, HEIGHT_PX, WIDTH_PX * 4};

static void fill(uint32_t value, struct oriel_rect rect)
{
	for (uint32_t y = rect.y; y < rect.y + rect.h; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.w; x++)
			pixels[y][x] = value;
}

static const struct oriel_rect all = {0, 0, WIDTH_PX, HEIGHT_PX};

/* ---- the box --------------------------------------------------------------------------------- */

/* Changes the screen again and again; the last time all of it is CHANGES. */
static void *write_changes(void *data)
{
	struct oriel_box *box = data;

	for (uint32_t i = 1; i <= CHANGES; i++) {
		struct oriel_rect rect = {i * 7 % WIDTH_PX, i * 5 % HEIGHT_PX, i % 13, i % 11};

		oriel_rect_clip(&rect, WIDTH_PX, HEIGHT_PX);
		if (i == CHANGES)
			rect = all;
		fill(i, rect);
		oriel_box_change(box, rect);
		oriel_box_post(box);
		while (i % IN_A_ROW == 0 && !atomic_exchange(&taken, 0))
			oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS / 20);
	}
	return NULL;
}

/* What was taken with the frames before and the damage of this one is this one. */
static void check_frame(uint32_t seen[HEIGHT_PX][WIDTH_PX], const struct oriel_frame *frame)
{
	size_t size_bytes = sizeof pixels;

	if (frame->damage.full)
		memcpy(seen, frame->pixels, size_bytes);
	for (uint32_t i = 0; i < frame->damage.count; i++) {
		const struct oriel_rect *rect = &frame->damage.rects[i];

		for (uint32_t y = rect->y; y < rect->y + rect->h; y++)
			memcpy(&seen[y][rect->x], frame->pixels + (y * WIDTH_PX + rect->x) * 4,
				rect->w * 4);
	}
	assert_memory_equal(seen, frame->pixels, size_bytes);
}

static void test_damage_is_all_that_changed(void **state)
{
	static uint32_t seen[HEIGHT_PX][WIDTH_PX];
	struct oriel_box *box = oriel_box_create();
	struct oriel_frame frame;
	unsigned int frames = 0, partial = 0;
	pthread_t writer;

	fill(0, all);
	oriel_box_want_rt(box, true);
	assert_true(oriel_box_set_screen(box, &screen));
	assert_int_equal(pthread_create(&writer, NULL, write_changes, box), 0);
	do {
		assert_true(oriel_box_step_rt(box));
		if (!oriel_box_take_frame_rt(box, 1, &frame))
			continue;
		check_frame(seen, &frame);
		frames++;
		atomic_store(&taken, 1);
		partial += !frame.damage.full;
		/* Now and then one is not read to its end. */
		oriel_box_give_frame_rt(box, frames % 100 != 0);
	} while (seen[0][0] != CHANGES || seen[HEIGHT_PX - 1][WIDTH_PX - 1] != CHANGES);
	pthread_join(writer, NULL);
	print_message("# %u frames, %u in part\n", frames, partial);
	assert_true(partial > 10);
	oriel_box_destroy(box);
}

static void test_nothing_is_copied_unless_wanted(void **state)
{
	struct oriel_box *box = oriel_box_create();
	struct oriel_frame frame;

	fill(1, all);
	assert_false(oriel_box_step_rt(box));
	oriel_box_set_screen(box, &screen);
	assert_true(oriel_box_step_rt(box));
	assert_int_equal(oriel_box_take_frame_rt(box, 1, &frame), 0);
	fill(2, all);
	oriel_box_change(box, all);
	oriel_box_post(box);
	oriel_box_want_rt(box, true);
	assert_true(oriel_box_step_rt(box));
	assert_int_equal(oriel_box_take_frame_rt(box, 1, &frame), 0);
	oriel_box_start(box);
	assert_true(oriel_box_step_rt(box));
	assert_int_equal(oriel_box_take_frame_rt(box, 1, &frame), 1);
	assert_true(frame.layout_changed && frame.damage.full);
	assert_int_equal(((const uint32_t *)frame.pixels)[0], 2);
	oriel_box_give_frame_rt(box, true);
	oriel_box_set_screen(box, NULL);
	assert_false(oriel_box_step_rt(box));
	oriel_box_destroy(box);
}

static void test_the_cursor(void **state)
{
	static const uint8_t image[4] = {1, 2, 3, 4};
	struct oriel_box *box = oriel_box_create();
	struct oriel_cursor_update update = {
		.has_position = true,
		.x_px = 5,
		.visible = true,
		.has_shape = true,
		.shape = {.width_px = 1, .height_px = 1, .pitch_bytes = 4, .image = image},
	};
	struct oriel_cursor_update got;

	oriel_box_set_cursor(box, &update);
	update.has_shape = false;
	for (update.x_px = 6; update.x_px < 9; update.x_px++)
		oriel_box_set_cursor(box, &update);
	assert_int_equal(oriel_box_take_cursor_rt(box, &got), 1);
	assert_true(got.has_shape && got.visible && got.x_px == 8);
	assert_memory_equal(got.shape.image, image, sizeof image);
	assert_int_equal(oriel_box_take_cursor_rt(box, &got), 0);
	oriel_box_set_cursor(box, &update);
	assert_int_equal(oriel_box_take_cursor_rt(box, &got), 1);
	assert_false(got.has_shape);
	/* Who comes back to it needs the image again. */
	oriel_box_want_rt(box, true);
	oriel_box_start(box);
	assert_int_equal(oriel_box_take_cursor_rt(box, &got), 1);
	assert_true(got.has_shape);
	oriel_box_destroy(box);
}

/* ---- the pair -------------------------------------------------------------------------------- */

static struct {
	struct oriel_source base;
	bool is_live, has_frame;
	int given;
} relay;

static bool relay_step(struct oriel_source *source, uint64_t now_ns)
{
	return relay.is_live;
}

static int relay_take(struct oriel_source *source, uint64_t now_ns, struct oriel_frame *ret_frame)
{
	if (!relay.has_frame)
		return 0;
	*ret_frame = (struct oriel_frame){.serial = 77};
	relay.has_frame = false;
	return 1;
}

static int relay_give(struct oriel_source *source, struct oriel_frame *frame, bool complete)
{
	relay.given++;
	return 0;
}

static void relay_destroy(struct oriel_source *source)
{
}

static const char *relay_origin(const struct oriel_source *source)
{
	return "relay";
}

static const struct oriel_source_ops relay_ops = {
	.destroy = relay_destroy,
	.step_rt = relay_step,
	.take_frame_rt = relay_take,
	.give_frame_rt = relay_give,
	.get_origin = relay_origin,
};

/* The origin of the frame that can be had at that moment, or NULL. */
static const char *take(struct oriel_source *pair, struct oriel_box *box, uint64_t now_ms)
{
	uint64_t now_ns = now_ms * ORIEL_NS_PER_MS;
	struct oriel_frame frame;

	pair->ops->step_rt(pair, now_ns);
	oriel_box_start(box); /* as the other thread does when it is asked to */
	if (!pair->ops->step_rt(pair, now_ns) || !pair->ops->take_frame_rt(pair, now_ns, &frame))
		return NULL;
	pair->ops->give_frame_rt(pair, &frame, true);
	return frame.layout_changed && frame.damage.full ? pair->ops->get_origin(pair) : "part";
}

static void test_the_pair(void **state)
{
	struct oriel_box *box = oriel_box_create();
	struct oriel_source *pair;

	relay.base.ops = &relay_ops;
	assert_int_equal(oriel_source_pair_create(&pair, &relay.base, box, NULL), 0);
	oriel_box_set_screen(box, &screen);
	/* A relay that is about to come is waited for. */
	assert_null(take(pair, box, 1));
	assert_null(take(pair, box, 100));
	assert_string_equal(take(pair, box, 200), "spice");
	/* One that is there, but without a frame, is none. */
	relay.is_live = true;
	oriel_box_change(box, (struct oriel_rect){0, 0, 1, 1});
	assert_string_equal(take(pair, box, 300), "part");
	relay.has_frame = true;
	assert_string_equal(take(pair, box, 301), "relay");
	assert_int_equal(relay.given, 1);
	/* What comes by SPICE meanwhile is not looked at. */
	assert_null(take(pair, box, 302));
	relay.is_live = false;
	assert_string_equal(take(pair, box, 303), "spice");
	/* A change of mode is no loss; the end of the connection is one, told once. */
	oriel_box_set_screen(box, NULL);
	assert_true(pair->ops->step_rt(pair, 400 * ORIEL_NS_PER_MS));
	relay.is_live = true;
	assert_false(pair->ops->step_rt(pair, 1000 * ORIEL_NS_PER_MS));
	assert_true(pair->ops->step_rt(pair, 1001 * ORIEL_NS_PER_MS));
	pair->ops->destroy(pair);
	oriel_box_destroy(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damage_is_all_that_changed),
		cmocka_unit_test(test_nothing_is_copied_unless_wanted),
		cmocka_unit_test(test_the_cursor),
		cmocka_unit_test(test_the_pair),
	};

	return cmocka_run_group_tests_name("view-box", tests, NULL, NULL);
}
