/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A surface as a window of the desktop: xdg-shell, with borders drawn by the compositor. */
#ifndef ORIEL_WINDOW_WAYLAND_SHELL_H
#define ORIEL_WINDOW_WAYLAND_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "window/wayland/globals.h"
#include "window/window.h"

struct oriel_wayland_shell_listener {
	/* The compositor wants this size, in its own units; 0: as the window likes. It is
	 * acknowledged on return, so that the next commit shows it. is_free: the window may take on
	 * another size by itself later; it is neither maximised nor the like. */
	void (*configured)(void *data, int32_t width, int32_t height, bool is_free);
	void (*close_requested)(void *data);
};

struct oriel_wayland_shell_wishes {
	bool is_fullscreen, is_maximized, is_borderless;
	struct wl_output *output; /* for full screen; NULL: any */
};

struct oriel_wayland_shell {
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	const struct oriel_wayland_shell_listener *listener;
	void *data;
	bool is_free, is_fullscreen;
	struct wl_output *output; /* for full screen */
	int32_t width, height;	  /* asked for, to be told with the configure event */
	bool is_configured;	  /* at least once: pictures may be shown */
};

/* Sends everything for the first configure event; does not wait for it. */
void oriel_wayland_shell_init(struct oriel_wayland_shell *shell,
	const struct oriel_wayland_globals *globals, struct wl_surface *surface,
	const struct oriel_wayland_shell_wishes *wishes,
	const struct oriel_wayland_shell_listener *listener, void *data);
void oriel_wayland_shell_set_fullscreen(
	struct oriel_wayland_shell *shell, enum oriel_fullscreen wanted);
/* Fine on a zeroed shell. */
void oriel_wayland_shell_finish(struct oriel_wayland_shell *shell);

#endif
