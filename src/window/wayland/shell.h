/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A surface as a window of the desktop. Implementations are tables of struct
 * oriel_wayland_shell_ops: xdg-shell as it is, with borders drawn by the compositor or none
 * (shell_xdg.c), and libdecor, which draws them where the compositor does not (shell_libdecor.c).
 */
#ifndef ORIEL_WINDOW_WAYLAND_SHELL_H
#define ORIEL_WINDOW_WAYLAND_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "window/wayland/globals.h"
#include "window/window.h"

struct oriel_wayland_shell_listener {
	/* The compositor wants this size, in its own units; 0: as the window likes. What the window
	 * takes on is there on return; it is acknowledged then, so that the next commit shows it.
	 * is_free: the window may take on another size by itself later; it is neither maximised nor
	 * the like. */
	void (*configured)(void *data, int32_t *width, int32_t *height, bool is_free);
	void (*close_requested)(void *data);
};

struct oriel_wayland_shell_setup {
	struct oriel_wayland_globals *globals;
	struct wl_surface *surface;
	bool is_fullscreen, is_maximized, is_borderless; /* how it begins */
	const char *output; /* the screen to fill, by its name; NULL: any. Kept by the caller */
	const struct oriel_wayland_shell_listener *listener;
	void *data;
};

struct oriel_wayland_shell {
	const struct oriel_wayland_shell_ops *ops;
	struct oriel_wayland_shell_setup setup;
	bool is_fullscreen;
	bool is_configured; /* at least once: pictures may be shown */
};

struct oriel_wayland_shell_ops {
	/* False: another one is meant for that. NULL: never. */
	bool (*suits)(const struct oriel_wayland_shell_setup *setup);
	/* Sends everything for the first configure event; does not wait for it. */
	int (*create)(struct oriel_wayland_shell **ret_shell,
		const struct oriel_wayland_shell_setup *setup);
	/* NULL is fine. */
	void (*destroy)(struct oriel_wayland_shell *shell);
	void (*set_title)(struct oriel_wayland_shell *shell, const char *title);
	void (*set_fullscreen)(struct oriel_wayland_shell *shell, bool wanted);
	/* The window takes on this size by itself, with its next commit. NULL: nothing has to be
	 * done. */
	void (*note_size)(struct oriel_wayland_shell *shell, int32_t width, int32_t height);
	/* After the connection was read. NULL likewise. */
	void (*dispatch_rt)(struct oriel_wayland_shell *shell);
};

extern const struct oriel_wayland_shell_ops oriel_wayland_shell_libdecor;
extern const struct oriel_wayland_shell_ops oriel_wayland_shell_xdg;

/* By the first that suits and works. 0 or -ENOMEM. */
int oriel_wayland_shell_create(
	struct oriel_wayland_shell **ret_shell, const struct oriel_wayland_shell_setup *setup);
/* The screen to fill; NULL: any, or that screen is gone. */
struct wl_output *oriel_wayland_shell_get_output(const struct oriel_wayland_shell *shell);
void oriel_wayland_shell_set_fullscreen(
	struct oriel_wayland_shell *shell, enum oriel_fullscreen wanted);

#endif
