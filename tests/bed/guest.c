/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "guest.h"

#include "base/fd.h"
#include "base/time.h"
#include "pattern.h"
#include "tests/bed/parts.h"
#include "tests/remove_tree.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>

#define SHM_BYTES (32u << 20)
#define BOOT_NS (120 * ORIEL_NS_PER_S) /* emulated, on a machine that is busy with other tests */
#define COMMAND_NS (30 * ORIEL_NS_PER_S)

/* ---- booting -------------------------------------------------------------------------------- */

static bool pack(
	struct guest *guest, const struct oriel_kernel *kernel, const char *module, GError **error)
{
	const char *const modules[] = {module, "virtio_pci", NULL};
	const char *const programs[] = {
		g_getenv("ORIEL_BED_GUEST"), g_getenv("ORIEL_BED_DRAW"), NULL};

	guest->shm_fd = oriel_bed_machine_create_shm(SHM_BYTES, error);
	if (guest->shm_fd >= 0)
		guest->initramfs_fd = guest_pack(kernel, modules, programs, error);
	return guest->initramfs_fd >= 0;
}

static bool start(struct guest *guest, const struct oriel_kernel *kernel, const char *device,
	const char *spice, GError **error)
{
	const char *const devices[] = {device, NULL};
	const struct oriel_bed_machine_plan plan = {
		.kernel = kernel,
		.devices = devices,
		.spice = spice,
		.initramfs_fd = guest->initramfs_fd,
		.shm_fd = guest->shm_fd,
		.shm_bytes = SHM_BYTES,
		.memory_mb = 256,
		.cancel_fd = -1,
	};

	guest->machine = oriel_bed_machine_create(&plan, error);
	return guest->machine && oriel_bed_machine_wait_line(guest->machine, "BED-READY",
					 oriel_time_now_ns() + BOOT_NS, NULL, error);
}

bool guest_boot(struct guest *guest, const char *module, const char *device, bool has_spice)
{
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);
	g_autofree char *spice = NULL;
	bool good;

	*guest = (struct guest){.initramfs_fd = -1, .shm_fd = -1};
	signal(SIGPIPE, SIG_IGN);
	guest->folder = g_dir_make_tmp("oriel-bed-XXXXXX", NULL);
	guest->spice = g_build_filename(guest->folder, "spice", NULL);
	spice = g_strdup_printf("unix=on,addr=%s,disable-ticketing=on", guest->spice);
	good = kernel && pack(guest, kernel, module, &error) &&
	       start(guest, kernel, device, has_spice ? spice : NULL, &error);
	oriel_kernel_destroy(kernel);
	if (error)
		print_message("# %s\n", error->message);
	return good;
}

void guest_finish(struct guest *guest)
{
	oriel_bed_machine_destroy(guest->machine);
	oriel_fd_close(&guest->initramfs_fd);
	oriel_fd_close(&guest->shm_fd);
	if (guest->folder)
		remove_tree(guest->folder);
	g_free(guest->folder);
	g_free(guest->spice);
}

/* ---- what it does --------------------------------------------------------------------------- */

void guest_tell(struct guest *guest, const char *command, const char *answer)
{
	g_autoptr(GError) error = NULL;

	if (oriel_bed_machine_send(guest->machine, command, &error) &&
		oriel_bed_machine_wait_line(
			guest->machine, answer, oriel_time_now_ns() + COMMAND_NS, NULL, &error))
		return;
	print_message("# %s\n", error->message);
	fail_msg("the guest did not answer '%s' to '%s':\n%s", answer, command,
		oriel_bed_machine_get_log(guest->machine));
}

void guest_draw(struct guest *guest, unsigned int width_px, unsigned int height_px,
	unsigned int seed, const char *cursor)
{
	/* The screen is the first one's as long as it is not gone. */
	g_autofree char *command =
		g_strdup_printf("[ -z \"$draw\" ] || { kill -9 $draw; wait $draw; }; "
				"bed-draw /dev/dri/card0 %u %u %u %s & draw=$!",
			width_px, height_px, seed, cursor);

	guest_tell(guest, command, "DRAWN");
}

void guest_start_capture(struct guest *guest)
{
	guest_tell(
		guest, "oriel-guest --capture kms & guest=$!", "oriel-guest: info: session begun");
}

void guest_kill_capture(struct guest *guest)
{
	guest_tell(guest, "kill -9 $guest; wait $guest; echo KILLED", "KILLED");
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

int guest_count_wrong(
	cairo_surface_t *picture, uint32_t width_px, uint32_t height_px, uint32_t seed, bool cursor)
{
	int wrong = 0;

	if (cairo_image_surface_get_width(picture) != (int)width_px ||
		cairo_image_surface_get_height(picture) != (int)height_px)
		return -1;
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
	return wrong;
}
