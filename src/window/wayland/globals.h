/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection to the compositor and what it offers. Members are NULL where it does not; only
 * compositor, shm and wm_base are always there after open.
 */
#ifndef ORIEL_WINDOW_WAYLAND_GLOBALS_H
#define ORIEL_WINDOW_WAYLAND_GLOBALS_H

#include <stdint.h>
#include <wayland-client.h>

#include "base/error.h"
#include "window/wayland/output.h"

/* More than any compositor advertises today; what is beyond is not known of. */
#define ORIEL_WAYLAND_SHM_FORMATS_MAX 64u

struct oriel_wayland_globals {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	uint32_t shm_formats[ORIEL_WAYLAND_SHM_FORMATS_MAX];
	uint32_t shm_format_count;
	uint32_t seat_name, seat_version; /* of the first one; version 0: there is none */
	struct wl_seat *seat;		  /* bound by whoever listens to what it says at once */
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;
	struct wp_fractional_scale_manager_v1 *fractional_scale;
	uint32_t presentation_name;	      /* 0: there is none; bound as the seat is */
	uint32_t dmabuf_name, dmabuf_version; /* version 0: there is none; likewise */
	struct xdg_activation_v1 *activation;
	struct zxdg_decoration_manager_v1 *decoration;
	struct wp_content_type_manager_v1 *content_type;
	struct wp_tearing_control_manager_v1 *tearing_control;
	struct zwp_idle_inhibit_manager_v1 *idle_inhibit;
	struct zwp_pointer_constraints_v1 *pointer_constraints;
	struct zwp_relative_pointer_manager_v1 *relative_pointer;
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *shortcuts_inhibit;
	struct oriel_wayland_outputs outputs;
};

/* Connects and binds: some round trips, each with an end. 0, or a negative errno and what to do. */
int oriel_wayland_globals_open(struct oriel_wayland_globals *globals, struct oriel_error *error);
/* Whatever was made of the globals must be gone before. Fine on zeroed globals. */
void oriel_wayland_globals_close(struct oriel_wayland_globals *globals);

/* Sends what is waiting and dispatches the default queue until *done is set: 0, -ETIMEDOUT, or
 * -EPIPE when the compositor is gone. */
int oriel_wayland_globals_wait(struct oriel_wayland_globals *globals, const bool *done);
/* Until all that was sent before is answered; likewise. */
int oriel_wayland_globals_round_trip(struct oriel_wayland_globals *globals);

#endif
