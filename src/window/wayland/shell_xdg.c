/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/shell.h"

#include <errno.h>
#include <stdlib.h>

#include <xdg-decoration-unstable-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "base/log.h"

struct xdg {
	struct oriel_wayland_shell base;
	struct xdg_surface *surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	bool lacks_borders; /* though it is to have some */
	bool is_free;
	int32_t width, height; /* asked for, to be told with the configure event */
};

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
	struct xdg *xdg = data;

	xdg->width = width;
	xdg->height = height;
	xdg->base.is_fullscreen = has_state(states, XDG_TOPLEVEL_STATE_FULLSCREEN);
	/* In every other state the size is the compositor's affair. */
	xdg->is_free =
		states->size == 0 || (states->size == sizeof(uint32_t) &&
					     has_state(states, XDG_TOPLEVEL_STATE_ACTIVATED));
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	struct oriel_wayland_shell *shell = data;

	shell->setup.listener->close_requested(shell->setup.data);
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

static void on_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct xdg *xdg = data;
	struct oriel_wayland_shell *shell = data;
	bool was_configured = shell->is_configured;

	shell->is_configured = true;
	shell->setup.listener->configured(
		shell->setup.data, &xdg->width, &xdg->height, xdg->is_free);
	xdg_surface_ack_configure(surface, serial);
	/* Some compositors hold everything else back until they see the answer. The size goes with
	 * it by the viewport; the picture of that size follows. */
	if (was_configured)
		wl_surface_commit(shell->setup.surface);
}

static const struct xdg_surface_listener surface_listener = {on_configure};

/* Asked or not, the compositor has the last word. */
static void on_decoration(void *data, struct zxdg_toplevel_decoration_v1 *decoration, uint32_t mode)
{
	struct xdg *xdg = data;
	bool lacks_borders = mode == ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE &&
			     !xdg->base.setup.is_borderless;

	if (lacks_borders && !xdg->lacks_borders)
		oriel_log_rt(ORIEL_LOG_INFO,
			"the compositor leaves this window's borders to the window: it has none; "
			"move and resize it by the compositor's keys");
	xdg->lacks_borders = lacks_borders;
}

static const struct zxdg_toplevel_decoration_v1_listener decoration_listener = {on_decoration};

static void init_decoration(struct xdg *xdg)
{
	const struct oriel_wayland_shell_setup *setup = &xdg->base.setup;

	if (!setup->globals->decoration && setup->is_borderless)
		return;
	if (!setup->globals->decoration) {
		oriel_log(ORIEL_LOG_INFO,
			"the compositor draws no borders (no xdg-decoration): the window has none; "
			"move and resize it by the compositor's keys");
		return;
	}
	xdg->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
		setup->globals->decoration, xdg->toplevel);
	zxdg_toplevel_decoration_v1_add_listener(xdg->decoration, &decoration_listener, xdg);
	/* The client's side draws none. */
	zxdg_toplevel_decoration_v1_set_mode(xdg->decoration,
		setup->is_borderless ? ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE
				     : ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

static int create(
	struct oriel_wayland_shell **ret_shell, const struct oriel_wayland_shell_setup *setup)
{
	struct xdg *xdg = calloc(1, sizeof *xdg);

	if (!xdg)
		return -ENOMEM;
	xdg->base.ops = &oriel_wayland_shell_xdg;
	xdg->base.setup = *setup;
	xdg->surface = xdg_wm_base_get_xdg_surface(setup->globals->wm_base, setup->surface);
	xdg_surface_add_listener(xdg->surface, &surface_listener, xdg);
	xdg->toplevel = xdg_surface_get_toplevel(xdg->surface);
	xdg_toplevel_add_listener(xdg->toplevel, &toplevel_listener, xdg);
	xdg_toplevel_set_app_id(xdg->toplevel, "oriel-view");
	init_decoration(xdg);
	if (setup->is_maximized)
		xdg_toplevel_set_maximized(xdg->toplevel);
	if (setup->is_fullscreen)
		xdg_toplevel_set_fullscreen(
			xdg->toplevel, oriel_wayland_shell_get_output(&xdg->base));
	wl_surface_commit(setup->surface);
	*ret_shell = &xdg->base;
	return 0;
}

static void set_title(struct oriel_wayland_shell *shell, const char *title)
{
	xdg_toplevel_set_title(((struct xdg *)shell)->toplevel, title);
}

static void set_fullscreen(struct oriel_wayland_shell *shell, bool wanted)
{
	struct xdg *xdg = (struct xdg *)shell;

	if (wanted)
		xdg_toplevel_set_fullscreen(xdg->toplevel, oriel_wayland_shell_get_output(shell));
	else
		xdg_toplevel_unset_fullscreen(xdg->toplevel);
}

static void destroy(struct oriel_wayland_shell *shell)
{
	struct xdg *xdg = (struct xdg *)shell;

	if (!xdg)
		return;
	if (xdg->decoration)
		zxdg_toplevel_decoration_v1_destroy(xdg->decoration);
	xdg_toplevel_destroy(xdg->toplevel);
	xdg_surface_destroy(xdg->surface);
	free(xdg);
}

const struct oriel_wayland_shell_ops oriel_wayland_shell_xdg = {
	.create = create,
	.destroy = destroy,
	.set_title = set_title,
	.set_fullscreen = set_fullscreen,
};
