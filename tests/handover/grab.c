/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's second source of input on a real kernel: a keyboard is made by uinput, grabbed by a
 * capture and typed on. Runs in the emulated computer, since elsewhere somebody's desktop would
 * take the keyboard for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "view/capture.h"
#include "view/evdev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static struct {
	int uinput_fd;
	char path[300];
	struct oriel_evdev *evdev;
	struct oriel_capture capture;
	int other_fd; /* of another program that reads the keyboard */
	char said[256];
} desk;

/* ---- the guest's end ------------------------------------------------------------------------ */

static bool on_send(void *data, const struct oriel_input *input)
{
	size_t used = strlen(desk.said);

	if (input->kind == ORIEL_INPUT_KEY)
		snprintf(desk.said + used, sizeof desk.said - used, "%u%c ", input->key.code,
			input->key.pressed ? '+' : '-');
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

static void on_lost(void *data)
{
	oriel_capture_note_rt(&desk.capture, 0, ORIEL_CAPTURE_DEVICE_LOST);
}

static void on_grab_lost(void *data)
{
	oriel_capture_note_rt(&desk.capture, 0, ORIEL_CAPTURE_GRAB_LOST);
}

static const struct oriel_window_listener listener = {
	.key_rt = on_key, .device_lost_rt = on_lost, .grab_lost_rt = on_grab_lost};

static void note(enum oriel_capture_event event)
{
	oriel_capture_note_rt(&desk.capture, 0, event);
	if (oriel_evdev_is_due_rt(desk.evdev))
		oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
}

static void wait_said(const char *wanted)
{
	struct pollfd poll_fd = {oriel_evdev_get_fd(desk.evdev), POLLIN, 0};

	while (strcmp(desk.said, wanted) && poll(&poll_fd, 1, PATIENCE_MS) > 0)
		oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
	assert_string_equal(desk.said, wanted);
	desk.said[0] = '\0';
}

/* ---- the keyboard --------------------------------------------------------------------------- */

static void find_node(void)
{
	char system[64], folder[128];
	struct dirent *entry;
	DIR *list;

	assert_true(ioctl(desk.uinput_fd, UI_GET_SYSNAME(sizeof system), system) >= 0);
	snprintf(folder, sizeof folder, "/sys/devices/virtual/input/%s", system);
	list = opendir(folder);
	assert_non_null(list);
	while ((entry = readdir(list)))
		if (!strncmp(entry->d_name, "event", strlen("event")))
			snprintf(desk.path, sizeof desk.path, "/dev/input/%s", entry->d_name);
	closedir(list);
	assert_string_not_equal(desk.path, "");
}

static void make_keyboard(void)
{
	const struct uinput_setup setup = {.id = {.bustype = BUS_USB}, .name = "oriel keyboard"};

	desk.uinput_fd = open("/dev/uinput", O_WRONLY | O_CLOEXEC);
	assert_true(desk.uinput_fd >= 0);
	assert_int_equal(ioctl(desk.uinput_fd, UI_SET_EVBIT, EV_KEY), 0);
	for (unsigned long key = KEY_ESC; key <= KEY_SCROLLLOCK; key++)
		assert_int_equal(ioctl(desk.uinput_fd, UI_SET_KEYBIT, key), 0);
	assert_int_equal(ioctl(desk.uinput_fd, UI_DEV_SETUP, &setup), 0);
	assert_int_equal(ioctl(desk.uinput_fd, UI_DEV_CREATE), 0);
	find_node();
}

static void type(uint16_t code)
{
	for (int pressed = 1; pressed >= 0; pressed--) {
		const struct input_event events[] = {
			{.type = EV_KEY, .code = code, .value = pressed},
			{.type = EV_SYN, .code = SYN_REPORT},
		};

		assert_int_equal(write(desk.uinput_fd, events, sizeof events), sizeof events);
	}
}

/* What the other program got. */
static bool has_other_heard(void)
{
	struct input_event event;
	bool heard = false;

	while (read(desk.other_fd, &event, sizeof event) > 0)
		heard = true;
	return heard;
}

static int grab_too(bool wanted)
{
	return ioctl(desk.other_fd, EVIOCGRAB, wanted ? 1L : 0L) ? -errno : 0;
}

/* ---- cases ---------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	const struct oriel_capture_options options = {
		.escape = {{KEY_SCROLLLOCK}, 1}, .help_delay_ns = PATIENCE_MS * ORIEL_NS_PER_MS};
	struct oriel_error error = {0};

	memset(&desk, 0, sizeof desk);
	make_keyboard();
	desk.other_fd = open(desk.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(desk.other_fd >= 0);
	assert_int_equal(oriel_evdev_create(&desk.evdev, NULL, &error), 0);
	if (oriel_evdev_open(desk.evdev, desk.path, &error))
		fail_msg("%s", error.message);
	oriel_capture_init(&desk.capture, &options, &capture_listener, NULL);
	note(ORIEL_CAPTURE_FOCUS_GAINED);
	return 0;
}

static int tear_down(void **state)
{
	oriel_evdev_destroy(desk.evdev);
	oriel_fd_close(&desk.other_fd);
	oriel_fd_close(&desk.uinput_fd);
	return 0;
}

static void a_capture_has_the_keyboard_alone(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	assert_int_equal(grab_too(true), -EBUSY);
	type(KEY_A);
	wait_said("30+ 30- ");
	assert_false(has_other_heard());
}

static void it_gives_it_back(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	type(KEY_SCROLLLOCK); /* the escape key, which the guest never sees */
	type(KEY_A);
	while (grab_too(true) == -EBUSY) {
		struct pollfd poll_fd = {oriel_evdev_get_fd(desk.evdev), POLLIN, 0};

		assert_true(poll(&poll_fd, 1, PATIENCE_MS) > 0);
		oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
	}
	assert_int_equal(grab_too(false), 0);
}

static void its_end_gives_it_back(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	assert_int_equal(grab_too(true), -EBUSY);
	oriel_evdev_destroy(desk.evdev);
	desk.evdev = NULL;
	assert_int_equal(grab_too(true), 0);
	type(KEY_A);
	assert_true(has_other_heard());
}

static void taken_away_it_is_everybodys(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	assert_int_equal(grab_too(true), -EBUSY);
	oriel_evdev_take_away(desk.evdev);
	type(KEY_A);
	assert_true(has_other_heard());
	oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
	assert_false(oriel_capture_is_held(&desk.capture));
	assert_int_equal(grab_too(true), 0);
}

static void who_has_it_first_keeps_it(void **state)
{
	assert_int_equal(grab_too(true), 0);
	note(ORIEL_CAPTURE_WANTED);
	type(KEY_A);
	assert_true(has_other_heard());
	oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
	assert_string_equal(desk.said, "");
}

static void an_unplugged_one_is_lost(void **state)
{
	note(ORIEL_CAPTURE_WANTED);
	type(KEY_A);
	wait_said("30+ 30- ");
	assert_int_equal(ioctl(desk.uinput_fd, UI_DEV_DESTROY), 0);
	for (int i = 0; i < 2; i++)
		oriel_evdev_dispatch_rt(desk.evdev, &listener, NULL);
	assert_string_equal(desk.said, "");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_capture_has_the_keyboard_alone),
		CASE(it_gives_it_back),
		CASE(its_end_gives_it_back),
		CASE(taken_away_it_is_everybodys),
		CASE(who_has_it_first_keeps_it),
		CASE(an_unplugged_one_is_lost),
	};

	return cmocka_run_group_tests_name("handover-grab", tests, NULL, NULL);
}
