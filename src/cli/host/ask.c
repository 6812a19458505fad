/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/ask.h"

#include <gio/gio.h>
#include <string.h>

#define HELPER_NAME "org.oriel.Helper1"
#define HELPER_PATH "/org/oriel/Helper1"
/* Somebody types a password, then a driver lets go, or the images that the computer starts from are
 * made anew. */
#define HELPER_TIMEOUT_MS 1800000

static const struct {
	const char *name;
	enum oriel_exit exit;
} helper_errors[] = {
	{"org.oriel.Helper1.Error.Invalid", ORIEL_EXIT_USAGE},
	{"org.oriel.Helper1.Error.NotFound", ORIEL_EXIT_NOT_FOUND},
	{"org.oriel.Helper1.Error.Busy", ORIEL_EXIT_REFUSED},
	{"org.oriel.Helper1.Error.Refused", ORIEL_EXIT_REFUSED},
	{"org.oriel.Helper1.Error.NotSupported", ORIEL_EXIT_REFUSED},
	{"org.oriel.Helper1.Error.TimedOut", ORIEL_EXIT_TIMED_OUT},
};

static int get_exit(GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error(error);

	g_dbus_error_strip_remote_error(error);
	for (guint i = 0; name && i < G_N_ELEMENTS(helper_errors); i++)
		if (!strcmp(helper_errors[i].name, name))
			return helper_errors[i].exit;
	if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
		g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
		g_prefix_error(&error, "oriel-helper is not installed on this system, and only it "
				       "may do this: ");
	return ORIEL_EXIT_FAILED;
}

int oriel_ask_helper(const char *method, GVariant *parameters, GVariant **ret_reply, GError **error)
{
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
	g_autoptr(GVariant) reply = NULL;

	if (parameters)
		g_variant_take_ref(parameters);
	if (bus)
		reply = g_dbus_connection_call_sync(bus, HELPER_NAME, HELPER_PATH, HELPER_NAME,
			method, parameters, NULL, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
			HELPER_TIMEOUT_MS, NULL, error);
	else
		g_prefix_error(error, "cannot reach the system bus, over which oriel-helper is "
				      "asked: ");
	if (parameters)
		g_variant_unref(parameters);
	if (reply && ret_reply)
		*ret_reply = g_variant_ref(reply);
	if (reply)
		return ORIEL_EXIT_OK;
	return bus ? get_exit(*error) : ORIEL_EXIT_FAILED;
}
