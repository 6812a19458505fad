/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/locks.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>

static const struct {
	const char *lamp;
	unsigned lock;
} names[ORIEL_X11_LOCK_COUNT] = {
	{"Caps Lock", ORIEL_LOCK_CAPS},
	{"Num Lock", ORIEL_LOCK_NUM},
	{"Scroll Lock", ORIEL_LOCK_SCROLL},
};

/* The lamp's bit among all; 0: this keyboard has no such lamp. */
static uint32_t find_lamp(xcb_connection_t *connection, const char *name, bool *ret_on)
{
	xcb_intern_atom_reply_t *atom = xcb_intern_atom_reply(
		connection, xcb_intern_atom(connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_xkb_get_named_indicator_reply_t *lamp = NULL;
	uint32_t bit = 0;

	if (atom)
		lamp = xcb_xkb_get_named_indicator_reply(connection,
			xcb_xkb_get_named_indicator(connection, XCB_XKB_ID_USE_CORE_KBD,
				XCB_XKB_LED_CLASS_DFLT_XI_CLASS, XCB_XKB_ID_DFLT_XI_ID, atom->atom),
			NULL);
	if (lamp && lamp->found && lamp->ndx < 32) {
		bit = UINT32_C(1) << lamp->ndx;
		*ret_on = lamp->on;
	}
	free(lamp);
	free(atom);
	return bit;
}

void oriel_x11_locks_init(struct oriel_x11_locks *locks, xcb_connection_t *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_xkb_id);
	const uint16_t wanted = XCB_XKB_EVENT_TYPE_INDICATOR_STATE_NOTIFY;

	*locks = (struct oriel_x11_locks){0};
	if (!extension || !extension->present)
		return;
	locks->first_event = extension->first_event;
	xcb_xkb_select_events(connection, XCB_XKB_ID_USE_CORE_KBD, wanted, 0, wanted, 0, 0, NULL);
	for (size_t i = 0; i < ORIEL_X11_LOCK_COUNT; i++) {
		bool is_on = false;

		locks->lamps[i] = find_lamp(connection, names[i].lamp, &is_on);
		locks->now |= is_on ? names[i].lock : 0;
	}
}

bool oriel_x11_locks_take_rt(struct oriel_x11_locks *locks, const xcb_generic_event_t *event)
{
	const xcb_xkb_indicator_state_notify_event_t *lamps =
		(const xcb_xkb_indicator_state_notify_event_t *)event;
	unsigned now = 0;

	/* All of the extension's events have one number; which it is stands inside. */
	if (!locks->first_event || (event->response_type & 0x7f) != locks->first_event ||
		lamps->xkbType != XCB_XKB_INDICATOR_STATE_NOTIFY)
		return false;
	for (size_t i = 0; i < ORIEL_X11_LOCK_COUNT; i++)
		now |= lamps->state & locks->lamps[i] ? names[i].lock : 0;
	if (now == locks->now)
		return false;
	locks->now = now;
	return true;
}
