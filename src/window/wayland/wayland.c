/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes come in two kinds: the compositor's units, in which it places windows, and pixels. One unit
 * is scale_120 / 120 pixels. The viewport says how large the surface is in units whatever the
 * buffer's size, so that a picture which comes after the window grew is stretched for that long
 * instead of breaking the protocol.
 */
#include "window/wayland/wayland.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fractional-scale-v1-client-protocol.h>
#include <idle-inhibit-unstable-v1-client-protocol.h>
#include <viewporter-client-protocol.h>
#include <xdg-activation-v1-client-protocol.h>

#include "base/log.h"
#include "window/wayland/hints.h"
#include "window/wayland/photon.h"
#include "window/wayland/seat.h"
#include "window/wayland/shell.h"

struct wayland {
	struct oriel_window base;
	struct oriel_wayland_globals globals;
	struct wl_surface *surface;
	struct wp_viewport *viewport; /* NULL: whole scales only */
	struct wp_fractional_scale_v1 *fractional_scale;
	struct zwp_idle_inhibitor_v1 *idle_inhibitor; /* NULL: the screen may be blanked */
	struct oriel_wayland_shell *shell;
	struct oriel_wayland_hints hints;
	struct oriel_wayland_seat seat;
	struct oriel_wayland_photons photons;
	char *output; /* the screen to fill, by its name; NULL: any */
	char *token;  /* leave to take the focus, from whoever started this program; NULL: none */

	uint32_t scale_120;
	/* Wanted, or what the user made of it, where the compositor leaves it open. */
	uint32_t own_width_px, own_height_px;
	bool is_own_size;      /* that is what it has */
	bool is_free;	       /* it may take that on at any time */
	int32_t width, height; /* the compositor's units */
	uint32_t width_px, height_px;
	uint32_t told_width_px, told_height_px;
	bool close_requested;
	struct wl_callback *wake;
	struct oriel_native_share share;
};

/* ---- size ---------------------------------------------------------------------------------------
 */

static uint32_t to_px(const struct wayland *wayland, int32_t units)
{
	return (uint32_t)(((uint64_t)units * wayland->scale_120 + 60) / 120);
}

static int32_t to_units(const struct wayland *wayland, uint32_t px)
{
	uint64_t units = ((uint64_t)px * 120 + wayland->scale_120 / 2) / wayland->scale_120;

	return units < 1 ? 1 : units > INT32_MAX ? INT32_MAX : (int32_t)units;
}

/* Takes effect with the next commit, whoever makes it. */
static void apply_size(struct wayland *wayland)
{
	if (wayland->is_own_size) {
		wayland->width = to_units(wayland, wayland->own_width_px);
		wayland->height = to_units(wayland, wayland->own_height_px);
	}
	wayland->width_px = to_px(wayland, wayland->width);
	wayland->height_px = to_px(wayland, wayland->height);
	wayland->seat.scale = wayland->scale_120 / 120.0;
	if (wayland->viewport)
		wp_viewport_set_destination(wayland->viewport, wayland->width, wayland->height);
	else
		wl_surface_set_buffer_scale(wayland->surface, (int32_t)(wayland->scale_120 / 120));
}

static void on_configured(void *data, int32_t *width, int32_t *height, bool is_free)
{
	struct wayland *wayland = data;
	bool is_same = *width == wayland->width && *height == wayland->height;

	wayland->is_free = is_free;
	wayland->is_own_size = *width <= 0 || *height <= 0 || (wayland->is_own_size && is_same);
	if (!wayland->is_own_size) {
		wayland->width = *width;
		wayland->height = *height;
	}
	if (is_free && !wayland->is_own_size) {
		wayland->own_width_px = to_px(wayland, *width);
		wayland->own_height_px = to_px(wayland, *height);
	}
	apply_size(wayland);
	*width = wayland->width;
	*height = wayland->height;
}

/* Not by the compositor's word. */
static void change_size(struct wayland *wayland)
{
	struct oriel_wayland_shell *shell = wayland->shell;

	apply_size(wayland);
	if (shell && shell->is_configured && shell->ops->note_size)
		shell->ops->note_size(shell, wayland->width, wayland->height);
}

static void on_close_requested(void *data)
{
	((struct wayland *)data)->close_requested = true;
}

static const struct oriel_wayland_shell_listener shell_listener = {
	on_configured, on_close_requested};

static void set_scale(struct wayland *wayland, uint32_t scale_120)
{
	if (!scale_120 || scale_120 == wayland->scale_120)
		return;
	oriel_log(ORIEL_LOG_DEBUG, "the compositor's scale is %u.%02u", scale_120 / 120,
		scale_120 % 120 * 100 / 120);
	wayland->scale_120 = scale_120;
	change_size(wayland);
	/* With as many pixels as before no picture follows that would make it count. */
	if (wayland->viewport && wayland->shell && wayland->shell->is_configured)
		wl_surface_commit(wayland->surface);
}

static void on_preferred_scale(
	void *data, struct wp_fractional_scale_v1 *fractional_scale, uint32_t scale_120)
{
	set_scale(data, scale_120);
}

static const struct wp_fractional_scale_v1_listener scale_listener = {on_preferred_scale};

/* Screens come and go, the window from one to the other, and the user changes a screen's scale. */
static void follow_outputs(struct wayland *wayland)
{
	if (!wayland->fractional_scale)
		set_scale(wayland,
			(uint32_t)oriel_wayland_output_get_scale(&wayland->globals.outputs) * 120);
}

/* The first time it is to be seen. */
static void use_token(struct wayland *wayland)
{
	struct xdg_activation_v1 *activation = wayland->globals.activation;

	if (wayland->token && activation)
		xdg_activation_v1_activate(activation, wayland->token, wayland->surface);
	free(wayland->token);
	wayland->token = NULL;
}

static void on_enter(void *data, struct wl_surface *surface, struct wl_output *output)
{
	struct wayland *wayland = data;

	use_token(wayland);
	oriel_wayland_output_note_entered(&wayland->globals.outputs, output, true);
}

static void on_leave(void *data, struct wl_surface *surface, struct wl_output *output)
{
	struct wayland *wayland = data;

	oriel_wayland_output_note_entered(&wayland->globals.outputs, output, false);
}

static const struct wl_surface_listener surface_listener = {on_enter, on_leave};

/* ---- events -------------------------------------------------------------------------------------
 */

static void on_woken(void *data, struct wl_callback *callback, uint32_t serial)
{
	wl_callback_destroy(callback);
	((struct wayland *)data)->wake = NULL;
}

static const struct wl_callback_listener wake_listener = {on_woken};

/* What changed by a call of the owner's is told from dispatch_rt(): have the compositor's answer
 * wake the owner up for it. */
static void wake(struct wayland *wayland)
{
	if (wayland->wake)
		return;
	wayland->wake = wl_display_sync(wayland->globals.display);
	wl_callback_add_listener(wayland->wake, &wake_listener, wayland);
	wl_display_flush(wayland->globals.display);
}

static void tell_changes(struct wayland *wayland)
{
	const struct oriel_window_listener *listener = wayland->seat.listener;
	void *data = wayland->seat.data;

	follow_outputs(wayland);
	if (oriel_wayland_grab_take_loss_rt(&wayland->seat.grab))
		listener->grab_lost_rt(data);
	if (wayland->width_px != wayland->told_width_px ||
		wayland->height_px != wayland->told_height_px) {
		wayland->told_width_px = wayland->width_px;
		wayland->told_height_px = wayland->height_px;
		listener->resized_rt(data, wayland->width_px, wayland->height_px);
	}
	if (wayland->close_requested)
		listener->close_requested_rt(data);
	wayland->close_requested = false;
}

static void note_broken(struct wayland *wayland)
{
	const struct wl_interface *interface = NULL;
	uint32_t id, code;

	if (wl_display_get_error(wayland->globals.display) != EPROTO)
		return;
	code = wl_display_get_protocol_error(wayland->globals.display, &interface, &id);
	oriel_log_rt(ORIEL_LOG_WARNING, "the compositor found fault with this window: %s error %u",
		interface ? interface->name : "unknown object", code);
}

/* The library tells that a queue has events by refusing to prepare a read for it. */
static void tell_share(struct wayland *wayland)
{
	struct wl_display *display = wayland->globals.display;

	if (!wayland->share.queue)
		return;
	if (wl_display_prepare_read_queue(display, wayland->share.queue))
		oriel_wayland_seat_tell_share_rt(&wayland->share);
	else
		wl_display_cancel_read(display);
}

static int read_events(struct wl_display *display)
{
	while (wl_display_prepare_read(display))
		if (wl_display_dispatch_pending(display) < 0)
			return -EPIPE;
	/* Returns at once when nothing has arrived. */
	if (wl_display_read_events(display) < 0)
		return -EPIPE;
	return 0;
}

/* libwayland makes an object of each event: the allocation that Wayland costs the frame path. */
static int dispatch_rt(struct oriel_window *window, bool readable,
	const struct oriel_window_listener *listener, void *data)
{
	struct wayland *wayland = (struct wayland *)window;
	struct wl_display *display = wayland->globals.display;
	int result = 0;

	wayland->seat.listener = listener;
	wayland->seat.data = wayland->photons.data = data;
	wayland->photons.listener = listener;
	if (readable)
		result = read_events(display);
	if (wl_display_dispatch_pending(display) < 0)
		result = -EPIPE;
	if (readable && !result && wayland->shell->ops->dispatch_rt)
		wayland->shell->ops->dispatch_rt(wayland->shell);
	tell_share(wayland);
	tell_changes(wayland);
	wayland->seat.listener = wayland->photons.listener = NULL;
	if (wl_display_flush(display) < 0 && errno != EAGAIN)
		result = -EPIPE;
	if (result)
		note_broken(wayland);
	return result;
}

static int get_fd(const struct oriel_window *window)
{
	return wl_display_get_fd(((const struct wayland *)window)->globals.display);
}

/* ---- open and close -----------------------------------------------------------------------------
 */

static bool is_available(void)
{
	const char *name = getenv("WAYLAND_DISPLAY");
	const char *inherited = getenv("WAYLAND_SOCKET");

	return (name && *name) || (inherited && *inherited);
}

static void close_window(struct oriel_window *window)
{
	struct wayland *wayland = (struct wayland *)window;

	if (!wayland)
		return;
	if (wayland->globals.display) {
		oriel_wayland_seat_finish(&wayland->seat);
		oriel_wayland_photons_finish(&wayland->photons);
		if (wayland->shell)
			wayland->shell->ops->destroy(wayland->shell);
	}
	if (wayland->idle_inhibitor)
		zwp_idle_inhibitor_v1_destroy(wayland->idle_inhibitor);
	oriel_wayland_hints_finish(&wayland->hints);
	if (wayland->wake)
		wl_callback_destroy(wayland->wake);
	if (wayland->fractional_scale)
		wp_fractional_scale_v1_destroy(wayland->fractional_scale);
	if (wayland->viewport)
		wp_viewport_destroy(wayland->viewport);
	if (wayland->surface)
		wl_surface_destroy(wayland->surface);
	oriel_wayland_globals_close(&wayland->globals);
	free(wayland->token);
	free(wayland->output);
	free(wayland);
}

/* It is good for once: what this program starts gets none. */
static void take_token(struct wayland *wayland)
{
	const char *token = getenv("XDG_ACTIVATION_TOKEN");

	wayland->token = token && *token ? strdup(token) : NULL;
	unsetenv("XDG_ACTIVATION_TOKEN");
}

static void make_surface(struct wayland *wayland)
{
	struct oriel_wayland_globals *globals = &wayland->globals;

	wayland->surface = wl_compositor_create_surface(globals->compositor);
	wl_surface_add_listener(wayland->surface, &surface_listener, wayland);
	if (globals->viewporter)
		wayland->viewport =
			wp_viewporter_get_viewport(globals->viewporter, wayland->surface);
	if (wayland->viewport && globals->fractional_scale) {
		wayland->fractional_scale = wp_fractional_scale_manager_v1_get_fractional_scale(
			globals->fractional_scale, wayland->surface);
		wp_fractional_scale_v1_add_listener(
			wayland->fractional_scale, &scale_listener, wayland);
	}
	wayland->scale_120 = (uint32_t)oriel_wayland_output_get_scale(&globals->outputs) * 120;
}

static void set_title(struct oriel_window *window, const char *title)
{
	struct wayland *wayland = (struct wayland *)window;

	wayland->shell->ops->set_title(wayland->shell, title);
	wl_display_flush(wayland->globals.display);
}

/* A surface shows with its first picture; the owner has asked for the size that is to have. */
static void show(struct oriel_window *window)
{
	struct wayland *wayland = (struct wayland *)window;

	wayland->told_width_px = wayland->width_px;
	wayland->told_height_px = wayland->height_px;
}

static int make_window(struct wayland *wayland, const struct oriel_window_options *options,
	struct oriel_error *error)
{
	struct oriel_wayland_shell_setup setup = {
		.globals = &wayland->globals,
		.listener = &shell_listener,
		.data = wayland,
		.is_fullscreen = options->is_fullscreen,
		.is_maximized = options->is_maximized,
		.is_borderless = options->is_borderless,
	};
	int result = oriel_wayland_globals_open(&wayland->globals, error);

	if (!result && options->output)
		result = oriel_wayland_output_check(
			&wayland->globals.outputs, options->output, error);
	if (result)
		return result;
	if (options->output)
		setup.output = wayland->output = strdup(options->output);
	take_token(wayland);
	make_surface(wayland);
	oriel_wayland_seat_init(
		&wayland->seat, &wayland->globals, wayland->surface, &wayland->share);
	oriel_wayland_photons_init(&wayland->photons, &wayland->globals);
	oriel_wayland_hints_init(&wayland->hints, &wayland->globals, wayland->surface, options);
	setup.surface = wayland->surface;
	result = oriel_wayland_shell_create(&wayland->shell, &setup);
	if (result)
		return oriel_error_set_errno(error, result, "cannot make a window");
	set_title(&wayland->base, options->title);
	result = oriel_wayland_globals_wait(&wayland->globals, &wayland->shell->is_configured);
	if (result)
		return oriel_error_set(error, result,
			"the Wayland compositor does not say how large the window may be; use "
			"--window x11");
	show(&wayland->base);
	return 0;
}

static int open_window(struct oriel_window **ret_window, const struct oriel_window_options *options,
	struct oriel_error *error)
{
	struct wayland *wayland = calloc(1, sizeof *wayland);
	int result;

	if (!wayland)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a window");
	wayland->base.ops = &oriel_window_wayland;
	wayland->own_width_px = options->width_px;
	wayland->own_height_px = options->height_px;
	result = make_window(wayland, options, error);
	if (result) {
		close_window(&wayland->base);
		return result;
	}
	*ret_window = &wayland->base;
	return 0;
}

/* ---- the owner's calls --------------------------------------------------------------------------
 */

static void set_size(struct oriel_window *window, uint32_t width_px, uint32_t height_px)
{
	struct wayland *wayland = (struct wayland *)window;

	wayland->own_width_px = width_px;
	wayland->own_height_px = height_px;
	if (!wayland->is_free)
		return;
	wayland->is_own_size = true;
	change_size(wayland);
	wake(wayland);
}

static void get_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	const struct wayland *wayland = (const struct wayland *)window;

	*ret_width_px = wayland->width_px;
	*ret_height_px = wayland->height_px;
}

static bool get_place(struct oriel_window *window, struct oriel_window_place *ret_place)
{
	const struct wayland *wayland = (const struct wayland *)window;

	if (!wayland->is_free || wl_display_get_error(wayland->globals.display))
		return false;
	*ret_place = (struct oriel_window_place){
		.width_px = wayland->width_px, .height_px = wayland->height_px};
	return true;
}

static void get_screen_size(
	const struct oriel_window *window, uint32_t *ret_width_px, uint32_t *ret_height_px)
{
	oriel_wayland_output_get_size(
		&((const struct wayland *)window)->globals.outputs, ret_width_px, ret_height_px);
}

static void set_awake(struct oriel_window *window, bool awake)
{
	struct wayland *wayland = (struct wayland *)window;
	struct zwp_idle_inhibit_manager_v1 *manager = wayland->globals.idle_inhibit;

	if (!awake && wayland->idle_inhibitor) {
		zwp_idle_inhibitor_v1_destroy(wayland->idle_inhibitor);
		wayland->idle_inhibitor = NULL;
	} else if (awake && !wayland->idle_inhibitor && manager) {
		wayland->idle_inhibitor =
			zwp_idle_inhibit_manager_v1_create_inhibitor(manager, wayland->surface);
	} else if (awake && !manager) {
		oriel_log_rt(ORIEL_LOG_INFO,
			"this compositor may blank the screen although the guest asks it not to "
			"(no idle-inhibit)");
	}
	wl_display_flush(wayland->globals.display);
}

static void set_fullscreen(struct oriel_window *window, enum oriel_fullscreen wanted)
{
	struct wayland *wayland = (struct wayland *)window;

	oriel_wayland_shell_set_fullscreen(wayland->shell, wanted);
	wl_display_flush(wayland->globals.display);
}

static void get_native(const struct oriel_window *window, struct oriel_native *ret_native)
{
	struct wayland *wayland = (struct wayland *)window;

	*ret_native = (struct oriel_native){
		.kind = ORIEL_NATIVE_WAYLAND,
		.wayland =
			{
				.display = wayland->globals.display,
				.surface = wayland->surface,
				.compositor = wayland->globals.compositor,
				.shm = wayland->globals.shm,
				.shm_formats = wayland->globals.shm_formats,
				.shm_format_count = wayland->globals.shm_format_count,
				.registry = wayland->globals.registry,
				.dmabuf_name = wayland->globals.dmabuf_name,
				.dmabuf_version = wayland->globals.dmabuf_version,
				.subcompositor = wayland->globals.subcompositor,
				.viewporter = wayland->globals.viewporter,
				.scale_120 = wayland->scale_120,
				.share = &wayland->share,
			},
	};
}

static void watch_picture(struct oriel_window *window, uint64_t stamp_ns)
{
	struct wayland *wayland = (struct wayland *)window;

	oriel_wayland_photons_watch_rt(&wayland->photons, wayland->surface, stamp_ns);
}

static void set_grab(struct oriel_window *window, unsigned grab)
{
	struct wayland *wayland = (struct wayland *)window;

	oriel_wayland_grab_set_rt(&wayland->seat.grab, grab, wayland->seat.pointer);
	wake(wayland);
}

static void set_cursor_visible(struct oriel_window *window, bool visible)
{
	struct wayland *wayland = (struct wayland *)window;

	oriel_wayland_seat_set_cursor_visible_rt(&wayland->seat, visible);
	wl_display_flush(wayland->globals.display);
}

const struct oriel_window_ops oriel_window_wayland = {
	.name = "wayland",
	.is_available = is_available,
	.open = open_window,
	.close = close_window,
	.show = show,
	.set_title = set_title,
	.set_size = set_size,
	.get_size = get_size,
	.get_place = get_place,
	.get_screen_size = get_screen_size,
	.set_awake_rt = set_awake,
	.set_fullscreen_rt = set_fullscreen,
	.get_native = get_native,
	.watch_picture_rt = watch_picture,
	.set_grab_rt = set_grab,
	.set_cursor_visible_rt = set_cursor_visible,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
