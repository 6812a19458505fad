/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's end of a control socket.
 *
 * A request is one line, a JSON object with a "command"; the answer is one line, an object whose
 * "ok" is true or, with the reason in "error", false. A client's requests are answered in order,
 * one at a time. Only the user who runs the viewer, and root, are listened to. Main thread, its
 * default main context; never blocks.
 */
#ifndef ORIEL_CONTROL_SERVER_H
#define ORIEL_CONTROL_SERVER_H

#include <json-glib/json-glib.h>

/* The longest request, its newline included. */
#define ORIEL_CONTROL_LINE_MAX_BYTES 4096u

struct oriel_control_server;

/* One request that waits for its answer. */
struct oriel_control_call;

/* Answers call before it returns or later, exactly once. command and request are borrowed until
 * the answer. */
typedef void (*oriel_control_handler)(
	void *data, struct oriel_control_call *call, const char *command, JsonObject *request);

/* Listens at path; makes its folder (mode 0700) and the socket (mode 0600). A socket that nobody
 * listens at any more is replaced; ADDRESS_IN_USE where somebody does. */
struct oriel_control_server *oriel_control_server_open(
	const char *path, oriel_control_handler handler, void *data, GError **error);
/* Removes the socket. Calls not yet answered may still be. NULL is fine. */
void oriel_control_server_close(struct oriel_control_server *server);

/* Both use the call up. members (may be NULL) is consumed: what the answer has besides "ok". */
void oriel_control_call_answer(struct oriel_control_call *call, JsonObject *members);
void oriel_control_call_refuse(struct oriel_control_call *call, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif
