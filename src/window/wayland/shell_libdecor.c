/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Borders where the compositor draws none: libdecor owns the xdg-shell objects, draws on surfaces
 * of its own around the window's, and takes the pointer there. It draws when the window's size,
 * title or focus changes, never for a picture.
 */
#include "window/wayland/shell.h"

#include <errno.h>
#include <stdlib.h>

#include <libdecor.h>

#include "base/log.h"

/* Until it has heard what the compositor offers; it takes two. */
#define ROUND_TRIPS_MAX 8

struct decor {
	struct oriel_wayland_shell base;
	struct libdecor *context;
	struct libdecor_frame *frame;
};

static struct decor *decor_of(struct oriel_wayland_shell *shell)
{
	return (struct decor *)shell;
}

/* ---- what it tells ------------------------------------------------------------------------------
 */

static void on_error(struct libdecor *context, enum libdecor_error code, const char *message)
{
	oriel_log(ORIEL_LOG_WARNING, "libdecor, which draws the window's borders: %s", message);
}

static struct libdecor_interface interface = {.error = on_error};

static void commit_size(struct decor *decor, int32_t width, int32_t height,
	struct libdecor_configuration *configuration)
{
	struct libdecor_state *state = libdecor_state_new(width, height);

	libdecor_frame_commit(decor->frame, state, configuration);
	libdecor_state_free(state);
}

static void on_configure(
	struct libdecor_frame *frame, struct libdecor_configuration *configuration, void *data)
{
	struct decor *decor = data;
	struct oriel_wayland_shell *shell = &decor->base;
	enum libdecor_window_state state = LIBDECOR_WINDOW_STATE_NONE;
	bool was_configured = shell->is_configured;
	int width = 0, height = 0;

	if (!libdecor_configuration_get_content_size(configuration, frame, &width, &height))
		width = height = 0;
	libdecor_configuration_get_window_state(configuration, &state);
	shell->is_fullscreen = state & LIBDECOR_WINDOW_STATE_FULLSCREEN;
	shell->is_configured = true;
	shell->setup.listener->configured(shell->setup.data, &width, &height,
		!(state & ~(unsigned)LIBDECOR_WINDOW_STATE_ACTIVE));
	commit_size(decor, width, height, configuration);
	/* As in shell_xdg.c. */
	if (was_configured)
		wl_surface_commit(shell->setup.surface);
}

static void on_close(struct libdecor_frame *frame, void *data)
{
	struct oriel_wayland_shell *shell = data;

	shell->setup.listener->close_requested(shell->setup.data);
}

static void on_commit(struct libdecor_frame *frame, void *data)
{
	wl_surface_commit(((struct oriel_wayland_shell *)data)->setup.surface);
}

static void on_dismiss_popup(struct libdecor_frame *frame, const char *seat_name, void *data)
{
}

static struct libdecor_frame_interface frame_interface = {
	.configure = on_configure,
	.close = on_close,
	.commit = on_commit,
	.dismiss_popup = on_dismiss_popup,
};

/* ---- life ---------------------------------------------------------------------------------------
 */

static bool suits(const struct oriel_wayland_shell_setup *setup)
{
	return !setup->globals->decoration && !setup->is_borderless;
}

static void destroy(struct oriel_wayland_shell *shell)
{
	struct decor *decor = decor_of(shell);

	if (!decor)
		return;
	if (decor->frame)
		libdecor_frame_unref(decor->frame);
	if (decor->context)
		libdecor_unref(decor->context);
	free(decor);
}

static bool begin(struct decor *decor)
{
	struct oriel_wayland_shell_setup *setup = &decor->base.setup;

	decor->context = libdecor_new(setup->globals->display, &interface);
	if (decor->context)
		decor->frame =
			libdecor_decorate(decor->context, setup->surface, &frame_interface, decor);
	if (!decor->frame)
		return false;
	for (int i = 0; i < ROUND_TRIPS_MAX && !libdecor_frame_get_xdg_toplevel(decor->frame); i++)
		if (oriel_wayland_globals_round_trip(setup->globals))
			return false;
	return libdecor_frame_get_xdg_toplevel(decor->frame);
}

static void set_fullscreen(struct oriel_wayland_shell *shell, bool wanted)
{
	if (wanted)
		libdecor_frame_set_fullscreen(
			decor_of(shell)->frame, oriel_wayland_shell_get_output(shell));
	else
		libdecor_frame_unset_fullscreen(decor_of(shell)->frame);
}

static int create(
	struct oriel_wayland_shell **ret_shell, const struct oriel_wayland_shell_setup *setup)
{
	struct decor *decor = calloc(1, sizeof *decor);

	if (!decor)
		return -ENOMEM;
	decor->base.ops = &oriel_wayland_shell_libdecor;
	decor->base.setup = *setup;
	if (!begin(decor)) {
		destroy(&decor->base);
		return -ENOTSUP;
	}
	oriel_log(ORIEL_LOG_INFO,
		"the compositor draws no borders (no xdg-decoration): libdecor does");
	libdecor_frame_set_app_id(decor->frame, "oriel-view");
	if (setup->is_maximized)
		libdecor_frame_set_maximized(decor->frame);
	if (setup->is_fullscreen)
		set_fullscreen(&decor->base, true);
	libdecor_frame_map(decor->frame);
	*ret_shell = &decor->base;
	return 0;
}

/* ---- the owner's calls --------------------------------------------------------------------------
 */

static void set_title(struct oriel_wayland_shell *shell, const char *title)
{
	libdecor_frame_set_title(decor_of(shell)->frame, title);
}

static void note_size(struct oriel_wayland_shell *shell, int32_t width, int32_t height)
{
	commit_size(decor_of(shell), width, height, NULL);
}

/* What it draws with may have descriptors of its own. */
static void dispatch_rt(struct oriel_wayland_shell *shell)
{
	libdecor_dispatch(decor_of(shell)->context, 0);
}

const struct oriel_wayland_shell_ops oriel_wayland_shell_libdecor = {
	.suits = suits,
	.create = create,
	.destroy = destroy,
	.set_title = set_title,
	.set_fullscreen = set_fullscreen,
	.note_size = note_size,
	.dispatch_rt = dispatch_rt,
};
