/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipboard/x11/x11.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/log.h"
#include "clipboard/x11/private.h"

/* ---- what the guest offers ------------------------------------------------------------------- */

/* The time at which a selection is taken has to be the server's: a change of our own property
 * brings it. */
static void take_selection(struct oriel_clipboard_x11 *x11)
{
	if (!x11->has_focus || !x11->offered || x11->is_waiting_for_time)
		return;
	x11->is_waiting_for_time = true;
	xcb_change_property(x11->connection, XCB_PROP_MODE_REPLACE, x11->own, x11->mark,
		XCB_ATOM_INTEGER, 32, 0, NULL);
	oriel_clipboard_x11_flush(x11);
}

static void on_time(struct oriel_clipboard_x11 *x11, xcb_timestamp_t time)
{
	x11->is_waiting_for_time = false;
	if (!x11->offered)
		return;
	x11->is_owner = true;
	x11->since = time;
	xcb_set_selection_owner(x11->connection, x11->own, x11->selection, time);
	oriel_clipboard_x11_flush(x11);
}

static void take_offer(void *data, uint32_t formats)
{
	struct oriel_clipboard_x11 *x11 = data;

	oriel_clipboard_x11_drop_readings(x11);
	x11->offered = formats;
	if (x11->is_owner && !formats) {
		x11->is_owner = false;
		xcb_set_selection_owner(
			x11->connection, XCB_WINDOW_NONE, x11->selection, x11->since);
		oriel_clipboard_x11_flush(x11);
	}
	take_selection(x11);
}

static void fetch(void *data, enum oriel_clipboard_format format)
{
	oriel_clipboard_x11_read(data, format);
}

static const struct oriel_clipboard_end end = {take_offer, fetch};

/* ---- events ---------------------------------------------------------------------------------- */

/* A grab, ours or the window manager's, takes the keyboard away for as long as a menu is open, and
 * leaves the focus where it is. */
static bool is_focus_change(const xcb_generic_event_t *event)
{
	const xcb_focus_in_event_t *focus = (const xcb_focus_in_event_t *)(const void *)event;

	return (focus->mode == XCB_NOTIFY_MODE_NORMAL ||
		       focus->mode == XCB_NOTIFY_MODE_WHILE_GRABBED) &&
	       focus->detail != XCB_NOTIFY_DETAIL_POINTER;
}

static void gain_focus(struct oriel_clipboard_x11 *x11)
{
	x11->has_focus = true;
	if (x11->is_owner)
		return;
	if (x11->offered)
		take_selection(x11);
	else
		oriel_clipboard_x11_read_list(x11);
}

static void on_focus_in(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	if (is_focus_change(event) && !x11->has_focus)
		gain_focus(x11);
}

static void on_focus_out(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	if (!is_focus_change(event) || !x11->has_focus)
		return;
	x11->has_focus = false;
	oriel_clipboard_x11_drop_readings(x11);
	oriel_clipboard_offer(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, 0);
}

static void on_property(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	const xcb_property_notify_event_t *change =
		(const xcb_property_notify_event_t *)(const void *)event;

	if (change->window != x11->own && change->state == XCB_PROPERTY_DELETE)
		oriel_clipboard_x11_on_taken(x11, change->window, change->atom);
	if (change->window != x11->own || change->state != XCB_PROPERTY_NEW_VALUE)
		return;
	if (change->atom == x11->mark)
		on_time(x11, change->time);
	else
		oriel_clipboard_x11_on_part(x11, change->atom);
}

/* Somebody copied. While our window has the focus this is told; else gain_focus() finds out. */
static void on_owner(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	const xcb_xfixes_selection_notify_event_t *change =
		(const xcb_xfixes_selection_notify_event_t *)(const void *)event;

	if (change->selection != x11->selection || change->owner == x11->own)
		return;
	/* The news of the time before we took it may come after. */
	if (x11->is_owner && (int32_t)(change->selection_timestamp - x11->since) < 0)
		return;
	x11->is_owner = false;
	x11->offered = 0;
	oriel_clipboard_x11_drop_readings(x11);
	if (!change->owner)
		oriel_clipboard_offer(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, 0);
	else if (x11->has_focus)
		oriel_clipboard_x11_read_list(x11);
}

static void on_request(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	oriel_clipboard_x11_on_request(
		x11, (const xcb_selection_request_event_t *)(const void *)event);
}

static void on_converted(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	oriel_clipboard_x11_on_converted(
		x11, (const xcb_selection_notify_event_t *)(const void *)event);
}

static void handle(struct oriel_clipboard_x11 *x11, const xcb_generic_event_t *event)
{
	static void (*const handlers[])(
		struct oriel_clipboard_x11 * x11, const xcb_generic_event_t *event) = {
		[XCB_FOCUS_IN] = on_focus_in,
		[XCB_FOCUS_OUT] = on_focus_out,
		[XCB_PROPERTY_NOTIFY] = on_property,
		[XCB_SELECTION_REQUEST] = on_request,
		[XCB_SELECTION_NOTIFY] = on_converted,
	};
	uint8_t type = event->response_type & 0x7f;

	if (type == x11->xfixes_event)
		on_owner(x11, event);
	else if (type < G_N_ELEMENTS(handlers) && handlers[type])
		handlers[type](x11, event);
}

static void dispatch(struct oriel_clipboard_x11 *x11)
{
	xcb_generic_event_t *event;

	do {
		while ((event = xcb_poll_for_event(x11->connection))) {
			handle(x11, event);
			free(event);
		}
	} while (oriel_clipboard_x11_poll_readings(x11));
}

static gboolean on_again(gpointer data)
{
	struct oriel_clipboard_x11 *x11 = data;

	x11->again = 0;
	dispatch(x11);
	return G_SOURCE_REMOVE;
}

/* The library reads events into its own queue while it writes; the descriptor does not tell. */
void oriel_clipboard_x11_flush(struct oriel_clipboard_x11 *x11)
{
	xcb_flush(x11->connection);
	if (!x11->again)
		x11->again = g_idle_add(on_again, x11);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct oriel_clipboard_x11 *x11 = data;

	dispatch(x11);
	if (!xcb_connection_has_error(x11->connection))
		return G_SOURCE_CONTINUE;
	x11->watch = 0;
	oriel_log(ORIEL_LOG_WARNING, "the X server broke the clipboard's connection off");
	return G_SOURCE_REMOVE;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void get_atoms(struct oriel_clipboard_x11 *x11)
{
	struct {
		const char *name;
		xcb_atom_t *atom;
		xcb_intern_atom_cookie_t cookie;
	} wanted[5 + ORIEL_CLIPBOARD_X11_NAMES_MAX] = {
		{"CLIPBOARD", &x11->selection},
		{"TARGETS", &x11->targets},
		{"TIMESTAMP", &x11->timestamp},
		{"INCR", &x11->incr},
		{"ORIEL_TIME", &x11->mark},
	};
	size_t count = 5;

	for (int i = 0; oriel_clipboard_names[i].mime; i++, count++) {
		wanted[count].name = oriel_clipboard_names[i].mime;
		wanted[count].atom = &x11->names[i];
	}
	for (size_t i = 0; i < count; i++)
		wanted[i].cookie = xcb_intern_atom(
			x11->connection, 0, (uint16_t)strlen(wanted[i].name), wanted[i].name);
	for (size_t i = 0; i < count; i++) {
		xcb_intern_atom_reply_t *reply =
			xcb_intern_atom_reply(x11->connection, wanted[i].cookie, NULL);

		*wanted[i].atom = reply ? reply->atom : XCB_ATOM_NONE;
		free(reply);
	}
}

static bool has_xfixes(struct oriel_clipboard_x11 *x11)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(x11->connection, &xcb_xfixes_id);
	xcb_xfixes_query_version_reply_t *version;

	if (!extension || !extension->present)
		return false;
	x11->xfixes_event = extension->first_event + XCB_XFIXES_SELECTION_NOTIFY;
	version = xcb_xfixes_query_version_reply(
		x11->connection, xcb_xfixes_query_version(x11->connection, 1, 0), NULL);
	free(version);
	return version != NULL;
}

static void watch_selection(struct oriel_clipboard_x11 *x11, const xcb_screen_t *screen)
{
	const uint32_t own = XCB_EVENT_MASK_PROPERTY_CHANGE;
	const uint32_t viewer = XCB_EVENT_MASK_FOCUS_CHANGE;

	x11->own = xcb_generate_id(x11->connection);
	xcb_create_window(x11->connection, XCB_COPY_FROM_PARENT, x11->own, screen->root, 0, 0, 1, 1,
		0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK, &own);
	xcb_change_window_attributes(x11->connection, x11->viewer, XCB_CW_EVENT_MASK, &viewer);
	xcb_xfixes_select_selection_input(x11->connection, x11->own, x11->selection,
		XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER |
			XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY |
			XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE);
}

static bool has_focus(struct oriel_clipboard_x11 *x11)
{
	xcb_get_input_focus_reply_t *reply = xcb_get_input_focus_reply(
		x11->connection, xcb_get_input_focus(x11->connection), NULL);
	bool result = reply && reply->focus == x11->viewer;

	free(reply);
	return result;
}

/* NULL: it can be used; else why not. */
static const char *connect(struct oriel_clipboard_x11 *x11)
{
	int number = 0;
	xcb_screen_iterator_t screens;

	x11->connection = xcb_connect(NULL, &number);
	if (xcb_connection_has_error(x11->connection))
		return "cannot connect to the X server";
	if (!has_xfixes(x11))
		return "the X server lacks the extension XFixes";
	get_atoms(x11);
	screens = xcb_setup_roots_iterator(xcb_get_setup(x11->connection));
	while (number-- && screens.rem > 1)
		xcb_screen_next(&screens);
	watch_selection(x11, screens.data);
	return NULL;
}

struct oriel_clipboard_x11 *oriel_clipboard_x11_open(
	struct oriel_clipboard *clipboard, uint32_t window, GError **error)
{
	struct oriel_clipboard_x11 *x11 = g_new0(struct oriel_clipboard_x11, 1);
	const char *problem;

	x11->clipboard = clipboard;
	x11->viewer = window;
	g_queue_init(&x11->servings);
	problem = connect(x11);
	if (problem) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s", problem);
		oriel_clipboard_x11_close(x11);
		return NULL;
	}
	x11->watch =
		g_unix_fd_add(xcb_get_file_descriptor(x11->connection), G_IO_IN, on_readable, x11);
	x11->is_attached = true;
	oriel_clipboard_attach(clipboard, ORIEL_CLIPBOARD_DESKTOP, &end, x11);
	if (has_focus(x11))
		gain_focus(x11);
	oriel_clipboard_x11_flush(x11);
	return x11;
}

void oriel_clipboard_x11_close(struct oriel_clipboard_x11 *x11)
{
	if (!x11)
		return;
	if (x11->watch)
		g_source_remove(x11->watch);
	if (x11->is_attached) {
		oriel_clipboard_x11_drop_servings(x11);
		oriel_clipboard_attach(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, NULL, NULL);
	}
	oriel_clipboard_x11_drop_readings(x11);
	if (x11->again)
		g_source_remove(x11->again);
	xcb_disconnect(x11->connection);
	g_free(x11);
}
