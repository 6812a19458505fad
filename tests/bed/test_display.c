/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SPICE display of a real guest in the viewer, while its guest program shows nothing: from one
 * to the other and back, each pixel compared, and never without a picture.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"
#include "control/client.h"
#include "control/path.h"
#include "guest.h"
#include "tests/skip.h"

#include <gio/gio.h>
#include <string.h>

#define VM "display"
#define LIMIT_NS (30 * ORIEL_NS_PER_S)
#define ASK_S 20

struct bed {
	struct guest guest;
	struct oriel_process viewer;
	char *picture;
	bool was_running; /* from then on it always is */
};

static int begin(void **state, const char *module, const char *device)
{
	struct bed *bed = g_new0(struct bed, 1);

	*state = bed;
	bed->viewer = ORIEL_PROCESS_NONE;
	if (!guest_boot(&bed->guest, module, device, true))
		return -1;
	g_setenv("XDG_RUNTIME_DIR", bed->guest.folder, TRUE);
	g_setenv("XDG_CONFIG_HOME", bed->guest.folder, TRUE);
	bed->picture = g_build_filename(bed->guest.folder, "now.png", NULL);
	return 0;
}

static int begin_bochs(void **state)
{
	return begin(state, "bochs", "bochs-display");
}

static int begin_virtio(void **state)
{
	return begin(state, "virtio-gpu", "virtio-gpu-pci");
}

static int end(void **state)
{
	struct bed *bed = *state;

	oriel_process_stop(&bed->viewer, ORIEL_NS_PER_S);
	guest_finish(&bed->guest);
	g_free(bed->picture);
	g_free(bed);
	return 0;
}

/* ---- the viewer ----------------------------------------------------------------------------- */

static void start_viewer(struct bed *bed, const char *display)
{
	g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", bed->guest.shm_fd);
	const char *const argv[] = {g_getenv("ORIEL_BED_VIEW"), "--allow-root", "--vm", VM,
		"--source", source, "--headless", "--pictures", bed->guest.folder, "--spice",
		bed->guest.spice, "--display", display, NULL};
	const struct oriel_process_plan plan = {
		.argv = argv, .keep_fds = {bed->guest.shm_fd, -1}, .error_fd = -1};

	bed->was_running = false;
	assert_true(oriel_process_start(&plan, &bed->viewer, NULL));
}

/* NULL while it does not listen yet. */
static JsonObject *ask(const char *command, const char *name, const char *value)
{
	g_autofree char *path = oriel_control_path_get(VM);
	g_autoptr(JsonObject) request = json_object_new();

	json_object_set_string_member(request, "command", command);
	if (name)
		json_object_set_string_member(request, name, value);
	return oriel_control_client_ask(path, request, ASK_S, NULL);
}

static bool shows(struct bed *bed, const char *display)
{
	g_autoptr(JsonObject) status = ask("status", NULL, NULL);
	const char *state = status ? json_object_get_string_member(status, "state") : "none";
	const char *shown =
		status ? json_object_get_string_member_with_default(status, "display", "none")
		       : "none";

	if (bed->was_running && strcmp(state, "running"))
		fail_msg("the viewer is in the state %s", state);
	bed->was_running |= !strcmp(state, "running");
	return !strcmp(shown, display);
}

static void wait_display(struct bed *bed, const char *display)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LIMIT_NS;

	while (!shows(bed, display)) {
		if (oriel_time_now_ns() > deadline_ns)
			fail_msg("the viewer does not show the display %s", display);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 2 * ORIEL_NS_PER_MS);
	}
}

static int count_wrong(
	struct bed *bed, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	g_autoptr(JsonObject) done = ask("screenshot", "file", "now.png");
	cairo_surface_t *picture;
	int wrong = -1;

	if (!done || !json_object_get_boolean_member(done, "ok"))
		return -1;
	picture = cairo_image_surface_create_from_png(bed->picture);
	if (cairo_surface_status(picture) == CAIRO_STATUS_SUCCESS)
		wrong = guest_count_wrong(picture, width_px, height_px, seed, cursor);
	cairo_surface_destroy(picture);
	return wrong;
}

/* QEMU looks at what the guest drew thirty times a second. */
static void wait_pattern(
	struct bed *bed, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LIMIT_NS;
	int wrong;

	while ((wrong = count_wrong(bed, width_px, height_px, seed, cursor))) {
		if (oriel_time_now_ns() > deadline_ns)
			fail_msg("%d pixels of the picture %u are wrong", wrong, seed);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 50 * ORIEL_NS_PER_MS);
	}
}

static gint64 get_figure(const char *name)
{
	g_autoptr(JsonObject) answer = ask("stats", NULL, NULL);

	assert_non_null(answer);
	return json_object_get_int_member(json_object_get_object_member(answer, "stats"), name);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void goes_to_and_fro(void **state)
{
	struct bed *bed = *state;

	guest_draw(&bed->guest, 1024, 768, 1, "");
	start_viewer(bed, "auto");
	wait_display(bed, "spice");
	wait_pattern(bed, 1024, 768, 1, false);

	guest_draw(&bed->guest, 1024, 768, 2, "");
	guest_start_capture(&bed->guest);
	wait_display(bed, "relay");
	/* The first frame is the whole picture. */
	assert_int_equal(count_wrong(bed, 1024, 768, 2, false), 0);

	guest_kill_capture(&bed->guest);
	guest_draw(&bed->guest, 800, 600, 3, "");
	wait_display(bed, "spice");
	wait_pattern(bed, 800, 600, 3, false);

	guest_start_capture(&bed->guest);
	wait_display(bed, "relay");
	assert_int_equal(count_wrong(bed, 800, 600, 3, false), 0);
	assert_int_equal(get_figure("display_switches"), 3);
	oriel_process_stop(&bed->viewer, 10 * ORIEL_NS_PER_S);
}

/* Though the guest program is running. */
static void is_forced(void **state)
{
	struct bed *bed = *state;

	start_viewer(bed, "spice");
	wait_display(bed, "spice");
	guest_draw(&bed->guest, 1024, 768, 4, "");
	wait_pattern(bed, 1024, 768, 4, false);
	assert_int_equal(get_figure("display_switches"), 0);
	oriel_process_stop(&bed->viewer, 10 * ORIEL_NS_PER_S);
	start_viewer(bed, "relay");
	wait_display(bed, "relay");
	wait_pattern(bed, 1024, 768, 4, false);
	guest_kill_capture(&bed->guest);
	oriel_process_stop(&bed->viewer, 10 * ORIEL_NS_PER_S);
}

static void shows_the_cursor(void **state)
{
	struct bed *bed = *state;

	/* In this order: the library does not pass on where a cursor was before. */
	guest_draw(&bed->guest, 1024, 768, 5, "");
	start_viewer(bed, "auto");
	wait_display(bed, "spice");
	guest_draw(&bed->guest, 1024, 768, 6, "cursor");
	wait_pattern(bed, 1024, 768, 6, true);
	guest_start_capture(&bed->guest);
	wait_display(bed, "relay");
	wait_pattern(bed, 1024, 768, 6, true);
	oriel_process_stop(&bed->viewer, 10 * ORIEL_NS_PER_S);
}

static void cannot_boot(void **state)
{
	g_autofree char *obstacle = guest_find_obstacle();

	oriel_test_skip("%s", obstacle);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest on_bochs[] = {
		cmocka_unit_test(goes_to_and_fro),
		cmocka_unit_test(is_forced),
	};
	const struct CMUnitTest on_virtio[] = {cmocka_unit_test(shows_the_cursor)};
	g_autofree char *obstacle = guest_find_obstacle();
	const struct CMUnitTest nowhere[] = {cmocka_unit_test(cannot_boot)};

	if (obstacle)
		return cmocka_run_group_tests(nowhere, NULL, NULL);
	if (argc > 1 && !g_strcmp0(argv[1], "virtio"))
		return cmocka_run_group_tests(on_virtio, begin_virtio, end);
	return cmocka_run_group_tests(on_bochs, begin_bochs, end);
}
