/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the kernel's kind at the end of a pipe, up to what the guest gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "view/capture.h"
#include "view/evdev.h"

#define DEVICES 2

/* ---- the desk ------------------------------------------------------------------------------- */

static struct {
	struct oriel_evdev *evdev;
	struct oriel_capture capture;
	int pipes[DEVICES]; /* where the device writes */
	int read_fds[DEVICES];
	bool is_grabbed[DEVICES], is_down[DEVICES];
	int answer;	 /* of a grab */
	char said[2048]; /* what came for the guest */
} desk;

static int device_of(int fd)
{
	for (int i = 0; i < DEVICES; i++)
		if (desk.read_fds[i] == fd)
			return i;
	fail_msg("no such device");
	return 0;
}

static int grab(int fd, bool wanted)
{
	if (!desk.answer)
		desk.is_grabbed[device_of(fd)] = wanted;
	return desk.answer;
}

static bool is_any_down(int fd)
{
	return desk.is_down[device_of(fd)];
}

static const struct oriel_evdev_ops ops = {grab, is_any_down};

static void say(const char *format, ...)
{
	size_t used = strlen(desk.said);
	va_list args;

	va_start(args, format);
	vsnprintf(desk.said + used, sizeof desk.said - used, format, args);
	va_end(args);
}

static bool on_send(void *data, const struct oriel_input *input)
{
	if (input->kind == ORIEL_INPUT_KEY || input->kind == ORIEL_INPUT_BUTTON)
		say("%u%c ", input->key.code, input->key.pressed ? '+' : '-');
	if (input->kind == ORIEL_INPUT_MOVE_BY)
		say("by(%d,%d) ", input->move_by.x_px, input->move_by.y_px);
	if (input->kind == ORIEL_INPUT_WHEEL)
		say("wheel(%d,%d) ", input->wheel.x_120, input->wheel.y_120);
	return true;
}

static void on_grab(void *data, bool wanted)
{
	oriel_evdev_set_grab_rt(desk.evdev, wanted);
}

static void on_act(void *data, enum oriel_action action)
{
}

static const struct oriel_capture_listener capture_listener = {on_send, on_grab, on_act};

static void on_key(void *data, uint32_t key, bool pressed)
{
	oriel_capture_key_rt(&desk.capture, 0, key, pressed);
}

static void on_button(void *data, uint32_t button, bool pressed)
{
	oriel_capture_button_rt(&desk.capture, 0, button, pressed, true);
}

static void on_relative(void *data, double x_px, double y_px)
{
	oriel_capture_move_by_rt(&desk.capture, x_px, y_px);
}

static void on_wheel(void *data, int32_t x_120, int32_t y_120)
{
	oriel_capture_wheel_rt(&desk.capture, x_120, y_120, true);
}

static void on_lost(void *data)
{
	oriel_capture_note_rt(&desk.capture, 0, ORIEL_CAPTURE_DEVICE_LOST);
}

static void on_grab_lost(void *data)
{
	oriel_capture_note_rt(&desk.capture, 0, ORIEL_CAPTURE_GRAB_LOST);
}

static const struct oriel_window_listener listener = {
	.key_rt = on_key,
	.button_rt = on_button,
	.relative_rt = on_relative,
	.wheel_rt = on_wheel,
	.device_lost_rt = on_lost,
	.grab_lost_rt = on_grab_lost,
};

static void dispatch(void)
{
	oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
}

static void send_event(int device, uint16_t type, uint16_t code, int32_t value)
{
	const struct input_event event = {.type = type, .code = code, .value = value};

	assert_int_equal(write(desk.pipes[device], &event, sizeof event), sizeof event);
}

static void report(int device)
{
	send_event(device, EV_SYN, SYN_REPORT, 0);
	dispatch();
}

static void key(int device, uint16_t code, int32_t value)
{
	send_event(device, EV_KEY, code, value);
	report(device);
}

static void note(enum oriel_capture_event event)
{
	oriel_capture_note_rt(&desk.capture, 0, event);
	if (oriel_evdev_is_due_rt(desk.evdev))
		dispatch();
}

static int set_up(void **state)
{
	const struct oriel_capture_options options = {
		.escape = {{KEY_SCROLLLOCK}, 1}, .help_delay_ns = 200 * ORIEL_NS_PER_MS};

	memset(&desk, 0, sizeof desk);
	assert_int_equal(oriel_evdev_create(&desk.evdev, &ops, NULL), 0);
	for (int i = 0; i < DEVICES; i++) {
		int fds[2];

		assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
		desk.read_fds[i] = fds[0];
		desk.pipes[i] = fds[1];
		assert_true(oriel_evdev_add(desk.evdev, fds[0], i ? "mouse" : "keyboard"));
	}
	oriel_capture_init(&desk.capture, &options, &capture_listener, NULL);
	note(ORIEL_CAPTURE_FOCUS_GAINED);
	return 0;
}

static int tear_down(void **state)
{
	oriel_evdev_destroy(desk.evdev);
	for (int i = 0; i < DEVICES; i++)
		close(desk.pipes[i]);
	return 0;
}

/* ---- cases ---------------------------------------------------------------------------------- */

static void devices_are_the_guests_while_captured(void **state)
{
	key(0, KEY_A, 1);
	key(0, KEY_A, 0);
	assert_string_equal(desk.said, "");
	note(ORIEL_CAPTURE_WANTED);
	assert_true(desk.is_grabbed[0] && desk.is_grabbed[1]);
	key(0, KEY_B, 1);
	key(0, KEY_B, 2);
	key(0, KEY_B, 0);
	key(1, BTN_LEFT, 1);
	send_event(1, EV_REL, REL_X, 5);
	send_event(1, EV_REL, REL_Y, -7);
	report(1);
	key(1, BTN_LEFT, 0);
	assert_string_equal(desk.said, "48+ 48+ 48- 272+ by(5,-7) 272- ");
	key(0, KEY_SCROLLLOCK, 1);
	key(0, KEY_SCROLLLOCK, 0);
	assert_false(desk.is_grabbed[0] || desk.is_grabbed[1]);
	key(0, KEY_A, 1);
	assert_string_equal(desk.said, "48+ 48+ 48- 272+ by(5,-7) 272- ");
}

static void the_wheel_turns_by_parts_where_it_can(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	send_event(1, EV_REL, REL_WHEEL, 1);
	report(1);
	send_event(1, EV_REL, REL_WHEEL, -1);
	send_event(1, EV_REL, REL_WHEEL_HI_RES, -120);
	report(1);
	send_event(1, EV_REL, REL_WHEEL_HI_RES, 15);
	report(1);
	send_event(1, EV_REL, REL_HWHEEL, 1);
	send_event(1, EV_REL, REL_HWHEEL_HI_RES, 30);
	report(1);
	assert_string_equal(desk.said, "wheel(0,-120) wheel(0,120) wheel(0,-15) wheel(30,0) ");
}

static void a_device_is_grabbed_when_its_keys_are_up(void **state)
{
	desk.is_down[0] = true;
	note(ORIEL_CAPTURE_WANTED);
	assert_true(desk.is_grabbed[1] && !desk.is_grabbed[0]);
	key(0, KEY_A, 2);
	assert_false(desk.is_grabbed[0]);
	desk.is_down[0] = false;
	key(0, KEY_A, 0);
	assert_true(desk.is_grabbed[0]);
	assert_string_equal(desk.said, "");
	key(0, KEY_B, 1);
	assert_string_equal(desk.said, "48+ ");
}

static void somebody_else_has_it(void **state)
{
	desk.answer = -EBUSY;
	note(ORIEL_CAPTURE_WANTED);
	key(0, KEY_A, 1);
	assert_string_equal(desk.said, "");
	note(ORIEL_CAPTURE_UNWANTED);
	desk.answer = 0;
	note(ORIEL_CAPTURE_WANTED);
	assert_true(desk.is_grabbed[0]);
}

static void nothing_stays_pressed_when_a_device_goes(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	key(0, KEY_A, 1);
	key(1, BTN_LEFT, 1);
	close(desk.pipes[0]);
	desk.pipes[0] = -1;
	dispatch();
	assert_string_equal(desk.said, "30+ 272+ 30- 272- ");
	/* The other one goes on. */
	send_event(1, EV_REL, REL_X, 1);
	report(1);
	assert_non_null(strstr(desk.said, "by(1,0)"));
	dispatch();
}

static void nothing_stays_pressed_when_the_kernel_dropped_events(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	key(0, KEY_A, 1);
	send_event(0, EV_SYN, SYN_DROPPED, 0);
	send_event(0, EV_KEY, KEY_B, 1);
	report(0);
	assert_string_equal(desk.said, "30+ 30- ");
	key(0, KEY_C, 1);
	assert_string_equal(desk.said, "30+ 30- 46+ ");
}

static void nothing_stays_pressed_after_each_kind_of_release(void **state)
{
	const enum oriel_capture_event events[] = {ORIEL_CAPTURE_FOCUS_LOST,
		ORIEL_CAPTURE_EMERGENCY, ORIEL_CAPTURE_GRAB_LOST, ORIEL_CAPTURE_UNWANTED};

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
		note(ORIEL_CAPTURE_FOCUS_GAINED);
		note(ORIEL_CAPTURE_WANTED);
		desk.said[0] = '\0';
		key(0, KEY_A, 1);
		note(events[i]);
		assert_string_equal(desk.said, "30+ 30- ");
		assert_false(desk.is_grabbed[0]);
		/* The real release comes when the desktop has the device again. */
		key(0, KEY_A, 0);
		assert_string_equal(desk.said, "30+ 30- ");
	}
}

static void nothing_stays_pressed_when_they_are_taken_away(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	key(0, KEY_A, 1);
	/* The render thread hangs: nothing is dispatched. */
	oriel_evdev_take_away(desk.evdev);
	assert_false(desk.is_grabbed[0] || desk.is_grabbed[1]);
	assert_string_equal(desk.said, "30+ ");
	/* It goes on. */
	assert_true(oriel_evdev_is_due_rt(desk.evdev));
	dispatch();
	assert_string_equal(desk.said, "30+ 30- ");
	assert_false(desk.is_grabbed[0] || oriel_capture_is_held(&desk.capture));
	assert_false(oriel_evdev_is_due_rt(desk.evdev));
	note(ORIEL_CAPTURE_WANTED);
	assert_true(desk.is_grabbed[0] && desk.is_grabbed[1]);
}

static void what_is_no_device_is_refused(void **state)
{
	struct oriel_error error = {0};

	assert_int_equal(oriel_evdev_open(desk.evdev, "/dev/null", &error), -ENOTTY);
	assert_non_null(strstr(error.message, "/dev/null"));
	assert_int_equal(oriel_evdev_open(desk.evdev, "/nowhere/event0", &error), -ENOENT);
	assert_non_null(strstr(error.message, "/nowhere/event0"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(devices_are_the_guests_while_captured),
		CASE(the_wheel_turns_by_parts_where_it_can),
		CASE(a_device_is_grabbed_when_its_keys_are_up),
		CASE(somebody_else_has_it),
		CASE(nothing_stays_pressed_when_a_device_goes),
		CASE(nothing_stays_pressed_when_the_kernel_dropped_events),
		CASE(nothing_stays_pressed_after_each_kind_of_release),
		CASE(nothing_stays_pressed_when_they_are_taken_away),
		CASE(what_is_no_device_is_refused),
	};

	return cmocka_run_group_tests_name("view-evdev", tests, NULL, NULL);
}
