/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel-helper with a kernel that lives in a made-up tree, for tests of the programs that ask it.
 * usage: served BUS-ADDRESS ROOT; ends by a signal.
 */
#include <gio/gio.h>
#include <stdio.h>

#include "helper/service.h"
#include "tests/handover/fake_kernel.h"

int main(int argc, char **argv)
{
	struct tree tree = {.root = argc == 3 ? argv[2] : NULL};
	struct fake_kernel fake = {.tree = &tree};
	g_autoptr(GError) error = NULL;
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct oriel_helper_settings settings = {
		.kernel = {&fake_kernel_ops, &fake}, .trust_root = TRUE};
	struct oriel_host *host;
	GDBusConnection *bus;
	gboolean ok;

	if (argc != 3)
		return 2;
	bus = g_dbus_connection_new_for_address_sync(argv[1],
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, &error);
	host = oriel_host_create(tree.root);
	settings.host = host;
	ok = bus && oriel_helper_serve(bus, loop, &settings, &error);
	if (!ok)
		fprintf(stderr, "served: %s\n", error->message);
	g_clear_object(&bus);
	oriel_host_destroy(host);
	return ok ? 0 : 1;
}
