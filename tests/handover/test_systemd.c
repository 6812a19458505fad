/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of systemd, on a bus of the test's own with a systemd that the test plays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "handover/systemd.h"

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"

static const char xml[] =
	"<node><interface name='org.freedesktop.systemd1.Manager'>"
	"<method name='SetUnitProperties'><arg type='s' direction='in'/>"
	"<arg type='b' direction='in'/><arg type='a(sv)' direction='in'/></method>"
	"<method name='StopUnit'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
	"<arg type='o' direction='out'/></method></interface>"
	"<interface name='org.freedesktop.systemd1.Slice'>"
	"<property name='AllowedCPUs' type='ay' access='read'/></interface>"
	"<interface name='org.freedesktop.systemd1.Scope'>"
	"<property name='AllowedCPUs' type='ay' access='read'/></interface></node>";

/* The played one: the limit of its units, and what it was asked last. Its thread and the test's
 * take turns. */
static struct {
	GTestDBus *daemon;
	GThread *thread;
	GMainLoop *loop;
	gint ready;
	guchar mask[16];
	gsize size;
	char unit[64];
	gboolean runtime;
} played;

static GVariant *on_get(GDBusConnection *bus, const char *sender, const char *path,
	const char *interface, const char *property, GError **error, void *data)
{
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, played.mask, played.size, 1);
}

static void set_properties(GVariant *parameters)
{
	g_autoptr(GVariantIter) properties = NULL;
	g_autoptr(GVariant) value = NULL;
	const char *unit, *property;
	const guchar *mask;

	g_variant_get(parameters, "(&sba(sv))", &unit, &played.runtime, &properties);
	g_strlcpy(played.unit, unit, sizeof played.unit);
	if (!g_variant_iter_next(properties, "(&sv)", &property, &value) ||
		strcmp(property, "AllowedCPUs") ||
		!g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
		return;
	mask = g_variant_get_fixed_array(value, &played.size, 1);
	if (played.size)
		memcpy(played.mask, mask, MIN(played.size, sizeof played.mask));
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
	const char *interface, const char *method, GVariant *parameters,
	GDBusMethodInvocation *invocation, void *data)
{
	if (!strcmp(method, "SetUnitProperties")) {
		set_properties(parameters);
		g_dbus_method_invocation_return_value(invocation, NULL);
		return;
	}
	g_dbus_method_invocation_return_dbus_error(
		invocation, NAME ".NoSuchUnit", "Unit not loaded.");
}

static void register_all(GDBusConnection *bus, GDBusNodeInfo *node)
{
	static const GDBusInterfaceVTable vtable = {on_call, on_get, NULL};
	static const char *const objects[][2] = {
		{PATH, NAME ".Manager"},
		{PATH "/unit/system_2eslice", NAME ".Slice"},
		{PATH "/unit/init_2escope", NAME ".Scope"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(objects); i++)
		g_dbus_connection_register_object(bus, objects[i][0],
			g_dbus_node_info_lookup_interface(node, objects[i][1]), &vtable, NULL, NULL,
			NULL);
}

static void *run_systemd(void *address)
{
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, NULL);
	GMainContext *context = g_main_context_new();
	GDBusConnection *bus;

	g_main_context_push_thread_default(context);
	bus = g_dbus_connection_new_for_address_sync(address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);
	register_all(bus, node);
	g_variant_unref(g_dbus_connection_call_sync(bus, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
		g_variant_new("(su)", NAME, 4u), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL));
	played.loop = g_main_loop_new(context, FALSE);
	g_atomic_int_set(&played.ready, 1);
	g_main_loop_run(played.loop);
	g_main_loop_unref(played.loop);
	g_object_unref(bus);
	g_main_context_pop_thread_default(context);
	g_main_context_unref(context);
	return NULL;
}

static int setup(void **state)
{
	const char *address;

	played.daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(played.daemon);
	address = g_test_dbus_get_bus_address(played.daemon);
	g_setenv("DBUS_SYSTEM_BUS_ADDRESS", address, TRUE);
	played.thread = g_thread_new("systemd", run_systemd, (void *)address);
	while (!g_atomic_int_get(&played.ready))
		g_usleep(1000);
	return 0;
}

static int teardown(void **state)
{
	g_main_loop_quit(played.loop);
	g_thread_join(played.thread);
	g_test_dbus_down(played.daemon);
	g_object_unref(played.daemon);
	return 0;
}

static void test_limits_as_they_are(void **state)
{
	static const struct {
		guchar mask[3];
		gsize size;
		const char *cpus;
	} rows[] = {{{0}, 0, ""}, {{0x0f}, 1, "0-3"}, {{0x01, 0x81}, 2, "0,8,15"},
		{{0, 0, 0x10}, 3, "20"}, {{0, 0}, 2, ""}};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *slice = NULL, *scope = NULL;

		memcpy(played.mask, rows[i].mask, sizeof rows[i].mask);
		played.size = rows[i].size;
		slice = oriel_systemd_get_cpus("system.slice", NULL);
		scope = oriel_systemd_get_cpus("init.scope", NULL);
		assert_string_equal(slice, rows[i].cpus);
		assert_string_equal(scope, rows[i].cpus);
	}
}

static void test_limits_that_are_set(void **state)
{
	static const char *const lists[] = {"0-3", "", "0-5,9", "64-65", "127"};

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *now = NULL;

		assert_true(oriel_systemd_set_cpus("system.slice", lists[i], NULL));
		assert_string_equal(played.unit, "system.slice");
		assert_true(played.runtime);
		now = oriel_systemd_get_cpus("system.slice", NULL);
		assert_string_equal(now, lists[i]);
	}
	assert_int_equal(played.size, 16);
}

static void test_units_that_are_not_there(void **state)
{
	g_autoptr(GError) error = NULL, second = NULL;

	assert_null(oriel_systemd_get_cpus("other.slice", &error));
	assert_non_null(strstr(error->message, "other.slice"));
	assert_false(oriel_systemd_stop("other.service", &second));
	assert_non_null(strstr(second->message, "other.service"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_as_they_are),
		cmocka_unit_test(test_limits_that_are_set),
		cmocka_unit_test(test_units_that_are_not_there),
	};
	g_autofree char *daemon = g_find_program_in_path("dbus-daemon");

	if (!daemon) {
		puts("1..0 # SKIP there is no dbus-daemon");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
