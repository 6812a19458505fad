/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window's Wayland connection, with what is made through it on a queue of the presenter's own.
 * Internal to src/present/direct; the presenter's thread. */
#ifndef ORIEL_PRESENT_DIRECT_SERVER_H
#define ORIEL_PRESENT_DIRECT_SERVER_H

#include <wayland-client.h>

#include "base/error.h"
#include "window/window.h"

/* All but display and queue are wrappers: what they make is on the queue. */
struct oriel_direct_server {
	struct wl_display *display;
	struct wl_event_queue *queue;
	struct wl_surface *window;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct wp_viewporter *viewporter;
	struct oriel_native_wayland native; /* the window's */
};

/* native: with subcompositor and viewporter. 0 or -ENOMEM. */
int oriel_direct_server_init(struct oriel_direct_server *server,
	const struct oriel_native_wayland *native, struct oriel_error *error);
/* After all that was made through it. Fine on one that is zeroed or half made. */
void oriel_direct_server_finish(struct oriel_direct_server *server);

bool oriel_direct_server_has_format(const struct oriel_direct_server *server, uint32_t format);

#endif
