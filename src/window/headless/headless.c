/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "window/window.h"

struct headless {
	struct oriel_window base;
	uint32_t width_px, height_px;
};

/* Never chosen by itself: nobody would see the picture. */
static bool is_available(void)
{
	return false;
}

static int open_window(struct oriel_window **ret_window, const struct oriel_window_options *options,
	struct oriel_error *error)
{
	struct headless *headless = calloc(1, sizeof *headless);

	if (!headless)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a window");
	headless->base.ops = &oriel_window_headless;
	headless->width_px = options->width_px;
	headless->height_px = options->height_px;
	*ret_window = &headless->base;
	return 0;
}

static void close_window(struct oriel_window *window)
{
	free(window);
}

static void show(struct oriel_window *window)
{
}

static void set_title(struct oriel_window *window, const char *title)
{
}

static void set_size(struct oriel_window *window, uint32_t width_px, uint32_t height_px)
{
	struct headless *headless = (struct headless *)window;

	headless->width_px = width_px;
	headless->height_px = height_px;
}

static void get_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	const struct headless *headless = (const struct headless *)window;

	*ret_width_px = headless->width_px;
	*ret_height_px = headless->height_px;
}

static void get_screen_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	*ret_width_px = *ret_height_px = UINT32_MAX;
}

static void set_awake(struct oriel_window *window, bool awake)
{
}

static void set_fullscreen(struct oriel_window *window, enum oriel_fullscreen wanted)
{
}

static void get_native(const struct oriel_window *window, struct oriel_native *ret_native)
{
	*ret_native = (struct oriel_native){.kind = ORIEL_NATIVE_HEADLESS};
}

static void set_grab(struct oriel_window *window, unsigned grab)
{
}

static void set_cursor_visible(struct oriel_window *window, bool visible)
{
}

static int get_fd(const struct oriel_window *window)
{
	return -1;
}

static int dispatch_rt(struct oriel_window *window, bool readable,
	const struct oriel_window_listener *listener, void *data)
{
	return 0;
}

const struct oriel_window_ops oriel_window_headless = {
	.name = "headless",
	.is_available = is_available,
	.open = open_window,
	.close = close_window,
	.show = show,
	.set_title = set_title,
	.set_size = set_size,
	.get_size = get_size,
	.get_screen_size = get_screen_size,
	.set_awake_rt = set_awake,
	.set_fullscreen_rt = set_fullscreen,
	.get_native = get_native,
	.set_grab_rt = set_grab,
	.set_cursor_visible_rt = set_cursor_visible,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
