/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking what another client has: it is asked to put a content into a property of our window, which
 * is named like the content's type, so that several can be under way. What is large comes in parts
 * (INCR): each deletion of the property asks for the next one.
 */
#include "clipboard/x11/private.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xcbext.h>

#define TARGETS_MAX 256u

static struct oriel_clipboard_reading *find(struct oriel_clipboard_x11 *x11, xcb_atom_t target)
{
	for (int i = 0; i < ORIEL_CLIPBOARD_X11_READINGS; i++)
		if (target && x11->readings[i].target == target)
			return &x11->readings[i];
	return NULL;
}

static void stop(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	if (reading->sequence)
		xcb_discard_reply(x11->connection, reading->sequence);
	g_clear_pointer(&reading->parts, g_byte_array_unref);
	*reading = (struct oriel_clipboard_reading){0};
}

static void start(struct oriel_clipboard_x11 *x11, int index, xcb_atom_t target)
{
	struct oriel_clipboard_reading *reading = &x11->readings[index];

	stop(x11, reading);
	reading->target = target;
	xcb_convert_selection(
		x11->connection, x11->own, x11->selection, target, target, XCB_CURRENT_TIME);
	oriel_clipboard_x11_flush(x11);
}

void oriel_clipboard_x11_read_list(struct oriel_clipboard_x11 *x11)
{
	start(x11, ORIEL_CLIPBOARD_X11_LIST, x11->targets);
}

void oriel_clipboard_x11_read(struct oriel_clipboard_x11 *x11, enum oriel_clipboard_format format)
{
	if (x11->readable[format])
		start(x11, (int)format, x11->readable[format]);
	else
		oriel_clipboard_deliver(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, format, NULL);
}

void oriel_clipboard_x11_drop_readings(struct oriel_clipboard_x11 *x11)
{
	for (int i = 0; i < ORIEL_CLIPBOARD_X11_READINGS; i++)
		stop(x11, &x11->readings[i]);
	memset(x11->readable, 0, sizeof x11->readable);
}

/* ---- what came ------------------------------------------------------------------------------- */

static size_t limit_of(
	const struct oriel_clipboard_x11 *x11, const struct oriel_clipboard_reading *reading)
{
	return reading == &x11->readings[ORIEL_CLIPBOARD_X11_LIST]
		       ? TARGETS_MAX * sizeof(xcb_atom_t)
		       : oriel_clipboard_get_limit(x11->clipboard);
}

static void take_list(struct oriel_clipboard_x11 *x11, const GByteArray *parts)
{
	const xcb_atom_t *atoms = (const xcb_atom_t *)(const void *)parts->data;
	uint32_t formats = 0;

	memset(x11->readable, 0, sizeof x11->readable);
	for (int i = 0; oriel_clipboard_names[i].mime; i++) {
		enum oriel_clipboard_format format = oriel_clipboard_names[i].format;

		for (size_t j = 0; j < parts->len / sizeof *atoms; j++)
			if (atoms[j] == x11->names[i] && !x11->readable[format]) {
				x11->readable[format] = atoms[j];
				formats |= 1u << format;
			}
	}
	oriel_clipboard_offer(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, formats);
}

static void fail(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	int index = (int)(reading - x11->readings);

	stop(x11, reading);
	if (index == ORIEL_CLIPBOARD_X11_LIST)
		oriel_clipboard_offer(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, 0);
	else
		oriel_clipboard_deliver(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP,
			(enum oriel_clipboard_format)index, NULL);
}

static void finish(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	int index = (int)(reading - x11->readings);
	g_autoptr(GByteArray) parts = g_steal_pointer(&reading->parts);
	g_autoptr(GBytes) bytes = NULL;

	stop(x11, reading);
	if (index == ORIEL_CLIPBOARD_X11_LIST) {
		take_list(x11, parts);
		return;
	}
	bytes = g_byte_array_free_to_bytes(g_steal_pointer(&parts));
	oriel_clipboard_deliver(
		x11->clipboard, ORIEL_CLIPBOARD_DESKTOP, (enum oriel_clipboard_format)index, bytes);
}

static void refuse(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	int index = (int)(reading - x11->readings);

	if (index != ORIEL_CLIPBOARD_X11_LIST)
		oriel_clipboard_refuse(x11->clipboard, ORIEL_CLIPBOARD_DESKTOP,
			(enum oriel_clipboard_format)index);
	fail(x11, reading);
}

static void ask_property(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	size_t words = limit_of(x11, reading) / 4 + 2; /* more than allowed, to see that it is */

	reading->sequence = xcb_get_property(x11->connection, 1, x11->own, reading->target,
		XCB_GET_PROPERTY_TYPE_ANY, 0, (uint32_t)MIN(words, (size_t)G_MAXINT32))
				    .sequence;
	oriel_clipboard_x11_flush(x11);
}

void oriel_clipboard_x11_on_converted(
	struct oriel_clipboard_x11 *x11, const xcb_selection_notify_event_t *event)
{
	struct oriel_clipboard_reading *reading = find(x11, event->target);

	if (!reading || event->selection != x11->selection || event->requestor != x11->own)
		return;
	if (event->property == event->target)
		ask_property(x11, reading);
	else
		fail(x11, reading);
}

void oriel_clipboard_x11_on_part(struct oriel_clipboard_x11 *x11, xcb_atom_t property)
{
	struct oriel_clipboard_reading *reading = find(x11, property);

	if (reading && reading->sequence)
		reading->has_next = true;
	else if (reading && reading->is_incremental)
		ask_property(x11, reading);
}

/* Asking for a part deletes it, which makes the owner put the next one there: that may be told
 * before the answer with this one is looked at. */
static void wait_for_part(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading)
{
	reading->is_incremental = true;
	if (reading->has_next)
		ask_property(x11, reading);
	reading->has_next = false;
}

static void take_reply(struct oriel_clipboard_x11 *x11, struct oriel_clipboard_reading *reading,
	const xcb_get_property_reply_t *reply)
{
	uint32_t size = (uint32_t)xcb_get_property_value_length(reply);

	if (reply->type == x11->incr) {
		wait_for_part(x11, reading);
		return;
	}
	if (!reading->parts)
		reading->parts = g_byte_array_new();
	g_byte_array_append(reading->parts, xcb_get_property_value(reply), size);
	if (reading->parts->len > limit_of(x11, reading) || reply->bytes_after)
		refuse(x11, reading);
	else if (!reading->is_incremental || !size)
		finish(x11, reading);
	else
		wait_for_part(x11, reading);
}

bool oriel_clipboard_x11_poll_readings(struct oriel_clipboard_x11 *x11)
{
	bool has_come = false;

	for (int i = 0; i < ORIEL_CLIPBOARD_X11_READINGS; i++) {
		struct oriel_clipboard_reading *reading = &x11->readings[i];
		xcb_generic_error_t *problem = NULL;
		void *reply = NULL;

		if (!reading->sequence ||
			!xcb_poll_for_reply(x11->connection, reading->sequence, &reply, &problem))
			continue;
		has_come = true;
		reading->sequence = 0;
		if (reply)
			take_reply(x11, reading, reply);
		else
			fail(x11, reading);
		free(reply);
		free(problem);
	}
	return has_come;
}
