/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/server.h"

#include <errno.h>
#include <poll.h>

#include <linux-dmabuf-unstable-v1-client-protocol.h>
#include <viewporter-client-protocol.h>

#include "base/time.h"

/* The first version that tells how pixels may lie, and the last that tells it in events. */
#define DMABUF_VERSION 3u
/* How long a compositor may take to say what it takes. */
#define FORMATS_LIMIT_NS (3 * ORIEL_NS_PER_S)

static void *wrap(const struct oriel_direct_server *server, void *proxy)
{
	struct wl_proxy *wrapper = server->queue ? wl_proxy_create_wrapper(proxy) : NULL;

	if (wrapper)
		wl_proxy_set_queue(wrapper, server->queue);
	return wrapper;
}

/* ---- waiting ------------------------------------------------------------------------------------
 */

/* syscalls: poll */
static int read_some(const struct oriel_direct_server *server, uint64_t limit_ns)
{
	struct pollfd wait = {.fd = wl_display_get_fd(server->display), .events = POLLIN};

	while (wl_display_prepare_read_queue(server->display, server->queue))
		if (wl_display_dispatch_queue_pending(server->display, server->queue) < 0)
			return -EPIPE;
	wl_display_flush(server->display);
	if (poll(&wait, 1, (int)(limit_ns / ORIEL_NS_PER_MS) + 1) <= 0)
		wl_display_cancel_read(server->display);
	else if (wl_display_read_events(server->display) < 0)
		return -EPIPE;
	return wl_display_dispatch_queue_pending(server->display, server->queue) < 0 ? -EPIPE : 0;
}

int oriel_direct_server_wait(
	const struct oriel_direct_server *server, const bool *done, uint64_t limit_ns)
{
	uint64_t deadline_ns = oriel_time_now_ns() + limit_ns;

	while (!*done) {
		uint64_t now_ns = oriel_time_now_ns();
		int result;

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		result = read_some(server, deadline_ns - now_ns);
		if (result)
			return result;
	}
	return 0;
}

/* ---- dma-bufs -----------------------------------------------------------------------------------
 */

static void add_format(struct oriel_direct_formats *formats, uint32_t format)
{
	if (formats->count < ORIEL_DIRECT_FORMATS_MAX)
		formats->list[formats->count++] = format;
}

static void on_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
}

static void on_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format,
	uint32_t modifier_high, uint32_t modifier_low)
{
	struct oriel_direct_server *server = data;
	uint64_t modifier = (uint64_t)modifier_high << 32 | modifier_low;

	if (modifier == ORIEL_DIRECT_LINEAR)
		add_format(&server->linear, format);
	else if (modifier == ORIEL_DIRECT_IMPLICIT)
		add_format(&server->implicit, format);
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {on_format, on_modifier};

static void on_synced(void *data, struct wl_callback *callback, uint32_t serial)
{
	*(bool *)data = true;
}

static const struct wl_callback_listener sync_listener = {on_synced};

static void ask_for_formats(struct oriel_direct_server *server)
{
	struct wl_display *display = wrap(server, server->display);
	struct wl_callback *callback;
	bool is_done = false;

	if (!display)
		return;
	callback = wl_display_sync(display);
	wl_callback_add_listener(callback, &sync_listener, &is_done);
	oriel_direct_server_wait(server, &is_done, FORMATS_LIMIT_NS);
	wl_callback_destroy(callback);
	wl_proxy_wrapper_destroy(display);
}

static void bind_dmabuf(struct oriel_direct_server *server)
{
	struct wl_registry *registry = wrap(server, server->native.registry);

	if (!registry)
		return;
	server->dmabuf = wl_registry_bind(registry, server->native.dmabuf_name,
		&zwp_linux_dmabuf_v1_interface, DMABUF_VERSION);
	wl_proxy_wrapper_destroy(registry);
	zwp_linux_dmabuf_v1_add_listener(server->dmabuf, &dmabuf_listener, server);
	ask_for_formats(server);
}

/* ---- life ---------------------------------------------------------------------------------------
 */

int oriel_direct_server_init(struct oriel_direct_server *server,
	const struct oriel_native_wayland *native, struct oriel_error *error)
{
	server->native = *native;
	server->display = native->display;
	server->queue = wl_display_create_queue(native->display);
	server->window = wrap(server, native->surface);
	server->compositor = wrap(server, native->compositor);
	server->subcompositor = wrap(server, native->subcompositor);
	server->shm = wrap(server, native->shm);
	server->viewporter = wrap(server, native->viewporter);
	if (!server->window || !server->compositor || !server->subcompositor || !server->shm ||
		!server->viewporter)
		return oriel_error_set_errno(error, -ENOMEM, "cannot prepare to show frames");
	if (native->dmabuf_version >= DMABUF_VERSION)
		bind_dmabuf(server);
	return 0;
}

void oriel_direct_server_finish(struct oriel_direct_server *server)
{
	void *const wrappers[] = {server->window, server->compositor, server->subcompositor,
		server->shm, server->viewporter};

	for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
		if (wrappers[i])
			wl_proxy_wrapper_destroy(wrappers[i]);
	if (server->dmabuf)
		zwp_linux_dmabuf_v1_destroy(server->dmabuf);
	if (server->queue)
		wl_event_queue_destroy(server->queue);
	*server = (struct oriel_direct_server){0};
}

static bool has(const uint32_t *list, uint32_t count, uint32_t format)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i] == format)
			return true;
	return false;
}

bool oriel_direct_server_has_format(const struct oriel_direct_server *server, uint32_t format)
{
	return has(server->native.shm_formats, server->native.shm_format_count, format);
}

bool oriel_direct_server_has_dmabuf(
	const struct oriel_direct_server *server, uint32_t format, uint64_t *ret_modifier)
{
	bool is_linear = has(server->linear.list, server->linear.count, format);

	if (!is_linear && !has(server->implicit.list, server->implicit.count, format))
		return false;
	*ret_modifier = is_linear ? ORIEL_DIRECT_LINEAR : ORIEL_DIRECT_IMPLICIT;
	return true;
}
