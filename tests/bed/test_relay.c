/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a guest's screen to the viewer's picture, through everything in between: a program in a real
 * guest draws by KMS, oriel-guest captures it, oriel-view shows it, and each pixel is compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "looker.h"
#include "tests/bed/parts.h"
#include "tests/skip.h"

static int begin_bochs(void **state)
{
	return looker_begin(state, "bochs", "bochs-display", false);
}

static int begin_virtio(void **state)
{
	return looker_begin(state, "virtio-gpu", "virtio-gpu-pci", false);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void shows_each_pixel(void **state)
{
	struct looker *looker = *state;

	guest_draw(&looker->guest, 1024, 768, 1, "");
	guest_start_capture(&looker->guest);
	looker_start(looker, NULL);
	looker_wait_pattern(looker, 1024, 768, 1, false);
	looker_stop(looker);
}

static void follows_a_change_of_mode(void **state)
{
	struct looker *looker = *state;

	guest_draw(&looker->guest, 1024, 768, 2, "");
	looker_start(looker, NULL);
	looker_wait_pattern(looker, 1024, 768, 2, false);
	guest_draw(&looker->guest, 800, 600, 3, "");
	looker_wait_pattern(looker, 800, 600, 3, false);
	looker_stop(looker);
}

static void comes_back_when_the_guest_program_was_killed(void **state)
{
	struct looker *looker = *state;

	guest_draw(&looker->guest, 1024, 768, 4, "");
	looker_start(looker, NULL);
	looker_wait_pattern(looker, 1024, 768, 4, false);
	guest_kill_capture(&looker->guest);
	guest_draw(&looker->guest, 1024, 768, 5, "");
	guest_start_capture(&looker->guest);
	looker_wait_pattern(looker, 1024, 768, 5, false);
	looker_stop(looker);
}

static void shows_the_cursor(void **state)
{
	struct looker *looker = *state;

	guest_draw(&looker->guest, 1024, 768, 6, "cursor");
	looker_start(looker, NULL);
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
		cmocka_unit_test(shows_each_pixel),
		cmocka_unit_test(follows_a_change_of_mode),
		cmocka_unit_test(comes_back_when_the_guest_program_was_killed),
	};
	const struct CMUnitTest on_virtio[] = {
		cmocka_unit_test(shows_each_pixel),
		cmocka_unit_test(follows_a_change_of_mode),
		cmocka_unit_test(shows_the_cursor),
	};
	g_autofree char *obstacle = guest_find_obstacle();
	const struct CMUnitTest nowhere[] = {cmocka_unit_test(cannot_boot)};

	if (obstacle)
		return cmocka_run_group_tests(nowhere, NULL, NULL);
	if (argc > 1 && !g_strcmp0(argv[1], "virtio"))
		return cmocka_run_group_tests(on_virtio, begin_virtio, looker_end);
	return cmocka_run_group_tests(on_bochs, begin_bochs, looker_end);
}
