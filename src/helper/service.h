/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of oriel-helper on the bus: org.oriel.Helper1 at /org/oriel/Helper1.
 *
 * Thread: the main loop's. Hand-overs block a worker of its own, one after another.
 */
#ifndef ORIEL_HELPER_SERVICE_H
#define ORIEL_HELPER_SERVICE_H

#include "bind/perform.h"
#include "handover/kernel.h"

#include <gio/gio.h>

#define ORIEL_HELPER_NAME "org.oriel.Helper1"
#define ORIEL_HELPER_PATH "/org/oriel/Helper1"
#define ORIEL_HELPER_INTERFACE "org.oriel.Helper1"

struct oriel_helper_settings {
	struct oriel_kernel kernel;
	struct oriel_bind_runner runner; /* of what makes the computer's start anew */
	const struct oriel_host *host;	 /* outlives the service */
	gboolean trust_root;		 /* FALSE in tests: everybody needs polkit */
	guint idle_s;			 /* ends after so long without a call; 0: never */
};

/* Takes home and undoes what was interrupted, then answers calls until it was idle, the bus is gone
 * or loop was quit. FALSE: it could not be put on the bus. */
gboolean oriel_helper_serve(GDBusConnection *bus, GMainLoop *loop,
	const struct oriel_helper_settings *settings, GError **error);

/* Checks a call as it comes from the bus, before anybody is asked for a right. parameters: of any
 * type. FALSE: refused, with a sentence. */
gboolean oriel_helper_check(const char *method, GVariant *parameters, GError **error);

#endif
