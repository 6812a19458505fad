/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capture machine: every event in every state, what comes of keys and time, and that nothing
 * stays pressed. */
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "view/capture.h"

#define HELP_NS (200 * ORIEL_NS_PER_MS)

/* The guest, as far as input goes. */
struct rig {
	struct oriel_capture capture;
	struct oriel_capture_options options;
	uint64_t now_ns;
	bool pressed[ORIEL_KEY_COUNT];
	unsigned pressed_count, presses;
	struct oriel_input last;
	unsigned sent;
	bool is_full; /* takes nothing */
	bool grabbed;
	enum oriel_action action;
};

static void record_key(struct rig *rig, const struct oriel_input *input)
{
	uint32_t code = input->key.code;

	assert_true(code < ORIEL_KEY_COUNT);
	if (!input->key.pressed)
		assert_true(rig->pressed[code]);
	rig->presses += input->key.pressed;
	rig->pressed_count += input->key.pressed && !rig->pressed[code];
	rig->pressed_count -= !input->key.pressed;
	rig->pressed[code] = input->key.pressed;
}

static bool on_send(void *data, const struct oriel_input *input)
{
	struct rig *rig = data;

	if (rig->is_full)
		return false;
	rig->last = *input;
	rig->sent++;
	if (input->kind == ORIEL_INPUT_KEY || input->kind == ORIEL_INPUT_BUTTON)
		record_key(rig, input);
	return true;
}

static void on_grab(void *data, bool grab)
{
	struct rig *rig = data;

	assert_true(rig->grabbed != grab);
	rig->grabbed = grab;
}

static void on_act(void *data, enum oriel_action action)
{
	((struct rig *)data)->action = action;
}

static const struct oriel_capture_listener listener = {on_send, on_grab, on_act};

static void start(struct rig *rig)
{
	*rig = (struct rig){.now_ns = ORIEL_NS_PER_S};
	rig->options.escape = (struct oriel_key_combination){{KEY_SCROLLLOCK}, 1};
	rig->options.help_delay_ns = HELP_NS;
	oriel_bindings_init(&rig->options.bindings);
	oriel_capture_init(&rig->capture, &rig->options, &listener, rig);
}

static void start_with(struct rig *rig, const struct oriel_capture_options *options)
{
	start(rig);
	rig->options = *options;
	oriel_capture_init(&rig->capture, options, &listener, rig);
}

static void wait_ns(struct rig *rig, uint64_t ns)
{
	uint64_t end_ns = rig->now_ns + ns;

	for (;;) {
		uint64_t due_ns = oriel_capture_get_deadline_ns(&rig->capture, rig->now_ns);

		if (due_ns > end_ns)
			break;
		assert_true(due_ns >= rig->now_ns);
		rig->now_ns = due_ns;
		oriel_capture_tick_rt(&rig->capture, rig->now_ns);
	}
	rig->now_ns = end_ns;
}

static void key(struct rig *rig, uint32_t code, bool pressed)
{
	wait_ns(rig, ORIEL_NS_PER_MS);
	oriel_capture_key_rt(&rig->capture, rig->now_ns, code, pressed);
}

static void tap(struct rig *rig, uint32_t code)
{
	key(rig, code, true);
	key(rig, code, false);
}

static void button(struct rig *rig, uint32_t code, bool pressed)
{
	oriel_capture_button_rt(&rig->capture, rig->now_ns, code, pressed, true);
}

static void note(struct rig *rig, enum oriel_capture_event event)
{
	oriel_capture_note_rt(&rig->capture, rig->now_ns, event);
}

static void focus(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_FOCUS_GAINED);
}

static void capture(struct rig *rig)
{
	focus(rig);
	tap(rig, KEY_SCROLLLOCK);
	assert_int_equal(rig->capture.state, ORIEL_CAPTURE_HELD);
}

/* ---- every event in every state ------------------------------------------------------------- */

static void use_escape(struct rig *rig)
{
	key(rig, KEY_SCROLLLOCK, true);
	key(rig, KEY_K, true);
	key(rig, KEY_K, false);
}

static void hold_escape(struct rig *rig)
{
	key(rig, KEY_SCROLLLOCK, true);
	wait_ns(rig, HELP_NS);
}

/* Leads there by what a user does, with one key and one button held where the guest can have them.
 */
static void reach(struct rig *rig, enum oriel_capture_state state)
{
	bool is_held = state >= ORIEL_CAPTURE_HELD;
	enum oriel_capture_state base = is_held ? ORIEL_CAPTURE_HELD : ORIEL_CAPTURE_FREE;

	start(rig);
	if (state == ORIEL_CAPTURE_AWAY) {
		button(rig, BTN_LEFT, true);
		return;
	}
	if (is_held)
		capture(rig);
	else
		focus(rig);
	key(rig, KEY_A, true);
	button(rig, BTN_LEFT, true);
	if (state - base == 1)
		key(rig, KEY_SCROLLLOCK, true);
	if (state - base == 2)
		hold_escape(rig);
	if (state - base == 3)
		use_escape(rig);
	assert_int_equal(rig->capture.state, state);
	assert_int_equal(rig->pressed_count, 2);
}

static void do_press(struct rig *rig)
{
	key(rig, KEY_SCROLLLOCK, true);
}

static void do_release(struct rig *rig)
{
	key(rig, KEY_SCROLLLOCK, false);
}

static void do_help_due(struct rig *rig)
{
	wait_ns(rig, HELP_NS);
}

static void do_emergency(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_EMERGENCY);
}

static void do_other_key(struct rig *rig)
{
	tap(rig, KEY_K);
}

static void do_focus(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_FOCUS_GAINED);
}

static void do_focus_lost(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_FOCUS_LOST);
}

static void do_grab_lost(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_GRAB_LOST);
}

static void do_device_lost(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_DEVICE_LOST);
}

static void do_wanted(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_WANTED);
}

static void do_unwanted(struct rig *rig)
{
	note(rig, ORIEL_CAPTURE_UNWANTED);
}

/* The state that comes of it: one letter for AWAY, FREE and HELD; small for what is below them:
 * (d)own, (h)elp, (u)sed. '.': as before. */
static const struct {
	const char *name;
	void (*act)(struct rig *rig);
	bool lets_go;
	const char *from[ORIEL_CAPTURE_STATES];
} rows[ORIEL_CAPTURE_EVENTS] = {
	/*                                              A     F     Fd    Fh    Fu    H     Hd    Hh
	   Hu */
	{"press", do_press, false, {"Fd", "Fd", ".", ".", ".", "Hd", ".", ".", "."}},
	{"release", do_release, false, {".", ".", "H", "F", "F", ".", "F", "H", "H"}},
	{"help due", do_help_due, false, {".", ".", "Fh", ".", ".", ".", "Hh", ".", "."}},
	{"emergency", do_emergency, true, {".", ".", "Fu", ".", ".", "F", "Fu", "Fh", "Fu"}},
	{"other key", do_other_key, false, {"F", ".", "Fu", ".", ".", ".", "Hu", ".", "."}},
	{"focus", do_focus, false, {"F", ".", ".", ".", ".", ".", ".", ".", "."}},
	{"focus lost", do_focus_lost, true, {".", "A", "A", "A", "A", "A", "A", "A", "A"}},
	{"grab lost", do_grab_lost, true, {".", ".", ".", ".", ".", "F", "Fu", "Fh", "Fu"}},
	{"device lost", do_device_lost, true, {".", ".", ".", ".", ".", ".", ".", ".", "."}},
	{"wanted", do_wanted, false, {"H", "H", "Hu", "Hh", "Hu", ".", ".", ".", "."}},
	{"unwanted", do_unwanted, true, {".", ".", "Fu", ".", ".", "F", "Fu", "Fh", "Fu"}},
};

static enum oriel_capture_state read_state(const char *text, enum oriel_capture_state before)
{
	static const char small[] = "dhu";

	if (*text == '.')
		return before;
	if (*text == 'A')
		return ORIEL_CAPTURE_AWAY;
	return (enum oriel_capture_state)((*text == 'H' ? ORIEL_CAPTURE_HELD : ORIEL_CAPTURE_FREE) +
					  (text[1] ? strchr(small, text[1]) - small + 1 : 0));
}

static void each_event_in_each_state(void **state)
{
	for (int from = 0; from < ORIEL_CAPTURE_STATES; from++)
		for (int event = 0; event < ORIEL_CAPTURE_EVENTS; event++) {
			enum oriel_capture_state want =
				read_state(rows[event].from[from], (enum oriel_capture_state)from);
			struct rig rig;

			reach(&rig, (enum oriel_capture_state)from);
			rows[event].act(&rig);
			if (rig.capture.state != want)
				fail_msg("%s: %s leads to %s, not %s",
					oriel_capture_state_get_name(
						(enum oriel_capture_state)from),
					rows[event].name,
					oriel_capture_state_get_name(rig.capture.state),
					oriel_capture_state_get_name(want));
			assert_int_equal(rig.grabbed, want >= ORIEL_CAPTURE_HELD);
			assert_int_equal(oriel_capture_state_is_help(want),
				want == ORIEL_CAPTURE_FREE_HELP || want == ORIEL_CAPTURE_HELD_HELP);
			if (rows[event].lets_go ||
				(from >= ORIEL_CAPTURE_HELD && want < ORIEL_CAPTURE_HELD))
				assert_int_equal(rig.pressed_count, 0);
		}
}

/* ---- what comes of keys and time ------------------------------------------------------------ */

static void the_escape_key_never_reaches_the_guest(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	hold_escape(&rig);
	key(&rig, KEY_SCROLLLOCK, true);
	key(&rig, KEY_SCROLLLOCK, false);
	tap(&rig, KEY_SCROLLLOCK);
	assert_int_equal(rig.sent, 0);
}

static void two_seconds_of_escape_let_go(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_A, true);
	key(&rig, KEY_SCROLLLOCK, true);
	wait_ns(&rig, ORIEL_CAPTURE_EMERGENCY_NS - 1);
	assert_true(rig.grabbed);
	wait_ns(&rig, 1);
	assert_false(rig.grabbed);
	assert_int_equal(rig.pressed_count, 0);
	key(&rig, KEY_SCROLLLOCK, false);
	assert_int_equal(rig.capture.state, ORIEL_CAPTURE_FREE);
}

static void a_bound_key_begins_the_two_seconds_again(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_SCROLLLOCK, true);
	wait_ns(&rig, ORIEL_CAPTURE_EMERGENCY_NS / 2);
	tap(&rig, KEY_INSERT);
	wait_ns(&rig, ORIEL_CAPTURE_EMERGENCY_NS - 2 * ORIEL_NS_PER_MS);
	assert_true(rig.grabbed);
	wait_ns(&rig, 2 * ORIEL_NS_PER_MS);
	assert_false(rig.grabbed);
}

static void four_keys_let_go_and_the_last_is_not_sent(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_RIGHTCTRL, true);
	key(&rig, KEY_LEFTALT, true);
	key(&rig, KEY_LEFTSHIFT, true);
	assert_int_equal(rig.pressed_count, 3);
	key(&rig, KEY_ESC, true);
	assert_false(rig.grabbed);
	assert_int_equal(rig.pressed_count, 0);
	assert_int_not_equal(rig.last.key.code, KEY_ESC);
	key(&rig, KEY_ESC, false);
	key(&rig, KEY_LEFTSHIFT, false);
	key(&rig, KEY_LEFTALT, false);
	key(&rig, KEY_RIGHTCTRL, false);
	assert_int_equal(rig.presses, 3);
}

static void it_lets_go_although_nobody_takes_input(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_A, true);
	rig.is_full = true;
	hold_escape(&rig);
	wait_ns(&rig, ORIEL_CAPTURE_EMERGENCY_NS);
	assert_false(rig.grabbed);
	assert_int_equal(rig.pressed_count, 1);
	/* The release is not forgotten, and nothing overtakes it. */
	key(&rig, KEY_SCROLLLOCK, false);
	tap(&rig, KEY_B);
	rig.is_full = false;
	wait_ns(&rig, ORIEL_NS_PER_S);
	assert_int_equal(rig.pressed_count, 0);
	assert_int_equal(rig.presses, 1);
	tap(&rig, KEY_B);
	assert_int_equal(rig.presses, 2);
}

static void a_combination_can_be_the_escape_key(void **state)
{
	struct rig rig;
	struct oriel_capture_options options;

	start(&rig);
	options = rig.options;
	assert_int_equal(oriel_key_parse_combination(&options.escape, "leftctrl+LeftAlt", NULL), 0);
	start_with(&rig, &options);
	focus(&rig);
	tap(&rig, KEY_LEFTALT);
	assert_int_equal(rig.presses, 1);
	key(&rig, KEY_LEFTCTRL, true);
	assert_int_equal(rig.pressed_count, 1);
	key(&rig, KEY_LEFTALT, true);
	assert_int_equal(rig.pressed_count, 0);
	assert_int_equal(rig.capture.state, ORIEL_CAPTURE_FREE_DOWN);
	key(&rig, KEY_LEFTCTRL, false);
	assert_true(rig.grabbed);
	key(&rig, KEY_LEFTALT, false);
	assert_true(rig.grabbed);
	assert_int_equal(rig.presses, 2);
}

static void keys_with_escape_do_what_is_bound(void **state)
{
	struct rig rig;

	start(&rig);
	focus(&rig);
	key(&rig, KEY_SCROLLLOCK, true);
	tap(&rig, KEY_Q);
	assert_int_equal(rig.action, ORIEL_ACTION_QUIT);
	assert_int_equal(rig.sent, 0);
	tap(&rig, KEY_F3);
	assert_int_equal(rig.sent, 6);
	assert_int_equal(rig.presses, 3);
	assert_int_equal(rig.last.key.code, KEY_LEFTCTRL);
	assert_int_equal(rig.pressed_count, 0);
	tap(&rig, KEY_K);
	assert_int_equal(rig.sent, 6);
	key(&rig, KEY_SCROLLLOCK, false);
	assert_int_equal(rig.capture.state, ORIEL_CAPTURE_FREE);
}

static void input_can_be_switched_off(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_A, true);
	key(&rig, KEY_SCROLLLOCK, true);
	tap(&rig, KEY_I);
	key(&rig, KEY_SCROLLLOCK, false);
	assert_int_equal(rig.action, ORIEL_ACTION_INPUT);
	assert_false(rig.grabbed);
	assert_int_equal(rig.pressed_count, 0);
	tap(&rig, KEY_B);
	tap(&rig, KEY_SCROLLLOCK);
	assert_false(rig.grabbed);
	assert_int_equal(rig.presses, 1);
	key(&rig, KEY_SCROLLLOCK, true);
	tap(&rig, KEY_I);
	key(&rig, KEY_SCROLLLOCK, false);
	tap(&rig, KEY_B);
	assert_int_equal(rig.presses, 2);
}

static void a_click_captures_only_where_asked_for(void **state)
{
	struct rig rig;
	struct oriel_capture_options options;

	start(&rig);
	focus(&rig);
	button(&rig, BTN_LEFT, true);
	button(&rig, BTN_LEFT, false);
	assert_false(rig.grabbed);
	assert_int_equal(rig.presses, 1);
	options = rig.options;
	options.by = ORIEL_CAPTURE_BY_CLICK;
	start_with(&rig, &options);
	focus(&rig);
	oriel_capture_button_rt(&rig.capture, rig.now_ns, BTN_LEFT, true, false);
	assert_false(rig.grabbed);
	button(&rig, BTN_LEFT, true);
	assert_true(rig.grabbed);
	button(&rig, BTN_LEFT, false);
	assert_int_equal(rig.presses, 0);
	button(&rig, BTN_LEFT, true);
	assert_int_equal(rig.presses, 1);
}

static void focus_captures_only_where_asked_for(void **state)
{
	struct rig rig;
	struct oriel_capture_options options;

	start(&rig);
	options = rig.options;
	options.by = ORIEL_CAPTURE_BY_FOCUS;
	start_with(&rig, &options);
	focus(&rig);
	assert_true(rig.grabbed);
	tap(&rig, KEY_SCROLLLOCK);
	assert_false(rig.grabbed);
	focus(&rig);
	assert_false(rig.grabbed);
	note(&rig, ORIEL_CAPTURE_FOCUS_LOST);
	focus(&rig);
	assert_true(rig.grabbed);
}

static void only_captured_input_passes_where_asked_for(void **state)
{
	struct rig rig;
	struct oriel_capture_options options;

	start(&rig);
	options = rig.options;
	options.input = ORIEL_CAPTURE_INPUT_CAPTURED;
	start_with(&rig, &options);
	focus(&rig);
	tap(&rig, KEY_A);
	button(&rig, BTN_LEFT, true);
	oriel_capture_move_to_rt(&rig.capture, 1, 2, 10, 10, true);
	oriel_capture_wheel_rt(&rig.capture, 0, 120, true);
	assert_int_equal(rig.sent, 0);
	capture(&rig);
	tap(&rig, KEY_A);
	assert_int_equal(rig.sent, 2);
	options.input = ORIEL_CAPTURE_INPUT_NEVER;
	oriel_capture_set_options_rt(&rig.capture, &options);
	assert_false(rig.grabbed);
	tap(&rig, KEY_SCROLLLOCK);
	assert_false(rig.grabbed);
	assert_int_equal(rig.sent, 2);
}

static void options_that_end_the_input_release_what_is_held(void **state)
{
	struct rig rig;
	struct oriel_capture_options options;

	start(&rig);
	options = rig.options;
	focus(&rig);
	key(&rig, KEY_A, true);
	options.sensitivity = 3;
	oriel_capture_set_options_rt(&rig.capture, &options);
	assert_int_equal(rig.sent, 1);
	options.input = ORIEL_CAPTURE_INPUT_CAPTURED;
	oriel_capture_set_options_rt(&rig.capture, &options);
	assert_int_equal(rig.sent, 2);
	assert_false(rig.last.key.pressed);
	key(&rig, KEY_A, false);
	assert_int_equal(rig.sent, 2);
}

static void the_pointer_is_told_by_place_or_by_way(void **state)
{
	struct rig rig;

	start(&rig);
	focus(&rig);
	oriel_capture_move_to_rt(&rig.capture, 7, 8, 640, 480, true);
	assert_int_equal(rig.last.kind, ORIEL_INPUT_MOVE_TO);
	assert_int_equal(rig.last.move_to.x_px, 7);
	assert_int_equal(rig.last.move_to.height_px, 480);
	oriel_capture_move_to_rt(&rig.capture, 9, 9, 640, 480, false);
	oriel_capture_move_by_rt(&rig.capture, 5.0, 5.0);
	assert_int_equal(rig.sent, 1);
	capture(&rig);
	oriel_capture_move_to_rt(&rig.capture, 7, 8, 640, 480, true);
	assert_int_equal(rig.sent, 1);
	/* Nothing is lost below a pixel, nor while nobody takes it. */
	oriel_capture_move_by_rt(&rig.capture, 0.5, -0.25);
	assert_int_equal(rig.sent, 1);
	rig.is_full = true;
	oriel_capture_move_by_rt(&rig.capture, 10.0, -10.0);
	rig.is_full = false;
	oriel_capture_move_by_rt(&rig.capture, 0.75, -0.75);
	assert_int_equal(rig.last.move_by.x_px, 11);
	assert_int_equal(rig.last.move_by.y_px, -11);
	oriel_capture_wheel_rt(&rig.capture, -30, 120, false);
	assert_int_equal(rig.last.wheel.x_120, -30);
}

static void a_drag_is_followed_beyond_the_edge(void **state)
{
	struct rig rig;

	start(&rig);
	focus(&rig);
	button(&rig, BTN_LEFT, true);
	oriel_capture_move_to_rt(&rig.capture, 0, 8, 640, 480, false);
	assert_int_equal(rig.last.kind, ORIEL_INPUT_MOVE_TO);
	oriel_capture_button_rt(&rig.capture, rig.now_ns, BTN_LEFT, false, false);
	assert_int_equal(rig.pressed_count, 0);
}

static void sensitivity_changes_in_tenths(void **state)
{
	struct rig rig;

	start(&rig);
	capture(&rig);
	key(&rig, KEY_SCROLLLOCK, true);
	for (int i = 0; i < 20; i++)
		tap(&rig, KEY_INSERT);
	key(&rig, KEY_SCROLLLOCK, false);
	oriel_capture_move_by_rt(&rig.capture, 100.0, 0.0);
	assert_int_equal(rig.last.move_by.x_px, 190);
	key(&rig, KEY_SCROLLLOCK, true);
	for (int i = 0; i < 40; i++)
		tap(&rig, KEY_DELETE);
	key(&rig, KEY_SCROLLLOCK, false);
	oriel_capture_move_by_rt(&rig.capture, 100.0, 0.0);
	assert_int_equal(rig.last.move_by.x_px, 10);
}

static void repeats_are_passed_on(void **state)
{
	struct rig rig;

	start(&rig);
	focus(&rig);
	key(&rig, KEY_A, true);
	key(&rig, KEY_A, true);
	key(&rig, KEY_A, true);
	assert_int_equal(rig.presses, 3);
	assert_int_equal(rig.pressed_count, 1);
	/* But not of a key that the guest was told is up. */
	note(&rig, ORIEL_CAPTURE_DEVICE_LOST);
	key(&rig, KEY_A, true);
	assert_int_equal(rig.presses, 3);
}

/* ---- nothing stays pressed ------------------------------------------------------------------ */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

static void do_something(struct rig *rig)
{
	static const uint32_t keys[] = {KEY_SCROLLLOCK, KEY_A, KEY_B, KEY_LEFTCTRL, KEY_LEFTALT,
		KEY_LEFTSHIFT, KEY_ESC, KEY_Q, KEY_I, KEY_F1, KEY_END, KEY_INSERT, KEY_LEFTMETA,
		KEY_MICMUTE, 0, ORIEL_KEY_COUNT - 1, ORIEL_KEY_COUNT, UINT32_MAX};
	static const uint32_t buttons[] = {BTN_LEFT, BTN_RIGHT, BTN_EXTRA, UINT32_MAX};
	uint32_t choice = random_below(16);
	bool pressed = random_below(2);

	rig->is_full = random_below(8) == 0;
	if (choice < 8)
		key(rig, keys[random_below(sizeof keys / sizeof keys[0])], pressed);
	else if (choice < 11)
		button(rig, buttons[random_below(4)], pressed);
	else if (choice < 12)
		wait_ns(rig, random_below(3000) * ORIEL_NS_PER_MS);
	else if (choice < 13)
		oriel_capture_move_by_rt(&rig->capture, 3.0, 4.0);
	else
		note(rig, (enum oriel_capture_event)(ORIEL_CAPTURE_FOCUS_GAINED + random_below(6)));
	assert_int_equal(rig->grabbed, oriel_capture_is_held(&rig->capture));
}

static void finish(struct rig *rig)
{
	oriel_capture_finish_rt(&rig->capture);
}

static void nothing_stays_pressed_after_any_sequence(void **state)
{
	static void (*const ends[])(struct rig * rig) = {
		do_emergency, do_focus_lost, do_grab_lost, do_device_lost, do_unwanted, finish};

	for (uint32_t round = 0; round < 6000; round++) {
		struct rig rig;

		random_state = round * 2654435761u + 1;
		start(&rig);
		rig.options.by = (enum oriel_capture_by)(round % 3);
		oriel_capture_set_options_rt(&rig.capture, &rig.options);
		for (int i = 0; i < 60; i++)
			do_something(&rig);
		ends[round % 6](&rig);
		rig.is_full = false;
		wait_ns(&rig, ORIEL_NS_PER_S);
		if (rig.pressed_count)
			fail_msg("round %u leaves %u pressed", round, rig.pressed_count);
		if (round % 6 == 5)
			assert_false(rig.grabbed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_in_each_state),
		cmocka_unit_test(the_escape_key_never_reaches_the_guest),
		cmocka_unit_test(two_seconds_of_escape_let_go),
		cmocka_unit_test(a_bound_key_begins_the_two_seconds_again),
		cmocka_unit_test(four_keys_let_go_and_the_last_is_not_sent),
		cmocka_unit_test(it_lets_go_although_nobody_takes_input),
		cmocka_unit_test(a_combination_can_be_the_escape_key),
		cmocka_unit_test(keys_with_escape_do_what_is_bound),
		cmocka_unit_test(input_can_be_switched_off),
		cmocka_unit_test(a_click_captures_only_where_asked_for),
		cmocka_unit_test(focus_captures_only_where_asked_for),
		cmocka_unit_test(only_captured_input_passes_where_asked_for),
		cmocka_unit_test(options_that_end_the_input_release_what_is_held),
		cmocka_unit_test(the_pointer_is_told_by_place_or_by_way),
		cmocka_unit_test(a_drag_is_followed_beyond_the_edge),
		cmocka_unit_test(sensitivity_changes_in_tenths),
		cmocka_unit_test(repeats_are_passed_on),
		cmocka_unit_test(nothing_stays_pressed_after_any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
