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

#include "base/fd.h"
#include "base/time.h"
#include "guest.h"
#include "tests/skip.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOWN_NS (30 * ORIEL_NS_PER_S)
#define BACK_NS (3 * ORIEL_NS_PER_S) /* in which a picture has to be back */

struct bed {
	struct guest guest;
	struct oriel_process viewer;
	int words_fd; /* the viewer's standard error */
	char *picture;
};

static int begin(void **state, const char *module, const char *device)
{
	struct bed *bed = g_new0(struct bed, 1);

	*state = bed;
	bed->viewer = ORIEL_PROCESS_NONE;
	bed->words_fd = -1;
	if (!guest_boot(&bed->guest, module, device, false))
		return -1;
	bed->picture = g_build_filename(bed->guest.folder, "picture.png", NULL);
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
	oriel_fd_close(&bed->words_fd);
	g_free(bed->picture);
	g_free(bed);
	return 0;
}

/* ---- the viewer ----------------------------------------------------------------------------- */

/* Until the viewer says on its standard error that it shows the guest. */
static void wait_until_shown(int fd)
{
	uint64_t deadline_ns = oriel_time_now_ns() + SHOWN_NS;
	g_autoptr(GString) text = g_string_new(NULL);
	struct pollfd words = {.fd = fd, .events = POLLIN};
	char part[512];

	while (!strstr(text->str, "the guest shows")) {
		assert_int_equal(poll(&words, 1, oriel_process_get_timeout_ms(deadline_ns)), 1);
		ssize_t size = read(fd, part, sizeof(part));

		assert_true(size > 0);
		g_string_append_len(text, part, size);
	}
}

static void start_viewer(struct bed *bed)
{
	g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", bed->guest.shm_fd);
	const char *const argv[] = {g_getenv("ORIEL_BED_VIEW"), "--allow-root", "--source", source,
		"--headless", "--screenshot", bed->picture, NULL};
	struct oriel_process_plan plan = {.argv = argv, .keep_fds = {bed->guest.shm_fd, -1}};
	int words[2];

	assert_int_equal(pipe2(words, O_CLOEXEC), 0);
	plan.error_fd = words[1];
	unlink(bed->picture);
	oriel_fd_close(&bed->words_fd);
	assert_true(oriel_process_start(&plan, &bed->viewer, NULL));
	close(words[1]);
	bed->words_fd = words[0];
	wait_until_shown(bed->words_fd);
}

/* Ends the viewer after as long as a picture may take to be there, and reads its screenshot. */
static cairo_surface_t *end_viewer(struct bed *bed)
{
	cairo_surface_t *picture;

	oriel_time_sleep_until_ns(oriel_time_now_ns() + BACK_NS);
	oriel_process_stop(&bed->viewer, 10 * ORIEL_NS_PER_S);
	assert_true(WIFEXITED(bed->viewer.status));
	assert_int_equal(WEXITSTATUS(bed->viewer.status), 0);
	picture = cairo_image_surface_create_from_png(bed->picture);
	assert_int_equal(cairo_surface_status(picture), CAIRO_STATUS_SUCCESS);
	return picture;
}

static void assert_pattern(
	struct bed *bed, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	cairo_surface_t *picture = end_viewer(bed);
	int wrong = guest_count_wrong(picture, width_px, height_px, seed, cursor);

	cairo_surface_destroy(picture);
	assert_int_equal(wrong, 0);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void shows_each_pixel(void **state)
{
	struct bed *bed = *state;

	guest_draw(&bed->guest, 1024, 768, 1, "");
	guest_start_capture(&bed->guest);
	start_viewer(bed);
	assert_pattern(bed, 1024, 768, 1, false);
}

static void follows_a_change_of_mode(void **state)
{
	struct bed *bed = *state;

	guest_draw(&bed->guest, 1024, 768, 2, "");
	start_viewer(bed);
	guest_draw(&bed->guest, 800, 600, 3, "");
	assert_pattern(bed, 800, 600, 3, false);
}

static void comes_back_when_the_guest_program_was_killed(void **state)
{
	struct bed *bed = *state;

	guest_draw(&bed->guest, 1024, 768, 4, "");
	start_viewer(bed);
	guest_kill_capture(&bed->guest);
	guest_draw(&bed->guest, 1024, 768, 5, "");
	guest_start_capture(&bed->guest);
	assert_pattern(bed, 1024, 768, 5, false);
}

static void shows_the_cursor(void **state)
{
	struct bed *bed = *state;

	guest_draw(&bed->guest, 1024, 768, 6, "cursor");
	start_viewer(bed);
	assert_pattern(bed, 1024, 768, 6, true);
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
		return cmocka_run_group_tests(on_virtio, begin_virtio, end);
	return cmocka_run_group_tests(on_bochs, begin_bochs, end);
}
