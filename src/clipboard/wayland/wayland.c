/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/wayland/wayland.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wayland-client.h>

#include "base/fd.h"
#include "base/log.h"
#include "clipboard/wayland/pipe.h"

#define SEAT_VERSION 5u
/* Programs that paste at a time. */
#define WRITINGS_MAX 16u

/* What the compositor says the clipboard has. */
struct offer {
	struct wl_data_offer *wl;
	const char *mimes[ORIEL_CLIPBOARD_FORMATS]; /* to ask for; NULL: it has none */
};

struct reading {
	struct oriel_clipboard_wayland *wayland;
	enum oriel_clipboard_format format;
	struct oriel_clipboard_pipe *pipe; /* NULL: idle */
};

/* Of what the guest has, to a program that pastes. */
struct writing {
	struct oriel_clipboard_wayland *wayland;
	int fd; /* -1 once the pipe has it */
	struct oriel_clipboard_pipe *pipe;
};

struct oriel_clipboard_wayland {
	struct oriel_clipboard *clipboard;
	struct oriel_native_wayland native;
	struct wl_registry *registry;
	struct wl_callback *sync;
	struct wl_seat *seat;
	struct wl_data_device_manager *manager;
	struct wl_data_device *device;
	int event_fd;
	guint watch; /* 0: none */
	bool has_focus;

	struct offer *fresh; /* told of, not yet said what it is for */
	struct offer *offer; /* the clipboard's; NULL: it is empty, or not ours to see */
	uint32_t wanted;     /* what the guest offers and the compositor was not told of */
	struct wl_data_source *source; /* the clipboard is ours */
	struct reading readings[ORIEL_CLIPBOARD_FORMATS];
	GQueue writings; /* struct writing */
};

static void flush(struct oriel_clipboard_wayland *wayland)
{
	wl_display_flush(wayland->native.display);
}

/* ---- what the desktop has -------------------------------------------------------------------- */

static void free_offer(struct offer *offer)
{
	if (!offer)
		return;
	wl_data_offer_destroy(offer->wl);
	g_free(offer);
}

static void on_mime(void *data, struct wl_data_offer *wl, const char *mime)
{
	struct offer *offer = data;

	for (int i = 0; oriel_clipboard_names[i].mime; i++) {
		const char **known = &offer->mimes[oriel_clipboard_names[i].format];

		if (!*known && !strcmp(mime, oriel_clipboard_names[i].mime))
			*known = oriel_clipboard_names[i].mime;
	}
}

static void on_source_actions(void *data, struct wl_data_offer *wl, uint32_t actions)
{
}

static void on_action(void *data, struct wl_data_offer *wl, uint32_t action)
{
}

static const struct wl_data_offer_listener offer_listener = {on_mime, on_source_actions, on_action};

static void drop_readings(struct oriel_clipboard_wayland *wayland)
{
	for (int i = 0; i < ORIEL_CLIPBOARD_FORMATS; i++)
		g_clear_pointer(&wayland->readings[i].pipe, oriel_clipboard_pipe_close);
}

static void set_offer(struct oriel_clipboard_wayland *wayland, struct offer *offer)
{
	uint32_t formats = 0;

	drop_readings(wayland);
	free_offer(wayland->offer);
	wayland->offer = offer;
	for (int i = 0; offer && i < ORIEL_CLIPBOARD_FORMATS; i++)
		formats |= offer->mimes[i] ? 1u << i : 0;
	oriel_clipboard_offer(wayland->clipboard, ORIEL_CLIPBOARD_DESKTOP, formats);
}

static void on_offer(void *data, struct wl_data_device *device, struct wl_data_offer *wl)
{
	struct oriel_clipboard_wayland *wayland = data;

	free_offer(wayland->fresh);
	wayland->fresh = g_new0(struct offer, 1);
	wayland->fresh->wl = wl;
	wl_data_offer_add_listener(wl, &offer_listener, wayland->fresh);
}

/* Only who has the keyboard is told, or gets it at once. Our own clipboard is told of as well. */
static void on_selection(void *data, struct wl_data_device *device, struct wl_data_offer *wl)
{
	struct oriel_clipboard_wayland *wayland = data;

	if (wayland->source)
		g_clear_pointer(&wayland->fresh, free_offer);
	else
		set_offer(wayland, wl ? g_steal_pointer(&wayland->fresh) : NULL);
}

/* Nothing can be dropped on the window. */
static void on_drag_enter(void *data, struct wl_data_device *device, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y, struct wl_data_offer *wl)
{
	g_clear_pointer(&((struct oriel_clipboard_wayland *)data)->fresh, free_offer);
}

static void on_drag_leave(void *data, struct wl_data_device *device)
{
}

static void on_drag_motion(
	void *data, struct wl_data_device *device, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
}

static void on_drop(void *data, struct wl_data_device *device)
{
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = on_offer,
	.enter = on_drag_enter,
	.leave = on_drag_leave,
	.motion = on_drag_motion,
	.drop = on_drop,
	.selection = on_selection,
};

static void on_read(void *data, enum oriel_clipboard_pipe_end end, GBytes *bytes)
{
	struct reading *reading = data;
	struct oriel_clipboard *clipboard = reading->wayland->clipboard;

	reading->pipe = NULL;
	if (end == ORIEL_CLIPBOARD_PIPE_TOO_LARGE)
		oriel_clipboard_refuse(clipboard, ORIEL_CLIPBOARD_DESKTOP, reading->format);
	else
		oriel_clipboard_deliver(clipboard, ORIEL_CLIPBOARD_DESKTOP, reading->format, bytes);
}

static void fetch(void *data, enum oriel_clipboard_format format)
{
	struct oriel_clipboard_wayland *wayland = data;
	struct reading *reading = &wayland->readings[format];
	const char *mime = wayland->offer ? wayland->offer->mimes[format] : NULL;
	int ends[2];

	/* syscalls: pipe2 */
	if (!mime || pipe2(ends, O_CLOEXEC)) {
		oriel_clipboard_deliver(wayland->clipboard, ORIEL_CLIPBOARD_DESKTOP, format, NULL);
		return;
	}
	oriel_clipboard_pipe_close(reading->pipe);
	reading->wayland = wayland;
	reading->format = format;
	reading->pipe = oriel_clipboard_pipe_read(
		ends[0], oriel_clipboard_get_limit(wayland->clipboard), on_read, reading);
	wl_data_offer_receive(wayland->offer->wl, mime, ends[1]);
	flush(wayland);
	close(ends[1]);
}

/* ---- what the guest has ---------------------------------------------------------------------- */

static void free_writing(struct writing *writing)
{
	g_queue_remove(&writing->wayland->writings, writing);
	oriel_clipboard_pipe_close(writing->pipe);
	oriel_fd_close(&writing->fd);
	g_free(writing);
}

static void on_written(void *data, enum oriel_clipboard_pipe_end end, GBytes *bytes)
{
	struct writing *writing = data;

	writing->pipe = NULL;
	free_writing(writing);
}

static void on_content(void *data, GBytes *bytes)
{
	struct writing *writing = data;

	if (!bytes) {
		free_writing(writing);
		return;
	}
	writing->pipe = oriel_clipboard_pipe_write(writing->fd, bytes, on_written, writing);
	writing->fd = -1;
}

static void on_target(void *data, struct wl_data_source *source, const char *mime)
{
}

static void on_send(void *data, struct wl_data_source *source, const char *mime, int32_t fd)
{
	struct oriel_clipboard_wayland *wayland = data;
	struct writing *writing;

	for (int i = 0; oriel_clipboard_names[i].mime; i++) {
		if (strcmp(mime, oriel_clipboard_names[i].mime) ||
			wayland->writings.length >= WRITINGS_MAX)
			continue;
		writing = g_new0(struct writing, 1);
		writing->wayland = wayland;
		writing->fd = fd;
		g_queue_push_tail(&wayland->writings, writing);
		oriel_clipboard_request(wayland->clipboard, ORIEL_CLIPBOARD_DESKTOP,
			oriel_clipboard_names[i].format, on_content, writing);
		return;
	}
	close(fd);
}

static void drop_source(struct oriel_clipboard_wayland *wayland)
{
	if (wayland->source)
		wl_data_source_destroy(wayland->source);
	wayland->source = NULL;
}

static void on_cancelled(void *data, struct wl_data_source *source)
{
	struct oriel_clipboard_wayland *wayland = data;

	if (source != wayland->source)
		return;
	drop_source(wayland);
	wayland->wanted = 0;
}

static void on_dnd_drop_performed(void *data, struct wl_data_source *source)
{
}

static void on_dnd_finished(void *data, struct wl_data_source *source)
{
}

static void on_dnd_action(void *data, struct wl_data_source *source, uint32_t action)
{
}

static const struct wl_data_source_listener source_listener = {
	.target = on_target,
	.send = on_send,
	.cancelled = on_cancelled,
	.dnd_drop_performed = on_dnd_drop_performed,
	.dnd_finished = on_dnd_finished,
	.action = on_dnd_action,
};

/* Compositors want the user's last doing in this window as a sign that it may. */
static void set_selection(struct oriel_clipboard_wayland *wayland)
{
	struct wl_data_source *former = wayland->source;
	uint32_t formats = wayland->wanted;

	if (!formats || !wayland->device || !wayland->has_focus)
		return;
	wayland->wanted = 0;
	wayland->source = wl_data_device_manager_create_data_source(wayland->manager);
	wl_data_source_add_listener(wayland->source, &source_listener, wayland);
	for (int i = 0; oriel_clipboard_names[i].mime; i++)
		if (formats & 1u << oriel_clipboard_names[i].format)
			wl_data_source_offer(wayland->source, oriel_clipboard_names[i].mime);
	wl_data_device_set_selection(
		wayland->device, wayland->source, atomic_load(&wayland->native.share->serial));
	if (former)
		wl_data_source_destroy(former);
	flush(wayland);
}

static void take_offer(void *data, uint32_t formats)
{
	struct oriel_clipboard_wayland *wayland = data;

	drop_readings(wayland);
	wayland->wanted = formats;
	if (!formats) {
		drop_source(wayland);
		flush(wayland);
	}
	set_selection(wayland);
}

static const struct oriel_clipboard_end end = {take_offer, fetch};

/* ---- events ---------------------------------------------------------------------------------- */

static void make_device(struct oriel_clipboard_wayland *wayland)
{
	if (wayland->device || !wayland->seat || !wayland->manager)
		return;
	wayland->device = wl_data_device_manager_get_data_device(wayland->manager, wayland->seat);
	wl_data_device_add_listener(wayland->device, &device_listener, wayland);
	flush(wayland);
}

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct oriel_clipboard_wayland *wayland = data;

	if (!strcmp(interface, wl_data_device_manager_interface.name) && !wayland->manager)
		wayland->manager =
			wl_registry_bind(registry, name, &wl_data_device_manager_interface, 1);
	if (!strcmp(interface, wl_seat_interface.name) && !wayland->seat && version >= SEAT_VERSION)
		wayland->seat = wl_registry_bind(registry, name, &wl_seat_interface, SEAT_VERSION);
	make_device(wayland);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

static void on_synced(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct oriel_clipboard_wayland *wayland = data;

	wl_callback_destroy(callback);
	wayland->sync = NULL;
	if (!wayland->manager)
		oriel_log(ORIEL_LOG_WARNING,
			"the clipboard is not shared: this compositor has none (no "
			"wl_data_device_manager)");
}

static const struct wl_callback_listener sync_listener = {on_synced};

static void look_at_focus(struct oriel_clipboard_wayland *wayland)
{
	bool has_focus = atomic_load(&wayland->native.share->has_focus);

	if (has_focus == wayland->has_focus)
		return;
	wayland->has_focus = has_focus;
	if (!has_focus)
		set_offer(wayland, NULL);
	set_selection(wayland);
}

static gboolean on_told(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_clipboard_wayland *wayland = data;
	uint64_t count;

	/* Nonblocking; the count does not matter. */
	if (read(fd, &count, sizeof count) < 0)
		return G_SOURCE_CONTINUE;
	look_at_focus(wayland);
	if (wl_display_dispatch_queue_pending(
		    wayland->native.display, wayland->native.share->queue) >= 0)
		return G_SOURCE_CONTINUE;
	wayland->watch = 0;
	return G_SOURCE_REMOVE;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void listen(struct oriel_clipboard_wayland *wayland)
{
	struct wl_display *display = wayland->native.display;
	struct wl_display *wrapper = wl_proxy_create_wrapper(display);

	wayland->native.share->event_fd = wayland->event_fd;
	wayland->native.share->queue = wl_display_create_queue(display);
	wl_proxy_set_queue((struct wl_proxy *)wrapper, wayland->native.share->queue);
	wayland->registry = wl_display_get_registry(wrapper);
	wl_registry_add_listener(wayland->registry, &registry_listener, wayland);
	wayland->sync = wl_display_sync(wrapper);
	wl_callback_add_listener(wayland->sync, &sync_listener, wayland);
	wl_proxy_wrapper_destroy(wrapper);
	flush(wayland);
	wayland->watch = g_unix_fd_add(wayland->event_fd, G_IO_IN, on_told, wayland);
}

struct oriel_clipboard_wayland *oriel_clipboard_wayland_open(struct oriel_clipboard *clipboard,
	const struct oriel_native_wayland *native, GError **error)
{
	struct oriel_clipboard_wayland *wayland = g_new0(struct oriel_clipboard_wayland, 1);

	wayland->clipboard = clipboard;
	wayland->native = *native;
	g_queue_init(&wayland->writings);
	wayland->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wayland->event_fd < 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no descriptor is left");
		g_free(wayland);
		return NULL;
	}
	listen(wayland);
	oriel_clipboard_attach(clipboard, ORIEL_CLIPBOARD_DESKTOP, &end, wayland);
	return wayland;
}

static void free_proxies(struct oriel_clipboard_wayland *wayland)
{
	free_offer(wayland->fresh);
	free_offer(wayland->offer);
	drop_source(wayland);
	if (wayland->device)
		wl_data_device_destroy(wayland->device);
	if (wayland->manager)
		wl_data_device_manager_destroy(wayland->manager);
	if (wayland->seat)
		wl_seat_destroy(wayland->seat);
	if (wayland->sync)
		wl_callback_destroy(wayland->sync);
	wl_registry_destroy(wayland->registry);
	wl_event_queue_destroy(wayland->native.share->queue);
	wayland->native.share->queue = NULL;
}

void oriel_clipboard_wayland_close(struct oriel_clipboard_wayland *wayland)
{
	if (!wayland)
		return;
	if (wayland->watch)
		g_source_remove(wayland->watch);
	while (wayland->writings.head) {
		oriel_clipboard_forget(wayland->clipboard, wayland->writings.head->data);
		free_writing(wayland->writings.head->data);
	}
	oriel_clipboard_attach(wayland->clipboard, ORIEL_CLIPBOARD_DESKTOP, NULL, NULL);
	drop_readings(wayland);
	free_proxies(wayland);
	oriel_fd_close(&wayland->event_fd);
	g_free(wayland);
}
