/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/event_glue.h"

#include <glib-unix.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

/* One descriptor or timer that libvirt watches. A descriptor of -1 marks a timer. */
struct watch {
	int id;
	int fd;
	int events;
	int interval_ms;
	GSource *source; /* NULL while it is switched off */
	union {
		virEventHandleCallback on_fd;
		virEventTimeoutCallback on_time;
	};
	void *opaque;
	virFreeCallback free_opaque;
};

static GMutex lock;
static GHashTable *watches; /* id -> struct watch */
static int last_id;

static const struct {
	int libvirt;
	GIOCondition glib;
} conditions[] = {
	{VIR_EVENT_HANDLE_READABLE, G_IO_IN},
	{VIR_EVENT_HANDLE_WRITABLE, G_IO_OUT},
	{VIR_EVENT_HANDLE_ERROR, G_IO_ERR},
	{VIR_EVENT_HANDLE_HANGUP, G_IO_HUP},
};

static GIOCondition to_glib(int events)
{
	GIOCondition condition = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
		if (events & conditions[i].libvirt)
			condition |= conditions[i].glib;
	return condition;
}

static int to_libvirt(GIOCondition condition)
{
	int events = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++)
		if (condition & conditions[i].glib)
			events |= conditions[i].libvirt;
	return events;
}

/* The callback is run without the lock: libvirt calls back into the functions below. */
static gboolean on_fd_ready(int fd, GIOCondition condition, void *data)
{
	struct watch *found, copy;

	g_mutex_lock(&lock);
	found = g_hash_table_lookup(watches, data);
	if (found)
		copy = *found;
	g_mutex_unlock(&lock);
	if (!found)
		return G_SOURCE_REMOVE;
	copy.on_fd(copy.id, fd, to_libvirt(condition), copy.opaque);
	return G_SOURCE_CONTINUE;
}

static gboolean on_timer(void *data)
{
	struct watch *found, copy;

	g_mutex_lock(&lock);
	found = g_hash_table_lookup(watches, data);
	if (found)
		copy = *found;
	g_mutex_unlock(&lock);
	if (!found)
		return G_SOURCE_REMOVE;
	copy.on_time(copy.id, copy.opaque);
	return G_SOURCE_CONTINUE;
}

static void drop_source(struct watch *watch)
{
	if (!watch->source)
		return;
	g_source_destroy(watch->source);
	g_source_unref(watch->source);
	watch->source = NULL;
}

static void attach(struct watch *watch, GSource *source, GSourceFunc callback)
{
	g_source_set_callback(source, callback, GINT_TO_POINTER(watch->id), NULL);
	g_source_attach(source, NULL);
	watch->source = source;
}

static void renew_source(struct watch *watch)
{
	drop_source(watch);
	if (watch->fd >= 0 && watch->events)
		attach(watch, g_unix_fd_source_new(watch->fd, to_glib(watch->events)),
			G_SOURCE_FUNC(on_fd_ready));
	if (watch->fd < 0 && watch->interval_ms >= 0)
		attach(watch, g_timeout_source_new(watch->interval_ms), on_timer);
}

static int add_watch(struct watch *watch)
{
	int id;

	g_mutex_lock(&lock);
	id = watch->id = ++last_id;
	g_hash_table_insert(watches, GINT_TO_POINTER(id), watch);
	renew_source(watch);
	g_mutex_unlock(&lock);
	return id;
}

static int add_handle(int fd, int events, virEventHandleCallback callback, void *opaque,
	virFreeCallback free_opaque)
{
	struct watch *watch = g_new0(struct watch, 1);

	watch->fd = fd;
	watch->events = events;
	watch->on_fd = callback;
	watch->opaque = opaque;
	watch->free_opaque = free_opaque;
	return add_watch(watch);
}

static int add_timeout(int interval_ms, virEventTimeoutCallback callback, void *opaque,
	virFreeCallback free_opaque)
{
	struct watch *watch = g_new0(struct watch, 1);

	watch->fd = -1;
	watch->interval_ms = interval_ms;
	watch->on_time = callback;
	watch->opaque = opaque;
	watch->free_opaque = free_opaque;
	return add_watch(watch);
}

static void update_handle(int id, int events)
{
	struct watch *watch;

	g_mutex_lock(&lock);
	watch = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
	if (watch && watch->events != events) {
		watch->events = events;
		renew_source(watch);
	}
	g_mutex_unlock(&lock);
}

static void update_timeout(int id, int interval_ms)
{
	struct watch *watch;

	g_mutex_lock(&lock);
	watch = g_hash_table_lookup(watches, GINT_TO_POINTER(id));
	if (watch) {
		watch->interval_ms = interval_ms;
		renew_source(watch);
	}
	g_mutex_unlock(&lock);
}

static gboolean free_watch(void *data)
{
	struct watch *watch = data;

	if (watch->free_opaque)
		watch->free_opaque(watch->opaque);
	g_free(watch);
	return G_SOURCE_REMOVE;
}

/* libvirt holds its own lock while it removes, and takes it again in free_opaque: so that runs
 * later, from the loop. */
static int remove_watch(int id)
{
	struct watch *watch = NULL;
	bool found;

	g_mutex_lock(&lock);
	found = g_hash_table_steal_extended(watches, GINT_TO_POINTER(id), NULL, (void **)&watch);
	if (found)
		drop_source(watch);
	g_mutex_unlock(&lock);
	if (!found)
		return -1;
	g_idle_add(free_watch, watch);
	return 0;
}

void oriel_vm_event_glue_install(void)
{
	static gsize installed;

	if (!g_once_init_enter(&installed))
		return;
	watches = g_hash_table_new(g_direct_hash, g_direct_equal);
	virEventRegisterImpl(
		add_handle, update_handle, remove_watch, add_timeout, update_timeout, remove_watch);
	g_once_init_leave(&installed, 1);
}
