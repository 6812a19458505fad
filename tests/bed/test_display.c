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
#include "looker.h"
#include "tests/bed/parts.h"
#include "tests/skip.h"

#include <string.h>

static int begin_bochs(void **state)
{
	return looker_begin(state, "bochs", "bochs-display", true);
}

static int begin_virtio(void **state)
{
	return looker_begin(state, "virtio-gpu", "virtio-gpu-pci", true);
}

/* ---- the viewer ----------------------------------------------------------------------------- */

static void start_viewer(struct looker *looker, const char *display)
{
	const char *const options[] = {"--spice", looker->guest.spice, "--display", display, NULL};

	looker_start(looker, options);
}

static bool shows(struct looker *looker, const char *display)
{
	g_autoptr(JsonObject) status = looker_ask("status", NULL, NULL);
	const char *state = status ? json_object_get_string_member(status, "state") : "none";
	const char *shown =
		status ? json_object_get_string_member_with_default(status, "display", "none")
		       : "none";

	if (looker->was_running && strcmp(state, "running"))
		fail_msg("the viewer is in the state %s", state);
	looker->was_running |= !strcmp(state, "running");
	return !strcmp(shown, display);
}

static void wait_display(struct looker *looker, const char *display)
{
	uint64_t deadline_ns = oriel_time_now_ns() + LOOKER_LIMIT_NS;

	while (!shows(looker, display)) {
		if (oriel_time_now_ns() > deadline_ns)
			fail_msg("the viewer does not show the display %s", display);
		oriel_time_sleep_until_ns(oriel_time_now_ns() + 2 * ORIEL_NS_PER_MS);
	}
}

static gint64 get_figure(const char *name)
{
	g_autoptr(JsonObject) answer = looker_ask("stats", NULL, NULL);

	assert_non_null(answer);
	return json_object_get_int_member(json_object_get_object_member(answer, "stats"), name);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void goes_to_and_fro(void **state)
{
	struct looker *looker = *state;

	guest_draw(&looker->guest, 1024, 768, 1, "");
	start_viewer(looker, "auto");
	wait_display(looker, "spice");
	looker_wait_pattern(looker, 1024, 768, 1, false);

	guest_draw(&looker->guest, 1024, 768, 2, "");
	guest_start_capture(&looker->guest);
	wait_display(looker, "relay");
	/* The first frame is the whole picture. */
	assert_int_equal(looker_count_wrong(looker, 1024, 768, 2, false), 0);

	guest_kill_capture(&looker->guest);
	guest_draw(&looker->guest, 800, 600, 3, "");
	wait_display(looker, "spice");
	looker_wait_pattern(looker, 800, 600, 3, false);

	guest_start_capture(&looker->guest);
	wait_display(looker, "relay");
	assert_int_equal(looker_count_wrong(looker, 800, 600, 3, false), 0);
	assert_int_equal(get_figure("display_switches"), 3);
	looker_stop(looker);
}

/* Though the guest program is running. */
static void is_forced(void **state)
{
	struct looker *looker = *state;

	start_viewer(looker, "spice");
	wait_display(looker, "spice");
	guest_draw(&looker->guest, 1024, 768, 4, "");
	looker_wait_pattern(looker, 1024, 768, 4, false);
	assert_int_equal(get_figure("display_switches"), 0);
	looker_stop(looker);
	start_viewer(looker, "relay");
	wait_display(looker, "relay");
	looker_wait_pattern(looker, 1024, 768, 4, false);
	guest_kill_capture(&looker->guest);
	looker_stop(looker);
}

static void shows_the_cursor(void **state)
{
	struct looker *looker = *state;

	/* In this order: the library does not pass on where a cursor was before. */
	guest_draw(&looker->guest, 1024, 768, 5, "");
	start_viewer(looker, "auto");
	wait_display(looker, "spice");
	guest_draw(&looker->guest, 1024, 768, 6, "cursor");
	looker_wait_pattern(looker, 1024, 768, 6, true);
	guest_start_capture(&looker->guest);
	wait_display(looker, "relay");
	looker_wait_pattern(looker, 1024, 768, 6, true);
	looker_stop(looker);
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
		return cmocka_run_group_tests(on_virtio, begin_virtio, looker_end);
	return cmocka_run_group_tests(on_bochs, begin_bochs, looker_end);
}
