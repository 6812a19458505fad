/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is sent by SPICE, as the kernel of a real guest reads it: every key, the pointer both ways,
 * buttons and wheel, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "server.h"
#include "tests/bed/desk.h"
#include "tests/bed/parts.h"

#include <gio/gio.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "bed/machine.h"
#include "bed/process.h"
#include "spice/inputs.h"
#include "spice/scancode.h"
#include "tests/skip.h"

#define BOOT_NS (120 * ORIEL_NS_PER_S)
#define TAIL_BYTES 200u
#define EVENT_NS (20 * ORIEL_NS_PER_S)

struct bed {
	struct server server; /* its folder only */
	struct oriel_bed_machine *machine;
	int initramfs_fd;
	struct oriel_spice_session *session;
	struct oriel_spice_inputs *inputs;
};

/* ---- the guest ----------------------------------------------------------------------------------
 */

/* The next line that begins with prefix, while the main loop turns. */
static char *wait_line(struct bed *bed, const char *prefix, uint64_t limit_ns)
{
	uint64_t deadline_ns = oriel_time_now_ns() + limit_ns;
	char *line = NULL;

	for (;;) {
		g_autoptr(GError) error = NULL;

		if (oriel_bed_machine_wait_line(
			    bed->machine, prefix, oriel_time_now_ns(), &line, &error))
			return line;
		if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
			oriel_time_now_ns() > deadline_ns) {
			const char *log = oriel_bed_machine_get_log(bed->machine);
			size_t size = strlen(log);

			fail_msg("no line \"%s\": %s; the last ones:\n%s", prefix, error->message,
				log + (size > TAIL_BYTES ? size - TAIL_BYTES : 0));
		}
		while (g_main_context_iteration(NULL, FALSE))
			;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + ORIEL_NS_PER_MS);
	}
}

static void expect(struct bed *bed, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void expect(struct bed *bed, const char *format, ...)
{
	va_list arguments;
	g_autofree char *wanted = NULL, *line = wait_line(bed, "EVENT ", EVENT_NS);

	va_start(arguments, format);
	wanted = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	if (strcmp(g_strchomp(line), wanted))
		fail_msg("the guest read \"%s\", not \"%s\"", line, wanted);
}

static bool pack(struct bed *bed, const struct oriel_kernel *kernel, GError **error)
{
	static const char *const modules[] = {"virtio_pci", "virtio_input", "evdev", "bochs", NULL};
	const char *const programs[] = {g_getenv("ORIEL_SPICE_EVENTS"), NULL};

	bed->initramfs_fd = guest_pack(kernel, modules, programs, error);
	return bed->initramfs_fd >= 0;
}

static bool boot(struct bed *bed, const struct oriel_kernel *kernel, GError **error)
{
	/* The tablet comes last, so that QEMU asks it first. */
	static const char *const devices[] = {"VGA,xres=800,yres=600", "virtio-keyboard-pci",
		"virtio-mouse-pci", "virtio-tablet-pci", NULL};
	g_autofree char *spice =
		g_strdup_printf("unix=on,addr=%s,disable-ticketing=on", bed->server.socket);
	const struct oriel_bed_machine_plan plan = {
		.kernel = kernel,
		.devices = devices,
		.spice = spice,
		.initramfs_fd = bed->initramfs_fd,
		.shm_fd = -1,
		.memory_mb = 256,
		.cancel_fd = -1,
	};
	g_autofree char *count = NULL;

	bed->machine = oriel_bed_machine_create(&plan, error);
	if (!bed->machine || !oriel_bed_machine_wait_line(bed->machine, "BED-READY",
				     oriel_time_now_ns() + BOOT_NS, NULL, error))
		return false;
	/* Without somebody at the console Scroll Lock has neither a state nor a lamp. */
	oriel_bed_machine_send(bed->machine, "sleep 100000 </dev/tty1 & bed-events &", error);
	count = wait_line(bed, "EVENTS-READY ", EVENT_NS);
	return true;
}

static int begin(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);

	*state = bed;
	signal(SIGPIPE, SIG_IGN);
	server_init(&bed->server);
	bed->initramfs_fd = -1;
	if (!kernel || !pack(bed, kernel, &error) || !boot(bed, kernel, &error)) {
		print_message("# %s\n", error->message);
		return -1;
	}
	oriel_kernel_destroy(kernel);
	bed->session = oriel_spice_session_create(
		&(struct oriel_spice_setup){.address = bed->server.socket}, NULL);
	bed->inputs = oriel_spice_inputs_create(bed->session);
	oriel_spice_session_start(bed->session);
	wait_for_state(bed->session, ORIEL_SPICE_CONNECTED);
	return 0;
}

static int end(void **state)
{
	struct bed *bed = *state;

	oriel_spice_inputs_destroy(bed->inputs);
	oriel_spice_session_destroy(bed->session);
	oriel_bed_machine_destroy(bed->machine);
	oriel_fd_close(&bed->initramfs_fd);
	server_finish(&bed->server);
	g_free(bed);
	return 0;
}

/* ---- the cases ----------------------------------------------------------------------------------
 */

/* Down and up again. */
static void press(struct bed *bed, uint32_t key)
{
	oriel_spice_inputs_key(bed->inputs, key, true);
	oriel_spice_inputs_key(bed->inputs, key, false);
}

/* Everything that the guest read up to the release of the key that marks the end. */
static char *read_until(struct bed *bed, uint32_t mark)
{
	g_autofree char *up = g_strdup_printf("key %u 0", mark);
	GString *text = g_string_new(NULL);

	for (;;) {
		g_autofree char *line = wait_line(bed, "EVENT ", EVENT_NS);

		g_string_append(text, g_strchomp(line));
		if (!strcmp(line, up))
			return g_string_free(text, FALSE);
		g_string_append_c(text, ';');
	}
}

/* All that are wrong are named at once. */
static void test_every_key(void **state)
{
	struct bed *bed = *state;
	unsigned int count = 0, wrong = 0;

	for (uint32_t key = KEY_ESC + 1; key < KEY_CNT; key++) {
		/* One key of a PC keyboard has two names; the guest says the other one. */
		uint32_t read_as = key == KEY_PRINT ? KEY_SYSRQ : key;
		g_autofree char *wanted = g_strdup_printf(
			"key %u 1;key %u 0;key %u 1;key %u 0", read_as, read_as, KEY_ESC, KEY_ESC);
		g_autofree char *found = NULL;

		if (!oriel_spice_scancode_get(key) || (key >= KEY_F13 && key <= KEY_F15))
			continue; /* those three came to QEMU with version 8 */
		press(bed, key);
		press(bed, KEY_ESC);
		found = read_until(bed, KEY_ESC);
		count++;
		if (!strcmp(found, wanted))
			continue;
		print_message("# key %u was read as \"%s\"\n", key, found);
		wrong++;
	}
	print_message("# %u keys\n", count);
	assert_int_equal(wrong, 0);
	assert_true(count > 120);
}

static void test_chord_in_order(void **state)
{
	static const uint32_t keys[] = {KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_ESC};
	struct bed *bed = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		oriel_spice_inputs_key(bed->inputs, keys[i], true);
	for (size_t i = G_N_ELEMENTS(keys); i-- > 0;)
		oriel_spice_inputs_key(bed->inputs, keys[i], false);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		expect(bed, "key %u 1", keys[i]);
	for (size_t i = G_N_ELEMENTS(keys); i-- > 0;)
		expect(bed, "key %u 0", keys[i]);
}

/* Releasing what is not held, and keys that do not exist, send nothing. */
static void test_nothing_to_send(void **state)
{
	struct bed *bed = *state;

	oriel_spice_inputs_key(bed->inputs, KEY_B, false);
	oriel_spice_inputs_key(bed->inputs, KEY_RESERVED, true);
	oriel_spice_inputs_key(bed->inputs, KEY_CNT, true);
	oriel_spice_inputs_key(bed->inputs, UINT32_MAX, true);
	oriel_spice_inputs_button(bed->inputs, BTN_LEFT, false);
	oriel_spice_inputs_wheel(bed->inputs, 119);
	oriel_spice_inputs_wheel(bed->inputs, -119);
	oriel_spice_inputs_key(bed->inputs, KEY_A, true);
	oriel_spice_inputs_key(bed->inputs, KEY_A, false);
	expect(bed, "key %u 1", KEY_A);
	expect(bed, "key %u 0", KEY_A);
}

static void test_buttons_and_wheel(void **state)
{
	static const uint32_t buttons[] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA};
	struct bed *bed = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++) {
		oriel_spice_inputs_button(bed->inputs, buttons[i], true);
		oriel_spice_inputs_button(bed->inputs, buttons[i], false);
		expect(bed, "key %u 1", buttons[i]);
		expect(bed, "key %u 0", buttons[i]);
	}
	oriel_spice_inputs_wheel(bed->inputs, 120);
	expect(bed, "rel %u -1", REL_WHEEL);
	oriel_spice_inputs_wheel(bed->inputs, -60);
	oriel_spice_inputs_wheel(bed->inputs, -180);
	expect(bed, "rel %u 1", REL_WHEEL);
	expect(bed, "rel %u 1", REL_WHEEL);
}

static bool takes_positions(void *data)
{
	return oriel_spice_inputs_takes_positions(data);
}

/* The tablet's own units: 0 to 32767 over the screen, whatever size the sender thinks in. */
static void test_positions(void **state)
{
	struct bed *bed = *state;
	int at = 0;

	wait_until(takes_positions, bed->inputs);
	oriel_spice_inputs_move_to(bed->inputs, 960, 270, 1920, 1080);
	for (unsigned int axis = ABS_X; axis <= ABS_Y; axis++) {
		g_autofree char *line = wait_line(bed, "EVENT abs ", EVENT_NS);
		unsigned int code = 9;
		int wanted = axis == ABS_X ? 32767 / 2 : 32767 / 4;

		assert_int_equal(sscanf(line, "%u %d", &code, &at), 2);
		assert_int_equal(code, axis);
		assert_in_range(at, wanted - 64, wanted + 64);
	}
}

/* Motion changes the server's mode; none of it gets lost meanwhile, and positions work again. */
static void test_motion(void **state)
{
	struct bed *bed = *state;
	int x_px = 0, y_px = 0;

	for (int i = 0; i < 10; i++)
		oriel_spice_inputs_move_by(bed->inputs, 7, -3);
	while (x_px < 70 || y_px > -30) {
		g_autofree char *line = wait_line(bed, "EVENT rel ", EVENT_NS);
		unsigned int code;
		int step_px;

		assert_int_equal(sscanf(line, "%u %d", &code, &step_px), 2);
		*(code == REL_X ? &x_px : &y_px) += step_px;
	}
	assert_int_equal(x_px, 70);
	assert_int_equal(y_px, -30);
	assert_true(oriel_spice_inputs_takes_positions(bed->inputs));
}

/* What is held when the connection ends is let go of by the server. */
static void test_nothing_stays_pressed(void **state)
{
	struct bed *bed = *state;

	oriel_spice_inputs_key(bed->inputs, KEY_LEFTSHIFT, true);
	expect(bed, "key %u 1", KEY_LEFTSHIFT);
	g_clear_pointer(&bed->inputs, oriel_spice_inputs_destroy);
	g_clear_pointer(&bed->session, oriel_spice_session_destroy);
	expect(bed, "key %u 0", KEY_LEFTSHIFT);
}

/* ---- through the viewer's window ----------------------------------------------------------------
 */

static void start_viewer(struct desk *desk, const char *socket)
{
	const char *const argv[] = {g_getenv("ORIEL_SPICE_VIEW"), "--allow-root", "--source",
		"test:320x240@10", "--size", "320x240", "--window", "x11", "--present", "soft",
		"--title", "typed", "--log", "debug", "--spice", socket, NULL};

	desk_start_viewer(desk, argv);
	desk_wait_word(desk, "Connected to the SPICE server");
}

static void expect_press(struct bed *bed, uint32_t key)
{
	for (int value = 1; value >= 0; value--) {
		g_autofree char *wanted = g_strdup_printf("%u %d", key, value);
		g_autofree char *line = wait_line(bed, "EVENT key ", EVENT_NS);

		assert_string_equal(g_strchomp(line), wanted);
	}
}

/* A lock that was toggled an odd number of times, or 0. */
static uint32_t find_changed_lock(const char *events)
{
	static const uint32_t locks[] = {KEY_CAPSLOCK, KEY_NUMLOCK, KEY_SCROLLLOCK};

	for (size_t i = 0; i < G_N_ELEMENTS(locks); i++) {
		g_autofree char *down = g_strdup_printf("key %u 1;", locks[i]);
		g_auto(GStrv) parts = g_strsplit(events, down, -1);

		if (g_strv_length(parts) % 2 == 0)
			return locks[i];
	}
	return 0;
}

/* The cases before left the locks on. Whoever connects toggles none of them, or twice; the second
 * time may come late, after a lamp has told. */
static void expect_locks_kept(struct bed *bed)
{
	uint64_t deadline_ns = oriel_time_now_ns() + EVENT_NS;
	g_autoptr(GString) events = g_string_new(NULL);

	do {
		g_autofree char *found = NULL;

		desk_run_xdotool("key Escape");
		found = read_until(bed, KEY_ESC);
		g_string_append_printf(events, "%s;", found);
		if (oriel_time_now_ns() > deadline_ns)
			fail_msg("a lock was changed: %s", events->str);
	} while (find_changed_lock(events->str));
	print_message("# %s\n", events->str);
}

static void focus_viewer(struct desk *desk)
{
	desk_run_xdotool("mousemove --sync 100 100 search --sync --onlyvisible --name ^typed$ "
			 "windowfocus --sync");
	desk_wait_word(desk, "away -> free");
}

/* Caps Lock, while no window of ours looks; and what the guest has read when one does again. */
static uint32_t press_caps_elsewhere(struct bed *bed, struct desk *desk)
{
	g_autofree char *found = NULL, *events = NULL;

	desk_run_xdotool("windowfocus 0");
	desk_wait_word(desk, "free -> away");
	desk_run_xdotool("key Caps_Lock");
	focus_viewer(desk);
	desk_run_xdotool("key Escape");
	found = read_until(bed, KEY_ESC);
	events = g_strdup_printf("%s;", found);
	print_message("# %s\n", events);
	return find_changed_lock(events);
}

/* The guest's is on, the desktop's off: it is on twice, and off in between. */
static void expect_caps_followed(struct bed *bed, struct desk *desk)
{
	assert_int_equal(press_caps_elsewhere(bed, desk), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(press_caps_elsewhere(bed, desk), KEY_CAPSLOCK);
		desk_wait_word(desk, "the guest's locks");
	}
}

/* A program of the guest switches the lamp of its keyboard, as its kernel does for a lock: an event
 * of type EV_LED, on every device, since those without the lamp pass it over. */
static void switch_lamp(struct bed *bed, int lamp, bool on)
{
	g_autofree char *command =
		g_strdup_printf("for e in /dev/input/event*; do printf "
				"'\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"
				"\\21\\0\\%d\\0\\%d\\0\\0\\0' >$e; done",
			lamp, on);

	assert_true(oriel_bed_machine_send(bed->machine, command, NULL));
}

/* Of the desktop. */
static bool is_lit(const char *name)
{
	g_autofree char *said = NULL, *key = g_strdup_printf("%s:", name);
	const char *at;

	assert_true(g_spawn_command_line_sync("xset q", &said, NULL, NULL, NULL));
	at = strstr(said, key);
	assert_non_null(at);
	at += strlen(key);
	return g_str_has_prefix(at + strspn(at, " "), "on");
}

static bool comes_to_be_lit(const char *name, bool on, uint64_t limit_ns)
{
	uint64_t deadline_ns = oriel_time_now_ns() + limit_ns;

	while (is_lit(name) != on) {
		if (oriel_time_now_ns() > deadline_ns)
			return false;
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 20 * ORIEL_NS_PER_MS);
	}
	return true;
}

static const char *const lamps[] = {"Num Lock", "Caps Lock", "Scroll Lock"};

/* The guest's may differ from the desktop's so far, and only what changes counts. */
static void expect_desktop_follows(struct bed *bed, int lamp)
{
	bool was_on = is_lit(lamps[lamp]);
	int tries = 0;

	do {
		if (++tries > 5)
			fail_msg("the desktop's %s does not follow", lamps[lamp]);
		switch_lamp(bed, lamp, was_on);
		switch_lamp(bed, lamp, !was_on);
	} while (!comes_to_be_lit(lamps[lamp], !was_on, EVENT_NS / 4));
}

/* The desktop's locks are of no concern to a guest that the user has left. */
static void expect_desktop_kept(struct bed *bed, struct desk *desk)
{
	bool was_on = is_lit(lamps[0]);
	g_autofree char *read = NULL;

	desk_run_xdotool("windowfocus 0");
	desk_wait_word(desk, "free -> away");
	switch_lamp(bed, 0, !was_on);
	desk_wait_word(desk, "the guest's locks");
	focus_viewer(desk);
	desk_run_xdotool("key Escape");
	read = read_until(bed, KEY_ESC);
	assert_int_equal(is_lit(lamps[0]), was_on);
}

static void test_typed_into_the_viewer(void **state)
{
	struct bed *bed = *state;
	struct desk desk;
	g_autofree char *xdotool = g_find_program_in_path("xdotool");
	g_autofree char *xset = g_find_program_in_path("xset");

	if (!g_getenv("ORIEL_SPICE_VIEW") || !xdotool || !xset)
		oriel_test_skip("no viewer with X11 was built, or xdotool or xset is missing");
	desk_init(&desk);
	if (!desk_start_display(&desk)) {
		desk_finish(&desk);
		oriel_test_skip("Xvfb is not installed");
	}
	start_viewer(&desk, bed->server.socket);
	focus_viewer(&desk);
	expect_locks_kept(bed);
	desk_run_xdotool("key h i Return click 1 key a");
	expect_press(bed, KEY_H);
	expect_press(bed, KEY_I);
	expect_press(bed, KEY_ENTER);
	expect_press(bed, BTN_LEFT);
	expect_press(bed, KEY_A);
	expect_caps_followed(bed, &desk);
	for (int lamp = 0; lamp < (int)G_N_ELEMENTS(lamps); lamp++)
		expect_desktop_follows(bed, lamp);
	expect_desktop_kept(bed, &desk);
	desk_finish(&desk);
}

static void cannot_boot(void **state)
{
	g_autofree char *obstacle = guest_find_obstacle();

	oriel_test_skip("%s", obstacle);
}

int main(void)
{
	const struct CMUnitTest nowhere[] = {cmocka_unit_test(cannot_boot)};
	g_autofree char *obstacle = guest_find_obstacle();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_chord_in_order),
		cmocka_unit_test(test_nothing_to_send),
		cmocka_unit_test(test_buttons_and_wheel),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_motion),
		cmocka_unit_test(test_nothing_stays_pressed),
		cmocka_unit_test(test_typed_into_the_viewer),
	};

	return obstacle ? cmocka_run_group_tests(nowhere, NULL, NULL)
			: cmocka_run_group_tests(tests, begin, end);
}
