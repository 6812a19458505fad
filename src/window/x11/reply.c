/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window/x11/reply.h"

#include <poll.h>
#include <stdlib.h>
#include <xcb/xcbext.h>

#include "base/time.h"

void *oriel_x11_reply_wait(xcb_connection_t *connection, unsigned int sequence, uint64_t end_ns)
{
	struct pollfd wait = {xcb_get_file_descriptor(connection), POLLIN, 0};
	xcb_generic_error_t *failure = NULL;
	void *reply = NULL;

	xcb_flush(connection);
	while (!xcb_poll_for_reply(connection, sequence, &reply, &failure)) {
		uint64_t now_ns = oriel_time_now_ns();

		if (now_ns >= end_ns || xcb_connection_has_error(connection)) {
			xcb_discard_reply(connection, sequence);
			return NULL;
		}
		poll(&wait, 1, (int)((end_ns - now_ns) / ORIEL_NS_PER_MS + 1));
	}
	free(failure);
	return reply;
}
