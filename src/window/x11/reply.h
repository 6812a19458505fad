/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of an X server that may hang. Thread: that of the connection. */
#ifndef ORIEL_WINDOW_X11_REPLY_H
#define ORIEL_WINDOW_X11_REPLY_H

#include <stdint.h>
#include <xcb/xcb.h>

/* The answer to the request, for the caller to free, waited for until end_ns at most. NULL: none
 * came, or the server refused. */
void *oriel_x11_reply_wait(xcb_connection_t *connection, unsigned int sequence, uint64_t end_ns);

#endif
