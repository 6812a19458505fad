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
#include "bed/initramfs.h"
#include "bed/machine.h"
#include "bed/process.h"
#include "pattern.h"
#include "tests/skip.h"

#include <cairo.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHM_BYTES (32u << 20)
#define BOOT_NS (120 * ORIEL_NS_PER_S) /* emulated, on a machine that is busy with other tests */
#define COMMAND_NS (30 * ORIEL_NS_PER_S)
#define BACK_NS (3 * ORIEL_NS_PER_S) /* in which a picture has to be back */

struct bed {
	struct oriel_machine *machine;
	struct oriel_process viewer;
	int initramfs_fd, shm_fd;
	int words_fd; /* the viewer's standard error */
	char *folder; /* for the screenshot */
	char *picture;
};

/* ---- the guest ------------------------------------------------------------------------------ */

static GBytes *read_init(void)
{
	g_autofree char *text = NULL;
	gsize size;

	assert_true(g_file_get_contents(g_getenv("ORIEL_BED_INIT"), &text, &size, NULL));
	return g_bytes_new_take(g_steal_pointer(&text), size);
}

/* Sends a command and waits for the line that says it is done. */
static void tell(struct bed *bed, const char *command, const char *answer)
{
	g_autoptr(GError) error = NULL;

	if (!oriel_machine_send(bed->machine, command, &error) ||
		!oriel_machine_wait_line(
			bed->machine, answer, oriel_time_now_ns() + COMMAND_NS, NULL, &error)) {
		print_message("# %s\n", error->message);
		fail_msg("the guest did not answer '%s' to '%s':\n%s", answer, command,
			oriel_machine_get_log(bed->machine));
	}
}

static void draw(struct bed *bed, unsigned int width_px, unsigned int height_px, unsigned int seed,
	const char *cursor)
{
	g_autofree char *command =
		g_strdup_printf("kill -9 $draw; bed-draw /dev/dri/card0 %u %u %u %s & draw=$!",
			width_px, height_px, seed, cursor);

	tell(bed, command, "DRAWN");
}

static void start_capture(struct bed *bed)
{
	tell(bed, "oriel-guest --capture kms & guest=$!", "oriel-guest: info: session begun");
}

static bool boot(struct bed *bed, const struct oriel_kernel *kernel, const char *device)
{
	const char *const devices[] = {device, NULL};
	const struct oriel_machine_plan plan = {
		.kernel = kernel,
		.devices = devices,
		.initramfs_fd = bed->initramfs_fd,
		.shm_fd = bed->shm_fd,
		.shm_bytes = SHM_BYTES,
		.memory_mb = 256,
		.cancel_fd = -1,
	};
	g_autoptr(GError) error = NULL;

	bed->machine = oriel_machine_create(&plan, &error);
	if (bed->machine && oriel_machine_wait_line(bed->machine, "BED-READY",
				    oriel_time_now_ns() + BOOT_NS, NULL, &error))
		return true;
	print_message("# %s\n", error->message);
	return false;
}

static int begin(void **state, const char *module, const char *device)
{
	const char *const modules[] = {module, "virtio_pci", NULL};
	const char *const programs[] = {
		g_getenv("ORIEL_BED_GUEST"), g_getenv("ORIEL_BED_DRAW"), NULL};
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);
	g_autoptr(GBytes) init = read_init();
	const struct oriel_initramfs_plan plan = {kernel, modules, programs, init};
	struct bed *bed = g_new0(struct bed, 1);
	bool good;

	assert_non_null(kernel);
	*state = bed;
	signal(SIGPIPE, SIG_IGN);
	bed->viewer = ORIEL_PROCESS_NONE;
	bed->words_fd = -1;
	bed->folder = g_dir_make_tmp("oriel-bed-XXXXXX", NULL);
	bed->picture = g_build_filename(bed->folder, "picture.png", NULL);
	bed->shm_fd = oriel_machine_create_shm(SHM_BYTES, &error);
	bed->initramfs_fd = oriel_initramfs_build(&plan, &error);
	good = bed->initramfs_fd >= 0 && bed->shm_fd >= 0 && boot(bed, kernel, device);
	oriel_kernel_destroy(kernel);
	if (error)
		print_message("# %s\n", error->message);
	return good ? 0 : -1;
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
	oriel_machine_destroy(bed->machine);
	oriel_fd_close(&bed->initramfs_fd);
	oriel_fd_close(&bed->shm_fd);
	oriel_fd_close(&bed->words_fd);
	unlink(bed->picture);
	rmdir(bed->folder);
	g_free(bed->picture);
	g_free(bed->folder);
	g_free(bed);
	return 0;
}

/* ---- the viewer ----------------------------------------------------------------------------- */

/* Until the viewer says on its standard error that it shows the guest. */
static void wait_until_shown(int fd)
{
	uint64_t deadline_ns = oriel_time_now_ns() + COMMAND_NS;
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
	g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", bed->shm_fd);
	const char *const argv[] = {g_getenv("ORIEL_BED_VIEW"), "--source", source, "--headless",
		"--screenshot", bed->picture, NULL};
	struct oriel_process_plan plan = {.argv = argv, .keep_fds = {bed->shm_fd, -1}};
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

/* ---- pictures ------------------------------------------------------------------------------- */

static uint32_t get_pixel(cairo_surface_t *picture, uint32_t x, uint32_t y)
{
	const uint8_t *pixels = cairo_image_surface_get_data(picture);
	size_t pitch_bytes = (size_t)cairo_image_surface_get_stride(picture);

	return ((const uint32_t *)(pixels + y * pitch_bytes))[x] & 0xffffff;
}

static uint32_t blend(uint32_t below, uint32_t above)
{
	uint32_t result = 0;

	for (unsigned int shift = 0; shift < 24; shift += 8)
		result |= ((above >> shift & 0xff) +
				  ((below >> shift & 0xff) * (255 - (above >> 24)) + 127) / 255)
			  << shift;
	return result;
}

static uint32_t expect(uint32_t seed, bool cursor, uint32_t x, uint32_t y)
{
	uint32_t pixel = pattern_get_pixel(seed, x, y);
	uint32_t left = x - PATTERN_CURSOR_X_PX, top = y - PATTERN_CURSOR_Y_PX;

	if (!cursor || left >= PATTERN_CURSOR_PX || top >= PATTERN_CURSOR_PX)
		return pixel;
	return blend(pixel, pattern_get_cursor_pixel(left, top));
}

/* Half covered pixels may be off by one step, which is the rounding; others may not. */
static bool is_near(uint32_t a, uint32_t b)
{
	for (unsigned int shift = 0; shift < 24; shift += 8)
		if (labs((long)(a >> shift & 0xff) - (long)(b >> shift & 0xff)) > 1)
			return false;
	return true;
}

static void assert_pattern(
	cairo_surface_t *picture, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	unsigned int wrong = 0;

	assert_int_equal(cairo_image_surface_get_width(picture), width_px);
	assert_int_equal(cairo_image_surface_get_height(picture), height_px);
	for (uint32_t y = 0; y < height_px; y++)
		for (uint32_t x = 0; x < width_px; x++) {
			uint32_t got = get_pixel(picture, x, y);
			uint32_t wanted = expect(seed, cursor, x, y);

			if (cursor ? is_near(got, wanted) : got == wanted)
				continue;
			if (!wrong++)
				print_message("# at %u,%u: 0x%06x, should be 0x%06x\n", x, y, got,
					wanted);
		}
	cairo_surface_destroy(picture);
	assert_int_equal(wrong, 0);
}

/* ---- the cases ------------------------------------------------------------------------------ */

static void shows_each_pixel(void **state)
{
	struct bed *bed = *state;

	draw(bed, 1024, 768, 1, "");
	start_capture(bed);
	start_viewer(bed);
	assert_pattern(end_viewer(bed), 1024, 768, 1, false);
}

static void follows_a_change_of_mode(void **state)
{
	struct bed *bed = *state;

	draw(bed, 1024, 768, 2, "");
	start_viewer(bed);
	draw(bed, 800, 600, 3, "");
	assert_pattern(end_viewer(bed), 800, 600, 3, false);
}

static void comes_back_when_the_guest_program_was_killed(void **state)
{
	struct bed *bed = *state;

	draw(bed, 1024, 768, 4, "");
	start_viewer(bed);
	tell(bed, "kill -9 $guest; wait $guest; echo KILLED", "KILLED");
	draw(bed, 1024, 768, 5, "");
	start_capture(bed);
	assert_pattern(end_viewer(bed), 1024, 768, 5, false);
}

static void shows_the_cursor(void **state)
{
	struct bed *bed = *state;

	draw(bed, 1024, 768, 6, "cursor");
	start_viewer(bed);
	assert_pattern(end_viewer(bed), 1024, 768, 6, true);
}

static void has_no_kernel(void **state)
{
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);

	oriel_kernel_destroy(kernel);
	if (!kernel)
		oriel_test_skip("%s", error->message);
	oriel_test_skip("there is no qemu-system-x86_64");
}

static bool can_boot(void)
{
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), NULL);
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	bool good = kernel && qemu;

	oriel_kernel_destroy(kernel);
	return good;
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
	const struct CMUnitTest nowhere[] = {cmocka_unit_test(has_no_kernel)};

	if (!can_boot())
		return cmocka_run_group_tests(nowhere, NULL, NULL);
	if (argc > 1 && !g_strcmp0(argv[1], "virtio"))
		return cmocka_run_group_tests(on_virtio, begin_virtio, end);
	return cmocka_run_group_tests(on_bochs, begin_bochs, end);
}
