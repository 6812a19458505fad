/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/events.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "window/x11/parts.h"

static const uint32_t buttons[] = {
	[1] = BTN_LEFT, [2] = BTN_MIDDLE, [3] = BTN_RIGHT, [8] = BTN_SIDE, [9] = BTN_EXTRA};

/* X key codes are the kernel's plus this. */
#define KEY_OFFSET 8

struct delivery {
	struct oriel_x11 *x11;
	const struct oriel_window_listener *listener;
	void *data;
};

static void on_key(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_key_press_event_t *key = (const xcb_key_press_event_t *)event;
	bool pressed = (event->response_type & 0x7f) == XCB_KEY_PRESS;

	if (key->detail >= KEY_OFFSET)
		to->listener->key_rt(to->data, key->detail - KEY_OFFSET, pressed);
}

static void on_button(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_button_press_event_t *button = (const xcb_button_press_event_t *)event;
	bool pressed = (event->response_type & 0x7f) == XCB_BUTTON_PRESS;
	uint32_t number = button->detail;
	int32_t x_120, y_120;

	if (oriel_x11_raw_find_notch(number, &x_120, &y_120)) {
		if (pressed && !oriel_x11_raw_hears_rt(&to->x11->input.raw, event))
			to->listener->wheel_rt(to->data, x_120, y_120);
		return;
	}
	if (number < sizeof buttons / sizeof buttons[0] && buttons[number])
		to->listener->button_rt(to->data, buttons[number], pressed);
}

static void on_motion(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_motion_notify_event_t *motion = (const xcb_motion_notify_event_t *)event;
	struct oriel_x11_input *input = &to->x11->input;
	double x_px, y_px;

	if (!(input->grab & ORIEL_GRAB_POINTER))
		to->listener->motion_rt(to->data, motion->event_x, motion->event_y);
	else if (oriel_x11_input_take_motion_rt(input, motion, &x_px, &y_px))
		to->listener->relative_rt(to->data, x_px, y_px);
}

/* Where the pointer came in, or rested when the window came to be under it. Grabs tell such things
 * of themselves as well. */
static void on_enter(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_enter_notify_event_t *enter = (const xcb_enter_notify_event_t *)event;

	oriel_x11_input_note_crossing_rt(&to->x11->input, true);
	if (enter->mode == XCB_NOTIFY_MODE_NORMAL && !(to->x11->input.grab & ORIEL_GRAB_POINTER))
		to->listener->motion_rt(to->data, enter->event_x, enter->event_y);
}

static void on_leave(const struct delivery *to, const xcb_generic_event_t *event)
{
	oriel_x11_input_note_crossing_rt(&to->x11->input, false);
}

static void tell_raw(const struct delivery *to, const struct oriel_x11_raw_news *news)
{
	if (news->has_motion)
		to->listener->relative_rt(to->data, news->x_px, news->y_px);
	if (news->wheel_x_120 || news->wheel_y_120)
		to->listener->wheel_rt(to->data, news->wheel_x_120, news->wheel_y_120);
}

static void on_extension(const struct delivery *to, const xcb_generic_event_t *event)
{
	struct oriel_x11_raw_news news;
	struct oriel_x11_photon photon;

	if (oriel_x11_input_take_raw_rt(&to->x11->input, event, &news))
		tell_raw(to, &news);
	else if (oriel_x11_photons_take_rt(&to->x11->photons, event, &photon))
		to->listener->presented_rt(
			to->data, photon.stamp_ns, photon.seen_ns, photon.period_ns);
}

static void tell_focus(const struct delivery *to, bool is_in)
{
	to->x11->is_focused = is_in;
	to->listener->focus_rt(to->data, is_in);
	if (is_in)
		to->listener->locks_rt(to->data, to->x11->locks.now);
}

static void on_focus(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_focus_in_event_t *focus = (const xcb_focus_in_event_t *)event;
	bool is_in = (event->response_type & 0x7f) == XCB_FOCUS_IN;
	bool is_own =
		to->x11->input.grab & ORIEL_GRAB_KEYBOARD &&
		(focus->mode == XCB_NOTIFY_MODE_GRAB || focus->mode == XCB_NOTIFY_MODE_UNGRAB);

	/* Going out when a grab ends concerns the window that had the grab alone: this one. */
	is_own |= !is_in && focus->mode == XCB_NOTIFY_MODE_UNGRAB;
	/* Another program's grab takes the keys away as much as a change of focus does. */
	if (!is_own && focus->detail < XCB_NOTIFY_DETAIL_POINTER)
		tell_focus(to, is_in);
}

static void on_unmap(const struct delivery *to, const xcb_generic_event_t *event)
{
	if (oriel_x11_input_note_unmapped_rt(&to->x11->input))
		to->listener->grab_lost_rt(to->data);
}

static void on_expose(const struct delivery *to, const xcb_generic_event_t *event)
{
	if (((const xcb_expose_event_t *)event)->count == 0)
		to->listener->exposed_rt(to->data);
}

static void on_configure(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_configure_notify_event_t *configure = (const xcb_configure_notify_event_t *)event;

	if (configure->width == to->x11->width_px && configure->height == to->x11->height_px)
		return;
	to->x11->width_px = configure->width;
	to->x11->height_px = configure->height;
	to->listener->resized_rt(to->data, configure->width, configure->height);
}

static void on_client_message(const struct delivery *to, const xcb_generic_event_t *event)
{
	const xcb_client_message_event_t *message = (const xcb_client_message_event_t *)event;

	if (message->type == to->x11->atoms[ORIEL_X11_ATOM_WM_PROTOCOLS] &&
		message->data.data32[0] == to->x11->atoms[ORIEL_X11_ATOM_WM_DELETE_WINDOW])
		to->listener->close_requested_rt(to->data);
}

static void on_destroy(const struct delivery *to, const xcb_generic_event_t *event)
{
	to->listener->close_requested_rt(to->data);
}

typedef void (*event_handler)(const struct delivery *to, const xcb_generic_event_t *event);

static const event_handler handlers[128] = {
	[XCB_KEY_PRESS] = on_key,
	[XCB_KEY_RELEASE] = on_key,
	[XCB_BUTTON_PRESS] = on_button,
	[XCB_BUTTON_RELEASE] = on_button,
	[XCB_MOTION_NOTIFY] = on_motion,
	[XCB_ENTER_NOTIFY] = on_enter,
	[XCB_LEAVE_NOTIFY] = on_leave,
	[XCB_FOCUS_IN] = on_focus,
	[XCB_FOCUS_OUT] = on_focus,
	[XCB_EXPOSE] = on_expose,
	[XCB_CONFIGURE_NOTIFY] = on_configure,
	[XCB_CLIENT_MESSAGE] = on_client_message,
	[XCB_UNMAP_NOTIFY] = on_unmap,
	[XCB_DESTROY_NOTIFY] = on_destroy,
	[XCB_GE_GENERIC] = on_extension,
};

/* xcb hands each event out in memory of its own: the one allocation that X11 costs the frame path.
 */
int oriel_x11_dispatch_rt(struct oriel_window *window, bool readable,
	const struct oriel_window_listener *listener, void *data)
{
	struct oriel_x11 *x11 = (struct oriel_x11 *)window;
	struct delivery to = {x11, listener, data};
	xcb_generic_event_t *event = readable ? xcb_poll_for_event(x11->connection)
					      : xcb_poll_for_queued_event(x11->connection);

	while (event) {
		event_handler handler = handlers[event->response_type & 0x7f];

		if (handler)
			handler(&to, event);
		else if (oriel_x11_locks_take_rt(&x11->locks, event) && x11->is_focused)
			listener->locks_rt(data, x11->locks.now);
		free(event);
		event = xcb_poll_for_queued_event(x11->connection);
	}
	if (oriel_x11_input_take_refusal_rt(&x11->input))
		listener->grab_lost_rt(data);
	return xcb_connection_has_error(x11->connection) ? -EPIPE : 0;
}
