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

/* False: this keyboard has no such lamp, or it is off. */
static bool find_lamp(struct oriel_x11_locks *locks, size_t index)
{
	const char *name = names[index].lamp;
	xcb_intern_atom_reply_t *atom = xcb_intern_atom_reply(locks->connection,
		xcb_intern_atom(locks->connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_xkb_get_named_indicator_reply_t *lamp = NULL;
	bool is_on = false;

	if (atom)
		lamp = xcb_xkb_get_named_indicator_reply(locks->connection,
			xcb_xkb_get_named_indicator(locks->connection, XCB_XKB_ID_USE_CORE_KBD,
				XCB_XKB_LED_CLASS_DFLT_XI_CLASS, XCB_XKB_ID_DFLT_XI_ID, atom->atom),
			NULL);
	if (lamp && lamp->found && lamp->ndx < 32) {
		locks->lamps[index].name = atom->atom;
		locks->lamps[index].bit = UINT32_C(1) << lamp->ndx;
		locks->lamps[index].modifiers = lamp->map_mods;
		is_on = lamp->on;
	}
	free(lamp);
	free(atom);
	return is_on;
}

void oriel_x11_locks_init(struct oriel_x11_locks *locks, xcb_connection_t *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_xkb_id);
	const uint16_t wanted = XCB_XKB_EVENT_TYPE_INDICATOR_STATE_NOTIFY;

	*locks = (struct oriel_x11_locks){.connection = connection};
	if (!extension || !extension->present)
		return;
	locks->first_event = extension->first_event;
	xcb_xkb_select_events(connection, XCB_XKB_ID_USE_CORE_KBD, wanted, 0, wanted, 0, 0, NULL);
	for (size_t i = 0; i < ORIEL_X11_LOCK_COUNT; i++)
		locks->now |= find_lamp(locks, i) ? names[i].lock : 0;
}

/* Scroll Lock on most desktops: no modifier stands for it. */
static void set_lamp(const struct oriel_x11_locks *locks, size_t index, bool on)
{
	xcb_xkb_set_named_indicator(locks->connection, XCB_XKB_ID_USE_CORE_KBD,
		XCB_XKB_LED_CLASS_DFLT_XI_CLASS, XCB_XKB_ID_DFLT_XI_ID, locks->lamps[index].name, 1,
		on, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

void oriel_x11_locks_set_rt(struct oriel_x11_locks *locks, unsigned changed, unsigned wanted)
{
	uint8_t affected = 0, on = 0;

	for (size_t i = 0; i < ORIEL_X11_LOCK_COUNT; i++) {
		uint8_t modifiers = locks->lamps[i].modifiers;
		bool is_on = wanted & names[i].lock;

		if (!(changed & names[i].lock) || !locks->lamps[i].bit)
			continue;
		affected |= modifiers;
		on |= is_on ? modifiers : 0;
		if (!modifiers)
			set_lamp(locks, i, is_on);
	}
	if (affected)
		xcb_xkb_latch_lock_state(
			locks->connection, XCB_XKB_ID_USE_CORE_KBD, affected, on, 0, 0, 0, 0, 0);
	xcb_flush(locks->connection);
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
		now |= lamps->state & locks->lamps[i].bit ? names[i].lock : 0;
	if (now == locks->now)
		return false;
	locks->now = now;
	return true;
}
