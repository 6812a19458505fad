/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which protocols a Wayland compositor offers. */
#include "window/probe.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <wayland-client.h>

struct probe {
	oriel_window_offer offer;
	void *data;
	bool done;
};

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct probe *probe = data;

	probe->offer(interface, probe->data);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

static void on_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct probe *probe = data;

	probe->done = true;
}

static const struct wl_callback_listener callback_listener = {on_done};

/* One answer of the compositor, waited for until the end at most. */
static int read_some(struct wl_display *display, uint64_t end_ns)
{
	struct pollfd poll_fd = {wl_display_get_fd(display), POLLIN, 0};
	uint64_t now_ns = oriel_time_now_ns();
	int ready;

	if (now_ns >= end_ns)
		return -ETIMEDOUT;
	while (wl_display_prepare_read(display))
		wl_display_dispatch_pending(display);
	wl_display_flush(display);
	ready = poll(&poll_fd, 1, (int)((end_ns - now_ns) / 1000000 + 1));
	if (ready > 0)
		wl_display_read_events(display);
	else
		wl_display_cancel_read(display);
	return wl_display_dispatch_pending(display) < 0 ? -EPIPE : 0;
}

static int list_wayland(oriel_window_offer offer, void *data)
{
	struct probe probe = {offer, data, false};
	uint64_t end_ns = oriel_time_now_ns() + (uint64_t)ORIEL_WINDOW_PROBE_MS * 1000000;
	struct wl_display *display = wl_display_connect(NULL);
	struct wl_registry *registry;
	struct wl_callback *callback;
	int result = 0;

	if (!display)
		return -ECONNREFUSED;
	registry = wl_display_get_registry(display);
	wl_registry_add_listener(registry, &registry_listener, &probe);
	callback = wl_display_sync(display);
	wl_callback_add_listener(callback, &callback_listener, &probe);
	while (!result && !probe.done)
		result = read_some(display, end_ns);
	wl_callback_destroy(callback);
	wl_registry_destroy(registry);
	wl_display_disconnect(display);
	return result;
}

const struct oriel_window_probe oriel_window_probe_wayland = {
	"Wayland", "WAYLAND_DISPLAY", list_wayland};
