/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/systemd.h"

#include "host/cpus.h"

#include <gio/gio.h>
#include <string.h>

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define TIMEOUT_MS 5000

/* Takes parameters, which may be floating. */
static GVariant *ask(const char *path, const char *interface, const char *method,
	GVariant *parameters, const char *unit, GError **error)
{
	g_autoptr(GVariant) arguments = g_variant_ref_sink(parameters);
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
	GVariant *reply = NULL;

	if (bus)
		reply = g_dbus_connection_call_sync(bus, NAME, path, interface, method, arguments,
			NULL, G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL, error);
	if (!reply)
		g_prefix_error(error, "cannot reach the unit %s: ", unit);
	return reply;
}

static gboolean ask_manager(
	const char *method, GVariant *parameters, const char *unit, GError **error)
{
	g_autoptr(GVariant) reply = ask(PATH, MANAGER, method, parameters, unit, error);

	return reply != NULL;
}

gboolean oriel_systemd_stop(const char *unit, GError **error)
{
	return ask_manager("StopUnit", g_variant_new("(ss)", unit, "replace"), unit, error);
}

gboolean oriel_systemd_start(const char *unit, GError **error)
{
	return ask_manager("StartUnit", g_variant_new("(ss)", unit, "replace"), unit, error);
}

/* ---- processors ----------------------------------------------------------------------------- */

/* "system.slice" is /org/freedesktop/systemd1/unit/system_2eslice. */
static char *get_path(const char *unit)
{
	GString *path = g_string_new(PATH "/unit/");

	for (const char *at = unit; *at; at++)
		if (g_ascii_isalnum(*at))
			g_string_append_c(path, *at);
		else
			g_string_append_printf(path, "_%02x", (guchar)*at);
	return g_string_free(path, FALSE);
}

/* unit.c of systemd tells slices and scopes by their ending, and so do its interfaces. */
static char *get_interface(const char *unit)
{
	const char *ending = strrchr(unit, '.');

	return g_strconcat(NAME, ".", !g_strcmp0(ending, ".scope") ? "Scope" : "Slice", NULL);
}

/* A bit for each processor, the first byte's lowest is 0. */
static char *format_mask(const guchar *mask, gsize size)
{
	struct oriel_cpus cpus = {0};

	for (guint cpu = 0; cpu < MIN(size * 8, ORIEL_CPUS_MAX); cpu++)
		oriel_cpus_set(&cpus, cpu, mask[cpu / 8] >> (cpu % 8) & 1);
	return oriel_cpus_format(&cpus);
}

char *oriel_systemd_get_cpus(const char *unit, GError **error)
{
	g_autofree char *path = get_path(unit);
	g_autofree char *interface = get_interface(unit);
	g_autoptr(GVariant) value = NULL;
	g_autoptr(GVariant) reply = ask(path, "org.freedesktop.DBus.Properties", "Get",
		g_variant_new("(ss)", interface, "AllowedCPUs"), unit, error);
	const guchar *mask;
	gsize size = 0;

	if (!reply)
		return NULL;
	if (!g_variant_is_of_type(reply, G_VARIANT_TYPE("(v)"))) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			"systemd answered %s about %s", g_variant_get_type_string(reply), unit);
		return NULL;
	}
	g_variant_get(reply, "(v)", &value);
	if (!g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "AllowedCPUs of %s is a %s",
			unit, g_variant_get_type_string(value));
		return NULL;
	}
	mask = g_variant_get_fixed_array(value, &size, 1);
	return format_mask(mask, size);
}

static GVariant *make_mask(const struct oriel_cpus *cpus)
{
	guchar mask[ORIEL_CPUS_MAX / 8] = {0};
	gsize size = 0;

	for (guint cpu = 0; cpu < ORIEL_CPUS_MAX; cpu++) {
		if (!oriel_cpus_has(cpus, cpu))
			continue;
		mask[cpu / 8] |= (guchar)(1u << (cpu % 8));
		size = cpu / 8 + 1;
	}
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, mask, size, 1);
}

gboolean oriel_systemd_set_cpus(const char *unit, const char *text, GError **error)
{
	struct oriel_cpus cpus = {0};
	GVariantBuilder properties;

	g_return_val_if_fail(oriel_cpus_parse(text, &cpus), FALSE);
	g_variant_builder_init(&properties, G_VARIANT_TYPE("a(sv)"));
	g_variant_builder_add(&properties, "(sv)", "AllowedCPUs", make_mask(&cpus));
	/* TRUE: until the computer starts anew. */
	return ask_manager("SetUnitProperties", g_variant_new("(sba(sv))", unit, TRUE, &properties),
		unit, error);
}
