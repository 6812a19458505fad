/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the window's pixels to the guest's, and who of sink and guest program is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/input-event-codes.h>

#include "view/input_path.h"
#include "view/rotation.h"

static struct {
	bool is_visible;
	int answer; /* of the guest program */
	unsigned asked;
	int32_t x_px, y_px;
	unsigned locks, locks_set; /* and how often */
} desk;

static void set_grab(struct oriel_window *window, unsigned grab)
{
}

static void set_cursor_visible(struct oriel_window *window, bool visible)
{
	desk.is_visible = visible;
}

static void set_locks(struct oriel_window *window, unsigned changed, unsigned locks)
{
	desk.locks = (desk.locks & ~changed) | (locks & changed);
	desk.locks_set++;
}

static int place_cursor(struct oriel_source *source, int32_t x_px, int32_t y_px)
{
	desk.asked++;
	desk.x_px = x_px;
	desk.y_px = y_px;
	return desk.answer;
}

static void expect(struct oriel_source *source, uint64_t now_ns)
{
}

static const struct oriel_window_ops window_ops = {
	.set_grab_rt = set_grab,
	.set_cursor_visible_rt = set_cursor_visible,
	.set_locks_rt = set_locks,
};
static const struct oriel_source_ops source_ops = {
	.place_cursor_rt = place_cursor,
	.expect_rt = expect,
};

static bool takes_positions(const struct oriel_sink *sink)
{
	return true;
}

static struct oriel_input last;
static unsigned sent;

static void on_send(struct oriel_sink *sink, const struct oriel_input *input)
{
	last = *input;
	sent++;
}

static const struct oriel_sink_ops sink_ops = {.takes_positions = takes_positions, .send = on_send};

static struct oriel_window window = {&window_ops};
static struct oriel_source source = {&source_ops};
static struct oriel_sink sink = {&sink_ops};

static bool takes_no_positions(const struct oriel_sink *to)
{
	return false;
}

static const struct oriel_sink_ops ways_ops = {
	.takes_positions = takes_no_positions, .send = on_send};
static struct oriel_sink ways = {&ways_ops};

/* A window of 400 x 200 with a picture of 200 x 200, which is a guest's screen of 800 x 800. */
static void start(struct oriel_input_path *path)
{
	const struct oriel_picture picture = {.width_px = 200,
		.height_px = 200,
		.rows = 200,
		.screen_width_px = 800,
		.screen_height_px = 800};
	struct oriel_input_path_setup setup = {
		.queue = oriel_input_queue_create(), .window = &window, .source = &source};

	assert_non_null(setup.queue);
	desk.is_visible = true;
	desk.asked = sent = 0;
	desk.answer = 0;
	oriel_input_path_init(path, &setup);
	oriel_input_path_set_window_rt(path, 400, 200);
	oriel_input_path_set_picture_rt(path, &picture);
	oriel_input_path_set_live_rt(path, true);
}

static void places_are_the_guests(void **state)
{
	struct oriel_input_path path;

	start(&path);
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &sink));
	oriel_input_path_motion_rt(&path, 150.0, 50.0);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(last.move_to.x_px, 200);
	assert_int_equal(last.move_to.y_px, 200);
	assert_int_equal(last.move_to.width_px, 800);
	assert_false(desk.is_visible);
	/* Beside the picture it is the desktop's. */
	oriel_input_path_motion_rt(&path, 99.0, 50.0);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 1);
	assert_true(desk.is_visible);
	assert_int_equal(desk.asked, 0);
	oriel_input_queue_destroy(path.setup.queue);
}

static void the_guest_program_is_asked_where_no_sink_takes_places(void **state)
{
	struct oriel_input_path path;

	start(&path);
	desk.answer = -EAGAIN;
	oriel_input_path_motion_rt(&path, 299.9, 199.9);
	assert_int_equal(desk.x_px, 799);
	assert_int_equal(desk.y_px, 799);
	assert_true(oriel_input_path_get_deadline_ns(&path, 1000) < UINT64_MAX);
	desk.answer = 0;
	oriel_input_path_step_rt(&path, 2000);
	assert_int_equal(desk.asked, 2);
	oriel_input_path_step_rt(&path, 3000);
	assert_int_equal(desk.asked, 2);
	assert_false(desk.is_visible);
	oriel_input_queue_destroy(path.setup.queue);
}

static void push_key(
	struct oriel_input_queue *queue, enum oriel_input_kind kind, uint32_t code, bool pressed)
{
	const struct oriel_input input = {.kind = kind, .key = {code, pressed}};

	assert_true(oriel_input_queue_push_rt(queue, &input));
}

/* Nobody but the main thread is there to release what is held. */
static void the_queue_releases_what_is_held(void **state)
{
	struct oriel_input_queue *queue = oriel_input_queue_create();

	assert_non_null(queue);
	assert_true(oriel_input_queue_add_sink(queue, &sink));
	sent = 0;
	push_key(queue, ORIEL_INPUT_KEY, KEY_A, true);
	push_key(queue, ORIEL_INPUT_KEY, KEY_A, false);
	push_key(queue, ORIEL_INPUT_KEY, KEY_B, true);
	push_key(queue, ORIEL_INPUT_KEY, KEY_B, true);
	oriel_input_queue_release(queue);
	assert_int_equal(sent, 5);
	assert_int_equal(last.kind, ORIEL_INPUT_KEY);
	assert_int_equal(last.key.code, KEY_B);
	assert_false(last.key.pressed);
	push_key(queue, ORIEL_INPUT_BUTTON, BTN_SIDE, true);
	oriel_input_queue_release(queue);
	assert_int_equal(sent, 7);
	assert_int_equal(last.kind, ORIEL_INPUT_BUTTON);
	assert_int_equal(last.key.code, BTN_SIDE);
	assert_false(last.key.pressed);
	/* What the render thread says of it when it goes on. */
	push_key(queue, ORIEL_INPUT_KEY, KEY_B, false);
	push_key(queue, ORIEL_INPUT_BUTTON, BTN_SIDE, false);
	oriel_input_queue_drain(queue);
	assert_int_equal(sent, 7);
	oriel_input_queue_destroy(queue);
}

/* Nothing but the picture changes, as when the first one comes under a pointer that rests. */
static void a_resting_pointer_has_its_place_in_a_new_picture(void **state)
{
	const struct oriel_picture wide = {.width_px = 400, .height_px = 200, .rows = 200};
	const struct oriel_picture none = {0};
	struct oriel_input_path path;

	start(&path);
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &sink));
	oriel_input_path_set_picture_rt(&path, &none);
	oriel_input_path_motion_rt(&path, 60.0, 50.0);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 0);
	oriel_input_path_set_picture_rt(&path, &wide);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 1);
	assert_int_equal(last.kind, ORIEL_INPUT_MOVE_TO);
	assert_int_equal(last.move_to.x_px, 60);
	assert_int_equal(last.move_to.y_px, 50);
	/* Half as large, below a bar. */
	oriel_input_path_set_window_rt(&path, 200, 200);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 2);
	assert_int_equal(last.move_to.x_px, 120);
	assert_int_equal(last.move_to.y_px, 0);
	oriel_input_queue_destroy(path.setup.queue);
}

static void a_resting_pointer_goes_no_way_in_a_new_picture(void **state)
{
	const struct oriel_picture wide = {.width_px = 400, .height_px = 200, .rows = 200};
	struct oriel_input_path path;

	start(&path);
	desk.answer = -EOPNOTSUPP;
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &ways));
	oriel_input_path_motion_rt(&path, 150.0, 50.0);
	oriel_input_path_set_picture_rt(&path, &wide);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 0);
	oriel_input_path_motion_rt(&path, 153.0, 50.0);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 1);
	assert_int_equal(last.kind, ORIEL_INPUT_MOVE_BY);
	assert_int_equal(last.move_by.x_px, 3);
	oriel_input_queue_destroy(path.setup.queue);
}

static void a_pointer_that_rests_has_its_place_when_the_focus_comes(void **state)
{
	struct oriel_input_path path;

	start(&path);
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &sink));
	oriel_input_path_note_rt(&path, ORIEL_CAPTURE_FOCUS_LOST);
	oriel_input_path_motion_rt(&path, 150.0, 50.0);
	oriel_input_queue_drain(path.setup.queue);
	sent = 0;
	oriel_input_path_note_rt(&path, ORIEL_CAPTURE_FOCUS_GAINED);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 1);
	assert_int_equal(last.move_to.x_px, 200);
	oriel_input_queue_destroy(path.setup.queue);
}

/* Only those that changed, only under the focus, and not those that a key has switched already. */
static void the_desktops_locks_follow_the_guests(void **state)
{
	struct oriel_input_path path;

	start(&path);
	desk.locks = ORIEL_LOCK_NUM;
	desk.locks_set = 0;
	oriel_input_path_guest_locks_rt(&path, ORIEL_LOCK_CAPS, ORIEL_LOCK_CAPS);
	assert_int_equal(desk.locks_set, 0);
	oriel_input_path_note_rt(&path, ORIEL_CAPTURE_FOCUS_GAINED);
	oriel_input_path_locks_rt(&path, desk.locks);
	oriel_input_path_guest_locks_rt(&path, ORIEL_LOCK_CAPS, ORIEL_LOCK_CAPS);
	assert_int_equal(desk.locks, ORIEL_LOCK_NUM | ORIEL_LOCK_CAPS);
	/* Off again before the desktop has told of the first. */
	oriel_input_path_guest_locks_rt(&path, ORIEL_LOCK_CAPS, 0);
	assert_int_equal(desk.locks, ORIEL_LOCK_NUM);
	assert_int_equal(desk.locks_set, 2);
	oriel_input_path_locks_rt(&path, ORIEL_LOCK_NUM | ORIEL_LOCK_SCROLL);
	oriel_input_path_guest_locks_rt(&path, ORIEL_LOCK_SCROLL, ORIEL_LOCK_SCROLL);
	assert_int_equal(desk.locks_set, 2);
	oriel_input_queue_destroy(path.setup.queue);
}

static void where_nobody_takes_places_the_desktops_cursor_stays(void **state)
{
	struct oriel_input_path path;

	start(&path);
	desk.answer = -EOPNOTSUPP;
	oriel_input_path_motion_rt(&path, 150.0, 50.0);
	assert_true(desk.is_visible);
	oriel_input_path_motion_rt(&path, 151.0, 48.0);
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &sink));
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(sent, 1);
	assert_int_equal(last.kind, ORIEL_INPUT_MOVE_BY);
	assert_int_equal(last.move_by.x_px, 4);
	assert_int_equal(last.move_by.y_px, -8);
	assert_true(desk.is_visible);
	oriel_input_queue_destroy(path.setup.queue);
}

struct turn {
	enum oriel_rotation rotation;
	int32_t x_px, y_px, way_x_px, way_y_px;
};

/* 400 x 300 pixels of a guest's screen of 800 x 600, in a window that has the room they take. */
static void check_turned(const struct turn *turn)
{
	bool lies = turn->rotation % 2;
	struct oriel_picture picture = {.width_px = 400,
		.height_px = 300,
		.rows = 300,
		.screen_width_px = 800,
		.screen_height_px = 600};
	struct oriel_input_path path;

	start(&path);
	path.setup.rotation = turn->rotation;
	oriel_rotation_turn_picture(turn->rotation, &picture);
	assert_true(oriel_input_queue_add_sink(path.setup.queue, &sink));
	oriel_input_path_set_window_rt(&path, lies ? 300 : 400, lies ? 400 : 300);
	oriel_input_path_set_picture_rt(&path, &picture);
	oriel_input_path_note_rt(&path, ORIEL_CAPTURE_FOCUS_GAINED);
	oriel_input_path_motion_rt(&path, 20.5, 100.5);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(last.kind, ORIEL_INPUT_MOVE_TO);
	assert_int_equal(last.move_to.x_px, turn->x_px);
	assert_int_equal(last.move_to.y_px, turn->y_px);
	assert_int_equal(last.move_to.width_px, 800);
	assert_int_equal(last.move_to.height_px, 600);
	oriel_input_path_note_rt(&path, ORIEL_CAPTURE_WANTED);
	oriel_input_path_relative_rt(&path, 10.0, -3.0);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(last.kind, ORIEL_INPUT_MOVE_BY);
	assert_int_equal(last.move_by.x_px, turn->way_x_px);
	assert_int_equal(last.move_by.y_px, turn->way_y_px);
	/* What scrolls is no way on the screen. */
	oriel_input_path_wheel_rt(&path, 0, 120);
	oriel_input_queue_drain(path.setup.queue);
	assert_int_equal(last.kind, ORIEL_INPUT_WHEEL);
	assert_int_equal(last.wheel.y_120, 120);
	oriel_input_path_finish_rt(&path);
	oriel_input_queue_destroy(path.setup.queue);
}

static void on_a_turned_picture_the_cursor_goes_where_the_hand_goes(void **state)
{
	static const struct turn turns[] = {
		{ORIEL_ROTATE_0, 41, 201, 10, -3},
		{ORIEL_ROTATE_90, 201, 558, -3, -10},
		{ORIEL_ROTATE_180, 758, 398, -10, 3},
		{ORIEL_ROTATE_270, 598, 41, 3, 10},
	};

	for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++)
		check_turned(&turns[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_the_guests),
		cmocka_unit_test(the_guest_program_is_asked_where_no_sink_takes_places),
		cmocka_unit_test(the_queue_releases_what_is_held),
		cmocka_unit_test(a_resting_pointer_has_its_place_in_a_new_picture),
		cmocka_unit_test(a_resting_pointer_goes_no_way_in_a_new_picture),
		cmocka_unit_test(a_pointer_that_rests_has_its_place_when_the_focus_comes),
		cmocka_unit_test(the_desktops_locks_follow_the_guests),
		cmocka_unit_test(where_nobody_takes_places_the_desktops_cursor_stays),
		cmocka_unit_test(on_a_turned_picture_the_cursor_goes_where_the_hand_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
