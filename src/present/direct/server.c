/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/direct/server.h"

#include <errno.h>

#include <viewporter-client-protocol.h>

static void *wrap(const struct oriel_direct_server *server, void *proxy)
{
	struct wl_proxy *wrapper = server->queue ? wl_proxy_create_wrapper(proxy) : NULL;

	if (wrapper)
		wl_proxy_set_queue(wrapper, server->queue);
	return wrapper;
}

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
	return 0;
}

void oriel_direct_server_finish(struct oriel_direct_server *server)
{
	void *const wrappers[] = {server->window, server->compositor, server->subcompositor,
		server->shm, server->viewporter};

	for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
		if (wrappers[i])
			wl_proxy_wrapper_destroy(wrappers[i]);
	if (server->queue)
		wl_event_queue_destroy(server->queue);
	*server = (struct oriel_direct_server){0};
}

bool oriel_direct_server_has_format(const struct oriel_direct_server *server, uint32_t format)
{
	for (uint32_t i = 0; i < server->native.shm_format_count; i++)
		if (server->native.shm_formats[i] == format)
			return true;
	return false;
}
