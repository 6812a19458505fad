/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handing out what the guest has: another client names a property of its window to put it into;
 * what is large goes there in parts (INCR), the next one whenever the last has been taken. */
#include "clipboard/x11/private.h"

/* Larger than that goes in parts. Every server takes so much at once. */
#define PART_BYTES (128u * 1024)
/* A client that takes no part for so long is given up. */
#define PATIENCE_S 20u
#define SERVINGS_MAX 32u

struct serving {
	struct oriel_clipboard_x11 *x11;
	xcb_selection_request_event_t event;
	enum oriel_clipboard_format format;
	GBytes *bytes; /* NULL: not here yet */
	gsize done_bytes;
	guint timer; /* of the patience; 0: none */
};

static void free_serving(struct serving *serving)
{
	if (serving->timer)
		g_source_remove(serving->timer);
	g_clear_pointer(&serving->bytes, g_bytes_unref);
	g_queue_remove(&serving->x11->servings, serving);
	g_free(serving);
}

/* property: XCB_ATOM_NONE for a refusal. */
static void notify(struct oriel_clipboard_x11 *x11, const xcb_selection_request_event_t *event,
	xcb_atom_t property)
{
	union {
		xcb_selection_notify_event_t event;
		char bytes[32]; /* what the server takes */
	} answer = {.event = {
			    .response_type = XCB_SELECTION_NOTIFY,
			    .time = event->time,
			    .requestor = event->requestor,
			    .selection = event->selection,
			    .target = event->target,
			    .property = property,
		    }};

	xcb_send_event(x11->connection, 0, event->requestor, 0, answer.bytes);
	oriel_clipboard_x11_flush(x11);
}

static void put(
	const struct serving *serving, xcb_atom_t type, uint8_t bits, gsize count, const void *data)
{
	xcb_change_property(serving->x11->connection, XCB_PROP_MODE_REPLACE,
		serving->event.requestor, serving->event.property, type, bits, (uint32_t)count,
		data);
}

/* ---- in parts -------------------------------------------------------------------------------- */

static gboolean on_impatient(gpointer data)
{
	struct serving *serving = data;

	serving->timer = 0;
	free_serving(serving);
	return G_SOURCE_REMOVE;
}

static void wait_for_client(struct serving *serving)
{
	if (serving->timer)
		g_source_remove(serving->timer);
	serving->timer = g_timeout_add_seconds(PATIENCE_S, on_impatient, serving);
}

static void begin_parts(struct serving *serving)
{
	const uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
	uint32_t size = (uint32_t)MIN(g_bytes_get_size(serving->bytes), G_MAXUINT32);

	xcb_change_window_attributes(
		serving->x11->connection, serving->event.requestor, XCB_CW_EVENT_MASK, &mask);
	put(serving, serving->x11->incr, 32, 1, &size);
	wait_for_client(serving);
}

/* The last part is an empty one. */
static void put_part(struct serving *serving)
{
	gsize size;
	const char *data = g_bytes_get_data(serving->bytes, &size);
	gsize part = MIN(size - serving->done_bytes, PART_BYTES);

	put(serving, serving->event.target, 8, part, data + serving->done_bytes);
	oriel_clipboard_x11_flush(serving->x11);
	serving->done_bytes += part;
	if (part)
		wait_for_client(serving);
	else
		free_serving(serving);
}

void oriel_clipboard_x11_on_taken(
	struct oriel_clipboard_x11 *x11, xcb_window_t window, xcb_atom_t property)
{
	for (GList *at = x11->servings.head; at; at = at->next) {
		struct serving *serving = at->data;

		if (!serving->bytes || serving->event.requestor != window ||
			serving->event.property != property)
			continue;
		put_part(serving);
		return;
	}
}

/* ---- requests -------------------------------------------------------------------------------- */

static void on_content(void *data, GBytes *bytes)
{
	struct serving *serving = data;
	bool is_small = bytes && g_bytes_get_size(bytes) <= PART_BYTES;

	if (is_small)
		put(serving, serving->event.target, 8, g_bytes_get_size(bytes),
			g_bytes_get_data(bytes, NULL));
	if (bytes && !is_small) {
		serving->bytes = g_bytes_ref(bytes);
		begin_parts(serving);
	}
	notify(serving->x11, &serving->event, bytes ? serving->event.property : XCB_ATOM_NONE);
	if (!serving->bytes)
		free_serving(serving);
}

/* True when target is one of the formats that the guest has. */
static bool find_format(const struct oriel_clipboard_x11 *x11, xcb_atom_t target,
	enum oriel_clipboard_format *ret_format)
{
	for (int i = 0; oriel_clipboard_names[i].mime; i++)
		if (x11->names[i] == target &&
			x11->offered & 1u << oriel_clipboard_names[i].format) {
			*ret_format = oriel_clipboard_names[i].format;
			return true;
		}
	return false;
}

static void serve_list(struct serving *serving)
{
	const struct oriel_clipboard_x11 *x11 = serving->x11;
	xcb_atom_t list[ORIEL_CLIPBOARD_X11_NAMES_MAX + 2] = {x11->targets, x11->timestamp};
	gsize count = 2;

	for (int i = 0; oriel_clipboard_names[i].mime; i++)
		if (x11->offered & 1u << oriel_clipboard_names[i].format)
			list[count++] = x11->names[i];
	put(serving, XCB_ATOM_ATOM, 32, count, list);
}

static bool is_ours(
	const struct oriel_clipboard_x11 *x11, const xcb_selection_request_event_t *event)
{
	return x11->is_owner && event->selection == x11->selection &&
	       x11->servings.length < SERVINGS_MAX;
}

/* False: it is none that can be served. */
static bool serve(struct serving *serving)
{
	struct oriel_clipboard_x11 *x11 = serving->x11;
	xcb_atom_t target = serving->event.target;

	if (!is_ours(x11, &serving->event))
		return false;
	if (target == x11->targets || target == x11->timestamp) {
		if (target == x11->targets)
			serve_list(serving);
		else
			put(serving, XCB_ATOM_INTEGER, 32, 1, &x11->since);
		notify(x11, &serving->event, serving->event.property);
		free_serving(serving);
		return true;
	}
	if (!find_format(x11, target, &serving->format))
		return false;
	oriel_clipboard_request(
		x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, serving->format, on_content, serving);
	return true;
}

void oriel_clipboard_x11_on_request(
	struct oriel_clipboard_x11 *x11, const xcb_selection_request_event_t *event)
{
	struct serving *serving = g_new0(struct serving, 1);

	serving->x11 = x11;
	serving->event = *event;
	if (!serving->event.property) /* a client of old */
		serving->event.property = event->target;
	g_queue_push_tail(&x11->servings, serving);
	if (serve(serving))
		return;
	notify(x11, event, XCB_ATOM_NONE);
	free_serving(serving);
}

void oriel_clipboard_x11_drop_servings(struct oriel_clipboard_x11 *x11)
{
	while (x11->servings.head) {
		oriel_clipboard_forget(x11->clipboard, x11->servings.head->data);
		free_serving(x11->servings.head->data);
	}
}
