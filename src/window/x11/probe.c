/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which extensions an X server offers. */
#include "window/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xcb.h>

#include "base/time.h"
#include "window/x11/reply.h"

static void offer_names(xcb_list_extensions_reply_t *reply, oriel_window_offer offer, void *data)
{
	xcb_str_iterator_t iterator = xcb_list_extensions_names_iterator(reply);

	for (; iterator.rem; xcb_str_next(&iterator)) {
		char name[256];
		size_t length = (size_t)xcb_str_name_length(iterator.data);

		memcpy(name, xcb_str_name(iterator.data), length);
		name[length] = '\0';
		offer(name, data);
	}
}

static int list_x11(oriel_window_offer offer, void *data)
{
	uint64_t end_ns = oriel_time_now_ns() + (uint64_t)ORIEL_WINDOW_PROBE_MS * 1000000;
	xcb_connection_t *connection = xcb_connect(NULL, NULL);
	xcb_list_extensions_reply_t *reply = NULL;

	if (!xcb_connection_has_error(connection))
		reply = oriel_x11_reply_wait(
			connection, xcb_list_extensions(connection).sequence, end_ns);
	if (reply)
		offer_names(reply, offer, data);
	xcb_disconnect(connection);
	if (!reply)
		return -ECONNREFUSED;
	free(reply);
	return 0;
}

const struct oriel_window_probe oriel_window_probe_x11 = {"X11", "DISPLAY", list_x11};
