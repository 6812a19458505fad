/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/wayland/globals.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <content-type-v1-client-protocol.h>
#include <fractional-scale-v1-client-protocol.h>
#include <idle-inhibit-unstable-v1-client-protocol.h>
#include <keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h>
#include <linux-dmabuf-unstable-v1-client-protocol.h>
#include <pointer-constraints-unstable-v1-client-protocol.h>
#include <presentation-time-client-protocol.h>
#include <relative-pointer-unstable-v1-client-protocol.h>
#include <tearing-control-v1-client-protocol.h>
#include <viewporter-client-protocol.h>
#include <xdg-activation-v1-client-protocol.h>
#include <xdg-decoration-unstable-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "base/time.h"

/* A compositor that answers nothing for that long is taken for hung. */
#define WAIT_MS 3000

#define SEAT_VERSION_MIN 5
#define SEAT_VERSION_MAX 8

/* ---- what is bound ------------------------------------------------------------------------------
 */

struct wanted {
	const struct wl_interface *interface;
	size_t offset;	   /* in struct oriel_wayland_globals */
	uint32_t min, max; /* versions */
};

#define MEMBER(name) offsetof(struct oriel_wayland_globals, name)

static const struct wanted table[] = {
	{&wl_compositor_interface, MEMBER(compositor), 4, 4},
	{&wl_subcompositor_interface, MEMBER(subcompositor), 1, 1},
	{&wl_shm_interface, MEMBER(shm), 1, 1},
	{&xdg_wm_base_interface, MEMBER(wm_base), 1, 5},
	{&wp_viewporter_interface, MEMBER(viewporter), 1, 1},
	{&wp_fractional_scale_manager_v1_interface, MEMBER(fractional_scale), 1, 1},
	{&xdg_activation_v1_interface, MEMBER(activation), 1, 1},
	{&zxdg_decoration_manager_v1_interface, MEMBER(decoration), 1, 1},
	{&wp_content_type_manager_v1_interface, MEMBER(content_type), 1, 1},
	{&wp_tearing_control_manager_v1_interface, MEMBER(tearing_control), 1, 1},
	{&zwp_idle_inhibit_manager_v1_interface, MEMBER(idle_inhibit), 1, 1},
	{&zwp_pointer_constraints_v1_interface, MEMBER(pointer_constraints), 1, 1},
	{&zwp_relative_pointer_manager_v1_interface, MEMBER(relative_pointer), 1, 1},
	{&zwp_keyboard_shortcuts_inhibit_manager_v1_interface, MEMBER(shortcuts_inhibit), 1, 1},
};

#define TABLE_LENGTH (sizeof table / sizeof table[0])

static void **member_of(struct oriel_wayland_globals *globals, const struct wanted *wanted)
{
	return (void **)(void *)((char *)globals + wanted->offset);
}

static void on_shm_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct oriel_wayland_globals *globals = data;

	if (globals->shm_format_count < ORIEL_WAYLAND_SHM_FORMATS_MAX)
		globals->shm_formats[globals->shm_format_count++] = format;
}

static const struct wl_shm_listener shm_listener = {on_shm_format};

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct oriel_wayland_globals *globals = data;

	if (!strcmp(interface, wl_output_interface.name))
		oriel_wayland_output_add(&globals->outputs, registry, name, version);
	if (!strcmp(interface, wl_seat_interface.name) && !globals->seat_version &&
		version >= SEAT_VERSION_MIN) {
		globals->seat_name = name;
		globals->seat_version = version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX;
	}
	if (!strcmp(interface, wp_presentation_interface.name))
		globals->presentation_name = name;
	if (!strcmp(interface, zwp_linux_dmabuf_v1_interface.name)) {
		globals->dmabuf_name = name;
		globals->dmabuf_version = version;
	}
	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		void **member = member_of(globals, &table[i]);

		if (strcmp(interface, table[i].interface->name) || *member ||
			version < table[i].min)
			continue;
		*member = wl_registry_bind(registry, name, table[i].interface,
			version < table[i].max ? version : table[i].max);
	}
}

/* Only screens come and go on a running desktop. */
static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	oriel_wayland_output_remove(&((struct oriel_wayland_globals *)data)->outputs, name);
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

static void on_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {on_ping};

/* ---- waiting ------------------------------------------------------------------------------------
 */

static int read_some(struct wl_display *display, int timeout_ms)
{
	struct pollfd wait = {.fd = wl_display_get_fd(display), .events = POLLIN};

	while (wl_display_prepare_read(display))
		if (wl_display_dispatch_pending(display) < 0)
			return -EPIPE;
	wl_display_flush(display);
	if (poll(&wait, 1, timeout_ms) > 0) {
		if (wl_display_read_events(display) < 0)
			return -EPIPE;
	} else {
		wl_display_cancel_read(display);
	}
	return wl_display_dispatch_pending(display) < 0 ? -EPIPE : 0;
}

int oriel_wayland_globals_wait(struct oriel_wayland_globals *globals, const bool *done)
{
	uint64_t deadline_ns = oriel_time_now_ns() + WAIT_MS * ORIEL_NS_PER_MS;

	while (!*done) {
		uint64_t now_ns = oriel_time_now_ns();
		int result;

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		result = read_some(
			globals->display, (int)((deadline_ns - now_ns) / ORIEL_NS_PER_MS) + 1);
		if (result)
			return result;
	}
	return 0;
}

static void on_synced(void *data, struct wl_callback *callback, uint32_t serial)
{
	*(bool *)data = true;
}

static const struct wl_callback_listener sync_listener = {on_synced};

int oriel_wayland_globals_round_trip(struct oriel_wayland_globals *globals)
{
	struct wl_callback *callback = wl_display_sync(globals->display);
	bool done = false;
	int result;

	wl_callback_add_listener(callback, &sync_listener, &done);
	result = oriel_wayland_globals_wait(globals, &done);
	wl_callback_destroy(callback);
	return result;
}

/* ---- open and close -----------------------------------------------------------------------------
 */

static const char *display_name(void)
{
	const char *name = getenv("WAYLAND_DISPLAY");

	return name ? name : "wayland-0";
}

static int check(const struct oriel_wayland_globals *globals, struct oriel_error *error)
{
	const struct {
		const void *global;
		const char *name;
	} needed[] = {
		{globals->compositor, "wl_compositor 4"},
		{globals->shm, "wl_shm"},
		{globals->wm_base, "xdg_wm_base"},
	};

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (!needed[i].global)
			return oriel_error_set(error, -ENOTSUP,
				"the Wayland compositor \"%s\" does not offer %s, which a window "
				"needs; use another compositor, or --window x11",
				display_name(), needed[i].name);
	return 0;
}

int oriel_wayland_globals_open(struct oriel_wayland_globals *globals, struct oriel_error *error)
{
	int result;

	globals->display = wl_display_connect(NULL);
	if (!globals->display)
		return oriel_error_set(error, -ECONNREFUSED,
			"cannot connect to the Wayland compositor \"%s\" (%s): check "
			"WAYLAND_DISPLAY and XDG_RUNTIME_DIR, or use --window x11",
			display_name(), strerror(errno));
	globals->registry = wl_display_get_registry(globals->display);
	wl_registry_add_listener(globals->registry, &registry_listener, globals);
	/* The first brings the globals, the second what those say when they are bound. */
	result = oriel_wayland_globals_round_trip(globals);
	if (globals->shm)
		wl_shm_add_listener(globals->shm, &shm_listener, globals);
	if (!result)
		result = oriel_wayland_globals_round_trip(globals);
	if (result)
		return oriel_error_set(error, result,
			"the Wayland compositor \"%s\" does not answer; use another one, or "
			"--window x11",
			display_name());
	result = check(globals, error);
	if (!result)
		xdg_wm_base_add_listener(globals->wm_base, &wm_base_listener, NULL);
	return result;
}

void oriel_wayland_globals_close(struct oriel_wayland_globals *globals)
{
	if (!globals->display)
		return;
	oriel_wayland_output_finish(&globals->outputs);
	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		void **member = member_of(globals, &table[i]);

		/* The connection ends with them: no destructor need be sent. */
		if (*member)
			wl_proxy_destroy(*member);
		*member = NULL;
	}
	if (globals->seat)
		wl_seat_destroy(globals->seat);
	if (globals->registry)
		wl_registry_destroy(globals->registry);
	wl_display_disconnect(globals->display);
	globals->display = NULL;
}
