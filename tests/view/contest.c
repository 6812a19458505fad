/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which presenter shows the picture, among stand-ins that take as long as a case says: by a clock
 * that only they move, so that every figure is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>

#include "base/log.h"
#include "present/contest.h"

#define WIDTH_PX 64u
#define HEIGHT_PX 48u
#define MS ORIEL_NS_PER_MS
#define TURN (ORIEL_TRIAL_WARM_UP + ORIEL_TRIAL_FRAMES)
#define PATIENCE_MS 30000

/* ---- stand-ins: what they take, and what they were asked to do ---------------------------------
 */

/* One that lends holds a frame until the display server has the next one, and then for so long. */
struct kind {
	struct oriel_presenter_ops ops;
	uint64_t upload_ns, hold_ns;
	int create_result;
	bool is_unsuitable, steps_aside;
	int tried, created, destroyed, uploads, hidden;
	bool began_with_a_part;
	const struct oriel_overlay *overlay;
	uint32_t width_px;
	int32_t cursor_x_px;
};

struct stand_in {
	struct oriel_presenter base;
	struct kind *kind;
	bool has_picture;
	uint64_t now, before; /* leases that it holds */
	uint64_t let_go_ns;   /* of the one before */
};

static struct kind kinds[3];
static const struct kind *on_window; /* who put its picture there last */
static uint64_t clock_ns;

static uint64_t get_time_ns(void)
{
	return clock_ns;
}

static struct kind *kind_of(struct oriel_presenter *presenter)
{
	return ((struct stand_in *)presenter)->kind;
}

static int create(struct oriel_presenter **ret_presenter, struct kind *kind)
{
	struct stand_in *stand_in;

	kind->tried++;
	if (kind->create_result)
		return kind->create_result;
	stand_in = calloc(1, sizeof *stand_in);
	assert_non_null(stand_in);
	stand_in->base.ops = &kind->ops;
	stand_in->kind = kind;
	kind->created++;
	*ret_presenter = &stand_in->base;
	return 0;
}

#define CREATE(number)                                                                             \
	static int create_##number(struct oriel_presenter **ret_presenter,                         \
		const struct oriel_window *window, const struct oriel_present_options *options,    \
		struct oriel_error *error)                                                         \
	{                                                                                          \
		int result = create(ret_presenter, &kinds[number]);                                \
                                                                                                   \
		return result ? oriel_error_set(error, result, "it cannot") : 0;                   \
	}

CREATE(0)
CREATE(1)
CREATE(2)

static void destroy(struct oriel_presenter *presenter)
{
	kind_of(presenter)->destroyed++;
	free(presenter);
}

static int resize(struct oriel_presenter *presenter, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	kind_of(presenter)->width_px = width_px;
	return 0;
}

static int set_layout(struct oriel_presenter *presenter, const struct oriel_picture *picture,
	struct oriel_error *error)
{
	return 0;
}

static int set_overlay(struct oriel_presenter *presenter, const struct oriel_overlay *overlay,
	struct oriel_error *error)
{
	kind_of(presenter)->overlay = overlay;
	return 0;
}

static int upload_rt(struct oriel_presenter *presenter, const struct oriel_frame *frame,
	const struct oriel_arrival *arrival, uint64_t *ret_bytes)
{
	struct stand_in *stand_in = (struct stand_in *)presenter;
	struct kind *kind = stand_in->kind;

	*ret_bytes = 0;
	kind->began_with_a_part |= !stand_in->has_picture && !frame->damage.full;
	stand_in->has_picture = true;
	kind->uploads++;
	clock_ns += kind->upload_ns;
	stand_in->before = stand_in->now;
	stand_in->now = frame->lease;
	stand_in->let_go_ns = clock_ns + kind->hold_ns;
	if (kind->steps_aside)
		presenter->ops = &kinds[0].ops;
	return 0;
}

static bool holds_rt(const struct oriel_presenter *presenter, const struct oriel_frame *frame)
{
	const struct stand_in *stand_in = (const struct stand_in *)presenter;

	return frame->lease == stand_in->now ||
	       (frame->lease == stand_in->before && clock_ns < stand_in->let_go_ns);
}

static void leave_rt(struct oriel_presenter *presenter, uint64_t *ret_bytes)
{
	*ret_bytes = 0;
}

/* The display server lets go of what it has, in its time. */
static void hide_rt(struct oriel_presenter *presenter)
{
	struct stand_in *stand_in = (struct stand_in *)presenter;

	assert_ptr_not_equal(on_window, stand_in->kind);
	stand_in->kind->hidden++;
	stand_in->before = stand_in->now;
	stand_in->now = 0;
	stand_in->let_go_ns = clock_ns + stand_in->kind->hold_ns;
}

static void set_cursor_rt(struct oriel_presenter *presenter, const struct oriel_pointer *pointer)
{
	kind_of(presenter)->cursor_x_px = pointer->x_px;
}

static void present_rt(struct oriel_presenter *presenter)
{
	on_window = kind_of(presenter);
}

static bool is_busy_rt(const struct oriel_presenter *presenter)
{
	return false;
}

static int get_fd(const struct oriel_presenter *presenter)
{
	return -1;
}

static int dispatch_rt(struct oriel_presenter *presenter)
{
	return 0;
}

static bool suits(const struct oriel_present_options *options, uint32_t width_px,
	uint32_t height_px, const struct oriel_picture *picture)
{
	return !kinds[1].is_unsuitable;
}

static void make_kind(int number, const char *name, uint64_t upload_ns)
{
	static int (*const creates[])(struct oriel_presenter **, const struct oriel_window *,
		const struct oriel_present_options *,
		struct oriel_error *) = {create_0, create_1, create_2};

	kinds[number] = (struct kind){
		.ops = {.name = name,
			.create = creates[number],
			.destroy = destroy,
			.resize = resize,
			.set_layout = set_layout,
			.set_overlay = set_overlay,
			.upload_rt = upload_rt,
			.set_cursor_rt = set_cursor_rt,
			.present_rt = present_rt,
			.is_busy_rt = is_busy_rt,
			.get_fd = get_fd,
			.dispatch_rt = dispatch_rt},
		.upload_ns = upload_ns,
	};
}

static void make_lend(int number, uint64_t hold_ns)
{
	struct kind *kind = &kinds[number];

	kind->ops.needs_memory = true;
	kind->ops.holds_rt = holds_rt;
	kind->ops.leave_rt = leave_rt;
	kind->ops.hide_rt = hide_rt;
	kind->ops.suits = suits;
	kind->hold_ns = hold_ns;
}

/* ---- a guest with two slots --------------------------------------------------------------------
 */

struct bench {
	struct oriel_window *window;
	struct oriel_presenter *contest;
	struct oriel_memory memory;
	const struct oriel_memory *lies_in;
	uint64_t lease;
	int given_late; /* frames that came later than they would have, for want of a slot */
};

#define STEP_NS (MS / 10)

static char last_line[300];

static void keep_line(void *data, enum oriel_log_level level, const char *line)
{
	if (level == ORIEL_LOG_INFO && strstr(line, "measured"))
		snprintf(last_line, sizeof last_line, "%s", line);
}

static bool is_held(const struct bench *bench, uint64_t lease)
{
	struct oriel_frame frame = {.lease = lease};

	return bench->contest->ops->holds_rt(bench->contest, &frame);
}

static void pass(struct bench *bench, uint64_t ns)
{
	for (uint64_t end_ns = clock_ns + ns; clock_ns < end_ns;) {
		clock_ns += STEP_NS;
		assert_int_equal(bench->contest->ops->dispatch_rt(bench->contest), 0);
	}
}

static void show(struct bench *bench, bool is_whole)
{
	static uint8_t pixels[WIDTH_PX * HEIGHT_PX * 4];
	struct oriel_frame frame = {
		.picture = {ORIEL_PIXEL_BGRA, ORIEL_ROTATE_0, WIDTH_PX, HEIGHT_PX, HEIGHT_PX,
			WIDTH_PX * 4},
		.pixels = pixels,
		.size_bytes = sizeof pixels,
		.memory = bench->lies_in,
		.damage = {.full = is_whole, .count = is_whole ? 0 : 1, .rects = {{3, 3, 9, 9}}},
	};
	uint64_t bytes;

	for (int i = 0; is_held(bench, bench->lease) && is_held(bench, bench->lease - 1); i++) {
		bench->given_late += i == 0;
		assert_true(i < 10000);
		pass(bench, STEP_NS);
	}
	frame.lease = ++bench->lease;
	frame.arrived_ns = clock_ns;
	assert_int_equal(bench->contest->ops->upload_rt(
				 bench->contest, &frame, &oriel_present_arrived, &bytes),
		0);
	bench->contest->ops->present_rt(bench->contest);
}

static void show_many(struct bench *bench, int count)
{
	for (int i = 0; i < count; i++) {
		show(bench, true);
		pass(bench, 4 * MS);
	}
}

static const char *name_of(const struct bench *bench)
{
	return bench->contest->ops->name;
}

/* The first of them copies for 5 ms, the second lends. */
static int set_up(void **state)
{
	static struct bench bench;
	struct oriel_window_options options = {"test", WIDTH_PX, HEIGHT_PX};

	bench = (struct bench){.lease = 10, .memory = {1, -1, 1 << 20}};
	bench.lies_in = &bench.memory;
	clock_ns = ORIEL_NS_PER_S;
	on_window = NULL;
	last_line[0] = '\0';
	make_kind(0, "soft", 5 * MS);
	make_kind(1, "direct", MS / 10);
	make_lend(1, MS);
	make_kind(2, "gpu", 2 * MS);
	kinds[2].ops.is_slow = true;
	assert_int_equal(oriel_window_headless.open(&bench.window, &options, NULL), 0);
	*state = &bench;
	return 0;
}

static struct bench *begin(void **state, int count)
{
	static const struct oriel_picture layout = {
		ORIEL_PIXEL_BGRA, ORIEL_ROTATE_0, WIDTH_PX, HEIGHT_PX, HEIGHT_PX, WIDTH_PX * 4};
	const struct oriel_presenter_ops *candidates[4] = {0};
	const struct oriel_present_options options = {0};
	struct bench *bench = *state;
	const struct oriel_contest_setup setup = {candidates, bench->window, &options, get_time_ns};

	for (int i = 0; i < count; i++)
		candidates[i] = &kinds[i].ops;
	assert_int_equal(oriel_contest_create(&bench->contest, &setup, NULL), 0);
	assert_int_equal(bench->contest->ops->resize(bench->contest, WIDTH_PX, HEIGHT_PX, NULL), 0);
	assert_int_equal(bench->contest->ops->set_layout(bench->contest, &layout, NULL), 0);
	return bench;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	bench->contest->ops->destroy(bench->contest);
	bench->window->ops->close(bench->window);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(kinds[i].created, kinds[i].destroyed);
		assert_false(kinds[i].began_with_a_part);
	}
	return 0;
}

/* ---- cases ------------------------------------------------------------------------------------
 */

static void the_fastest_shows_the_picture_and_the_figures_are_told(void **state)
{
	struct bench *bench = begin(state, 2);

	show(bench, true);
	assert_string_equal(name_of(bench), "soft");
	show_many(bench, TURN - 1);
	assert_int_equal(kinds[1].created, 0);
	show_many(bench, TURN + 1);
	assert_string_equal(name_of(bench), "direct");
	oriel_log_flush();
	assert_non_null(strstr(last_line, "soft 5.00 ms, direct 1.10 ms; direct shows"));
	assert_ptr_equal(on_window, &kinds[1]);
	assert_int_equal(kinds[0].destroyed, 1);
	assert_int_equal(bench->given_late, 0);
	show_many(bench, 3 * TURN);
	assert_int_equal(kinds[0].uploads, TURN);
}

static void one_that_holds_the_guest_back_is_not_chosen(void **state)
{
	struct bench *bench = begin(state, 2);
	int late;

	kinds[1].hold_ns = 16 * MS;
	show_many(bench, 2 * TURN);
	assert_int_equal(kinds[1].uploads, TURN);
	show_many(bench, 1);
	late = bench->given_late;
	assert_true(late > 0);
	assert_string_equal(name_of(bench), "soft");
	assert_int_equal(kinds[1].hidden, 1);
	/* What the display server has of it is not the guest's before that lets go of it. */
	assert_true(is_held(bench, bench->lease - 1));
	assert_int_equal(kinds[1].destroyed, 0);
	pass(bench, 16 * MS);
	assert_false(is_held(bench, bench->lease - 1));
	assert_int_equal(kinds[1].destroyed, 1);
	show_many(bench, 5 * TURN);
	assert_int_equal(bench->given_late, late);
	assert_int_equal(kinds[1].uploads, TURN);
	oriel_log_flush();
	assert_non_null(strstr(last_line, "soft 5.00 ms, direct 16.10 ms; soft shows"));
}

static void the_next_one_gets_size_cursor_and_overlay(void **state)
{
	struct bench *bench = begin(state, 2);
	const struct oriel_overlay overlay = {.width_px = 5};
	const struct oriel_pointer pointer = {.x_px = 17, .visible = true};

	bench->contest->ops->set_overlay(bench->contest, &overlay, NULL);
	bench->contest->ops->set_cursor_rt(bench->contest, &pointer);
	show_many(bench, TURN);
	show(bench, false);
	assert_string_equal(name_of(bench), "direct");
	assert_int_equal(kinds[1].width_px, WIDTH_PX);
	assert_int_equal(kinds[1].cursor_x_px, 17);
	assert_ptr_equal(kinds[1].overlay, &overlay);
	assert_null(kinds[0].overlay);
}

static void frames_that_come_seldom_are_not_measured(void **state)
{
	struct bench *bench = begin(state, 2);

	for (int i = 0; i < 5 * TURN; i++) {
		show(bench, true);
		pass(bench, 400 * MS);
	}
	assert_int_equal(kinds[1].tried, 0);
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
}

static void small_changes_are_not_measured(void **state)
{
	struct bench *bench = begin(state, 2);

	show(bench, true);
	for (int i = 0; i < 5 * TURN; i++) {
		show(bench, false);
		pass(bench, 4 * MS);
	}
	assert_int_equal(kinds[1].tried, 0);
}

static void one_that_cannot_be_created_is_asked_once(void **state)
{
	struct bench *bench = begin(state, 2);

	kinds[1].create_result = -ENODEV;
	show_many(bench, 3 * TURN);
	bench->contest->ops->resize(bench->contest, 2 * WIDTH_PX, HEIGHT_PX, NULL);
	show_many(bench, 3 * TURN);
	assert_int_equal(kinds[1].tried, 1);
	assert_string_equal(name_of(bench), "soft");
	assert_int_equal(kinds[0].uploads, 6 * TURN);
}

static void one_that_cannot_show_these_frames_is_out_until_others_come(void **state)
{
	struct bench *bench = begin(state, 2);

	kinds[1].steps_aside = true;
	show_many(bench, 5 * TURN);
	assert_int_equal(kinds[1].uploads, 1);
	assert_int_equal(kinds[1].tried, 1);
	kinds[1].steps_aside = false;
	bench->contest->ops->resize(bench->contest, 2 * WIDTH_PX, HEIGHT_PX, NULL);
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
}

static void one_that_fails_after_it_was_chosen_is_replaced(void **state)
{
	struct bench *bench = begin(state, 2);

	show_many(bench, 3 * TURN);
	kinds[1].steps_aside = true;
	show_many(bench, 2);
	assert_int_equal(kinds[0].created, 2);
	assert_ptr_equal(on_window, &kinds[0]);
	show_many(bench, 3 * TURN);
	assert_int_equal(kinds[1].tried, 1);
}

static void another_size_is_measured_anew(void **state)
{
	struct bench *bench = begin(state, 2);

	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
	kinds[0].upload_ns = MS / 2;
	bench->contest->ops->resize(bench->contest, WIDTH_PX / 2, HEIGHT_PX, NULL);
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "soft");
	oriel_log_flush();
	assert_non_null(strstr(last_line, "soft 0.50 ms, direct 1.10 ms; soft shows"));
}

static void a_display_that_lets_nothing_go_costs_three_turns(void **state)
{
	struct bench *bench = begin(state, 2);

	kinds[1].hold_ns = 500 * MS;
	show_many(bench, 30 * TURN);
	assert_string_equal(name_of(bench), "soft");
	assert_int_equal(kinds[1].tried, ORIEL_TRIAL_TURNS_MAX);
}

static void one_that_would_look_different_waits_until_it_does_not(void **state)
{
	struct bench *bench = begin(state, 2);

	kinds[1].is_unsuitable = true;
	show_many(bench, 3 * TURN);
	assert_int_equal(kinds[1].tried, 0);
	kinds[1].is_unsuitable = false;
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
	kinds[1].is_unsuitable = true;
	show_many(bench, 1);
	assert_string_equal(name_of(bench), "soft");
}

static void frames_that_cannot_be_lent_are_copied(void **state)
{
	struct bench *bench = begin(state, 2);

	bench->lies_in = NULL;
	show_many(bench, 3 * TURN);
	assert_int_equal(kinds[1].tried, 0);
	bench->lies_in = &bench->memory;
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
	bench->lies_in = NULL;
	show_many(bench, 1);
	assert_string_equal(name_of(bench), "soft");
}

/* Its thread is waited for: frames come until the log has its figure. */
static void one_that_is_slow_to_load_takes_part_when_it_is_there(void **state)
{
	struct bench *bench = begin(state, 3);

	kinds[1].hold_ns = 3 * MS;
	show_many(bench, 2 * TURN);
	for (int i = 0; !strstr(last_line, "gpu") && i < PATIENCE_MS; i++) {
		show_many(bench, 1);
		poll(NULL, 0, 1);
		oriel_log_flush();
	}
	show_many(bench, 1);
	assert_non_null(strstr(last_line, "soft 5.00 ms, direct 3.10 ms, gpu 2.00 ms; gpu shows"));
	assert_string_equal(name_of(bench), "gpu");
	/* It is made once, and shows the picture again when it is faster again. */
	kinds[1].hold_ns = MS;
	bench->contest->ops->resize(bench->contest, WIDTH_PX / 2, HEIGHT_PX, NULL);
	show_many(bench, 4 * TURN);
	assert_string_equal(name_of(bench), "direct");
	kinds[1].hold_ns = 3 * MS;
	bench->contest->ops->resize(bench->contest, WIDTH_PX, HEIGHT_PX, NULL);
	show_many(bench, 4 * TURN);
	assert_string_equal(name_of(bench), "gpu");
	assert_int_equal(kinds[2].created, 1);
	assert_int_equal(kinds[2].width_px, WIDTH_PX);
}

static void a_driver_that_is_not_there_is_done_without(void **state)
{
	struct bench *bench;

	kinds[2].create_result = -ENODEV;
	bench = begin(state, 3);
	for (int i = 0; !strstr(last_line, "not to be measured") && i < PATIENCE_MS; i++) {
		show_many(bench, 1);
		poll(NULL, 0, 1);
		oriel_log_flush();
	}
	show_many(bench, 3 * TURN);
	assert_string_equal(name_of(bench), "direct");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_fastest_shows_the_picture_and_the_figures_are_told),
		CASE(one_that_holds_the_guest_back_is_not_chosen),
		CASE(the_next_one_gets_size_cursor_and_overlay),
		CASE(frames_that_come_seldom_are_not_measured),
		CASE(small_changes_are_not_measured),
		CASE(one_that_cannot_be_created_is_asked_once),
		CASE(one_that_cannot_show_these_frames_is_out_until_others_come),
		CASE(one_that_fails_after_it_was_chosen_is_replaced),
		CASE(another_size_is_measured_anew),
		CASE(a_display_that_lets_nothing_go_costs_three_turns),
		CASE(one_that_would_look_different_waits_until_it_does_not),
		CASE(frames_that_cannot_be_lent_are_copied),
		CASE(one_that_is_slow_to_load_takes_part_when_it_is_there),
		CASE(a_driver_that_is_not_there_is_done_without),
	};

	oriel_log_set_program("view-contest");
	oriel_log_set_sink(keep_line, NULL);
	return cmocka_run_group_tests_name("view-contest", tests, NULL, NULL);
}
