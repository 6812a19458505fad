/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/shell.h"

#include <xdg-decoration-unstable-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "base/log.h"

static bool has_state(const struct wl_array *states, uint32_t state)
{
	const uint32_t *list = states->data;

	for (size_t i = 0; i < states->size / sizeof *list; i++)
		if (list[i] == state)
			return true;
	return false;
}

static void on_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	struct oriel_wayland_shell *shell = data;

	shell->width = width;
	shell->height = height;
	shell->is_fullscreen = has_state(states, XDG_TOPLEVEL_STATE_FULLSCREEN);
	/* In every other state the size is the compositor's affair. */
	shell->is_free =
		states->size == 0 || (states->size == sizeof(uint32_t) &&
					     has_state(states, XDG_TOPLEVEL_STATE_ACTIVATED));
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	struct oriel_wayland_shell *shell = data;

	shell->listener->close_requested(shell->data);
}

static void on_bounds(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height)
{
}

static void on_capabilities(void *data, struct xdg_toplevel *toplevel, struct wl_array *list)
{
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_toplevel_configure,
	.close = on_close,
	.configure_bounds = on_bounds,
	.wm_capabilities = on_capabilities,
};

static void on_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct oriel_wayland_shell *shell = data;
	bool was_configured = shell->is_configured;

	shell->is_configured = true;
	shell->listener->configured(shell->data, shell->width, shell->height, shell->is_free);
	xdg_surface_ack_configure(xdg_surface, serial);
	/* Some compositors hold everything else back until they see the answer. The size goes with
	 * it by the viewport; the picture of that size follows. */
	if (was_configured)
		wl_surface_commit(shell->surface);
}

static const struct xdg_surface_listener surface_listener = {on_configure};

static void init_decoration(struct oriel_wayland_shell *shell,
	const struct oriel_wayland_globals *globals, bool is_borderless)
{
	if (!globals->decoration && is_borderless)
		return;
	if (!globals->decoration) {
		oriel_log(ORIEL_LOG_INFO,
			"the compositor draws no borders (no xdg-decoration): the window has none; "
			"move and resize it by the compositor's keys");
		return;
	}
	shell->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
		globals->decoration, shell->toplevel);
	/* The client's side draws none. */
	zxdg_toplevel_decoration_v1_set_mode(
		shell->decoration, is_borderless ? ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE
						 : ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

void oriel_wayland_shell_init(struct oriel_wayland_shell *shell,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_wayland_shell_wishes *wishes,
	const struct oriel_wayland_shell_listener *listener, void *data)
{
	shell->output = wishes->output;
	shell->surface = surface;
	shell->listener = listener;
	shell->data = data;
	shell->xdg_surface = xdg_wm_base_get_xdg_surface(globals->wm_base, surface);
	xdg_surface_add_listener(shell->xdg_surface, &surface_listener, shell);
	shell->toplevel = xdg_surface_get_toplevel(shell->xdg_surface);
	xdg_toplevel_add_listener(shell->toplevel, &toplevel_listener, shell);
	xdg_toplevel_set_app_id(shell->toplevel, "oriel-view");
	init_decoration(shell, globals, wishes->is_borderless);
	if (wishes->is_maximized)
		xdg_toplevel_set_maximized(shell->toplevel);
	if (wishes->is_fullscreen)
		xdg_toplevel_set_fullscreen(shell->toplevel, shell->output);
	wl_surface_commit(surface);
}

void oriel_wayland_shell_set_fullscreen(
	struct oriel_wayland_shell *shell, enum oriel_fullscreen wanted)
{
	if (wanted == ORIEL_FULLSCREEN_OFF ||
		(wanted == ORIEL_FULLSCREEN_TOGGLE && shell->is_fullscreen))
		xdg_toplevel_unset_fullscreen(shell->toplevel);
	else
		xdg_toplevel_set_fullscreen(shell->toplevel, shell->output);
}

void oriel_wayland_shell_finish(struct oriel_wayland_shell *shell)
{
	if (shell->decoration)
		zxdg_toplevel_decoration_v1_destroy(shell->decoration);
	if (shell->toplevel)
		xdg_toplevel_destroy(shell->toplevel);
	if (shell->xdg_surface)
		xdg_surface_destroy(shell->xdg_surface);
}
