/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which extensions an X server offers. */
#include "window/probe.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

/* The reply, waited for until the end at most; NULL: none came. */
static xcb_list_extensions_reply_t *wait_for_reply(
	xcb_connection_t *connection, unsigned int sequence, uint64_t end_ns)
{
	struct pollfd poll_fd = {xcb_get_file_descriptor(connection), POLLIN, 0};
	xcb_generic_error_t *failure = NULL;
	void *reply = NULL;

	xcb_flush(connection);
	while (!xcb_poll_for_reply(connection, sequence, &reply, &failure)) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns || xcb_connection_has_error(connection))
			return NULL;
		poll(&poll_fd, 1, (int)((end_ns - now_ns) / 1000000 + 1));
	}
	free(failure);
	return reply;
}

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
		reply = wait_for_reply(
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
