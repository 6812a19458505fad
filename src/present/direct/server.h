/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window's Wayland connection, with what is made through it on a queue of the presenter's own.
 * Internal to src/present/direct; the presenter's thread. */
#ifndef ORIEL_PRESENT_DIRECT_SERVER_H
#define ORIEL_PRESENT_DIRECT_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "base/error.h"
#include "window/window.h"

/* More formats than this that a compositor takes as dma-bufs are not known of. */
#define ORIEL_DIRECT_FORMATS_MAX 64u

/* How the pixels of a dma-buf lie, in DRM's numbers. */
#define ORIEL_DIRECT_LINEAR UINT64_C(0)
/* As the compositor's driver finds them: what is no device's own lies row by row. Of drivers that
 * know of no such numbers. */
#define ORIEL_DIRECT_IMPLICIT UINT64_C(0x00ffffffffffffff)

/* Formats of DRM. */
struct oriel_direct_formats {
	uint32_t list[ORIEL_DIRECT_FORMATS_MAX];
	uint32_t count;
};

/* All but display, queue and dmabuf are wrappers: what they make is on the queue. */
struct oriel_direct_server {
	struct wl_display *display;
	struct wl_event_queue *queue;
	struct wl_surface *window;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct wp_viewporter *viewporter;
	struct zwp_linux_dmabuf_v1 *dmabuf;	      /* NULL: the compositor takes none */
	struct oriel_direct_formats linear, implicit; /* that it takes so */
	struct oriel_native_wayland native;	      /* the window's */
};

/* native: with subcompositor and viewporter. Waits for the compositor, for a limited time. 0 or
 * -ENOMEM. */
int oriel_direct_server_init(struct oriel_direct_server *server,
	const struct oriel_native_wayland *native, struct oriel_error *error);
/* After all that was made through it. Fine on one that is zeroed or half made. */
void oriel_direct_server_finish(struct oriel_direct_server *server);

/* In memory that it maps. */
bool oriel_direct_server_has_format(const struct oriel_direct_server *server, uint32_t format);
/* In dma-bufs; how to say that its pixels lie row by row. */
bool oriel_direct_server_has_dmabuf(
	const struct oriel_direct_server *server, uint32_t format, uint64_t *ret_modifier);

/* Dispatches the queue until *done is set: 0, -ETIMEDOUT, or -EPIPE when the compositor is gone.
 * What comes for other queues on the connection is left in them. */
int oriel_direct_server_wait(
	const struct oriel_direct_server *server, const bool *done, uint64_t limit_ns);

#endif
