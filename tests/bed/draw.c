/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * draw CARD WIDTH HEIGHT SEED [cursor]: runs in the guest. Shows the pattern of SEED on the first
 * connected screen in the mode of that size, writes DRAWN and stays until killed.
 */
#include "pattern.h"

#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT_MAX 8u
#define MODES_MAX 128u
#define FORMAT_XRGB8888 0x34325258u

struct screen {
	uint32_t crtc, connector;
	struct drm_mode_modeinfo mode;
};

struct buffer {
	uint32_t handle, pitch_bytes;
	uint32_t *pixels;
};

static int fail(const char *what)
{
	printf("DRAW-FAILED %s: %s\n", what, strerror(errno));
	return -1;
}

static int find_mode(int card, uint32_t connector, uint32_t width_px, uint32_t height_px,
	struct drm_mode_modeinfo *ret_mode)
{
	static struct drm_mode_modeinfo modes[MODES_MAX];
	struct drm_mode_get_connector get = {.connector_id = connector};

	/* Asked for nothing, the kernel first probes the screen and says how many modes it has. */
	if (ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &get))
		return fail("GETCONNECTOR");
	get.modes_ptr = (uintptr_t)modes;
	get.count_modes = get.count_modes < MODES_MAX ? get.count_modes : MODES_MAX;
	get.count_props = 0;
	get.count_encoders = 0;
	if (ioctl(card, DRM_IOCTL_MODE_GETCONNECTOR, &get))
		return fail("GETCONNECTOR");
	for (uint32_t i = 0; i < get.count_modes && i < MODES_MAX; i++)
		if (modes[i].hdisplay == width_px && modes[i].vdisplay == height_px) {
			*ret_mode = modes[i];
			return 0;
		}
	errno = ENOENT;
	return fail("a mode of that size");
}

static int find_screen(int card, uint32_t width_px, uint32_t height_px, struct screen *ret_screen)
{
	uint32_t crtcs[COUNT_MAX], connectors[COUNT_MAX];
	struct drm_mode_card_res resources = {
		.crtc_id_ptr = (uintptr_t)crtcs,
		.connector_id_ptr = (uintptr_t)connectors,
		.count_crtcs = COUNT_MAX,
		.count_connectors = COUNT_MAX,
	};

	if (ioctl(card, DRM_IOCTL_MODE_GETRESOURCES, &resources))
		return fail("GETRESOURCES");
	ret_screen->crtc = crtcs[0];
	ret_screen->connector = connectors[0];
	return find_mode(card, connectors[0], width_px, height_px, &ret_screen->mode);
}

static int make_buffer(int card, uint32_t width_px, uint32_t height_px, struct buffer *ret_buffer)
{
	struct drm_mode_create_dumb create = {.width = width_px, .height = height_px, .bpp = 32};
	struct drm_mode_map_dumb map = {0};

	if (ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		return fail("CREATE_DUMB");
	map.handle = create.handle;
	if (ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map))
		return fail("MAP_DUMB");
	ret_buffer->handle = create.handle;
	ret_buffer->pitch_bytes = create.pitch;
	ret_buffer->pixels = mmap(
		NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
	return ret_buffer->pixels == MAP_FAILED ? fail("mmap") : 0;
}

static void fill(struct buffer *buffer, uint32_t width_px, uint32_t height_px, uint32_t seed)
{
	for (uint32_t y = 0; y < height_px; y++)
		for (uint32_t x = 0; x < width_px; x++)
			buffer->pixels[y * (buffer->pitch_bytes / 4) + x] =
				pattern_get_pixel(seed, x, y);
}

static int show(int card, const struct screen *screen, const struct buffer *buffer)
{
	struct drm_mode_fb_cmd2 add = {
		.width = screen->mode.hdisplay,
		.height = screen->mode.vdisplay,
		.pixel_format = FORMAT_XRGB8888,
		.handles = {buffer->handle},
		.pitches = {buffer->pitch_bytes},
	};
	uint32_t connector = screen->connector;
	struct drm_mode_crtc set = {
		.crtc_id = screen->crtc,
		.set_connectors_ptr = (uintptr_t)&connector,
		.count_connectors = 1,
		.mode = screen->mode,
		.mode_valid = 1,
	};

	if (ioctl(card, DRM_IOCTL_MODE_ADDFB2, &add))
		return fail("ADDFB2");
	set.fb_id = add.fb_id;
	return ioctl(card, DRM_IOCTL_MODE_SETCRTC, &set) ? fail("SETCRTC") : 0;
}

static int show_cursor(int card, const struct screen *screen)
{
	struct buffer buffer = {0};
	struct drm_mode_cursor2 cursor = {
		.flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
		.crtc_id = screen->crtc,
		.x = PATTERN_CURSOR_X_PX,
		.y = PATTERN_CURSOR_Y_PX,
		.width = PATTERN_CURSOR_PX,
		.height = PATTERN_CURSOR_PX,
	};

	if (make_buffer(card, PATTERN_CURSOR_PX, PATTERN_CURSOR_PX, &buffer))
		return -1;
	for (uint32_t y = 0; y < PATTERN_CURSOR_PX; y++)
		for (uint32_t x = 0; x < PATTERN_CURSOR_PX; x++)
			buffer.pixels[y * (buffer.pitch_bytes / 4) + x] =
				pattern_get_cursor_pixel(x, y);
	cursor.handle = buffer.handle;
	return ioctl(card, DRM_IOCTL_MODE_CURSOR2, &cursor) ? fail("CURSOR2") : 0;
}

int main(int argc, char **argv)
{
	uint32_t width_px = argc > 4 ? (uint32_t)atoi(argv[2]) : 0;
	uint32_t height_px = argc > 4 ? (uint32_t)atoi(argv[3]) : 0;
	struct screen screen = {0};
	struct buffer buffer = {0};
	int card = argc > 4 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (card < 0)
		return fail("open"), 1;
	if (find_screen(card, width_px, height_px, &screen) ||
		make_buffer(card, width_px, height_px, &buffer))
		return 1;
	fill(&buffer, width_px, height_px, (uint32_t)atoi(argv[4]));
	if (show(card, &screen, &buffer) || (argc > 5 && show_cursor(card, &screen)))
		return 1;
	printf("DRAWN %ux%u\n", width_px, height_px);
	for (;;)
		pause();
}
