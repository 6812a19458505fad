/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other end of a control socket. Thread: any. Blocks for at most the time given. */
#ifndef ORIEL_CONTROL_CLIENT_H
#define ORIEL_CONTROL_CLIENT_H

#include <json-glib/json-glib.h>

/* Sends one request and gives back its answer, an object with "ok", owned by the caller. NULL and
 * error set where there was none: NOT_FOUND and CONNECTION_REFUSED when nobody listens at path. */
JsonObject *oriel_control_client_ask(
	const char *path, JsonObject *request, guint timeout_s, GError **error);

#endif
