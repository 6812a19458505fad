/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/usb.h"

#include <stdbool.h>
#include <string.h>

#define DEVICES "/sys/bus/usb/devices"
#define CLASS_HUB 9

/* By the class numbers that the USB forum gave. */
static const struct {
	guint number;
	const char *kind;
} classes[] = {
	{0x01, "sound"},
	{0x02, "modem or network"},
	{0x03, "keyboard or mouse"},
	{0x06, "camera"},
	{0x07, "printer"},
	{0x08, "storage"},
	{0x0b, "smart card"},
	{0x0e, "video"},
	{0xe0, "wireless"},
};

static const char *find_kind(guint number)
{
	for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
		if (classes[i].number == number)
			return classes[i].kind;
	return NULL;
}

static guint read_hex(const struct oriel_host *host, const char *name, const char *file)
{
	g_autofree char *text = oriel_host_read(host, DEVICES "/%s/%s", name, file);

	return text ? g_ascii_strtoull(text, NULL, 16) : 0;
}

static guint read_decimal(const struct oriel_host *host, const char *name, const char *file)
{
	g_autofree char *text = oriel_host_read(host, DEVICES "/%s/%s", name, file);

	return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

/* What it is, it says itself or by the first of its interfaces that is known. */
static const char *read_kind(const struct oriel_host *host, const char *name, char **entries)
{
	g_autofree char *prefix = g_strconcat(name, ":", NULL);
	const char *kind = find_kind(read_hex(host, name, "bDeviceClass"));

	for (char **entry = entries; *entry && !kind; entry++)
		if (g_str_has_prefix(*entry, prefix))
			kind = find_kind(read_hex(host, *entry, "bInterfaceClass"));
	return kind ? kind : "other";
}

static char *read_name(const struct oriel_host *host, const char *name)
{
	g_autofree char *maker = oriel_host_read(host, DEVICES "/%s/manufacturer", name);
	g_autofree char *product = oriel_host_read(host, DEVICES "/%s/product", name);
	g_autofree char *both = g_strdup_printf(
		"%s%s%s", maker ? maker : "", maker && product ? " " : "", product ? product : "");

	/* It comes from the device, and goes to a terminal. */
	for (char *byte = both; *byte; byte++)
		if (g_ascii_iscntrl(*byte))
			*byte = ' ';
	return g_utf8_make_valid(both, -1);
}

static void free_device(void *data)
{
	struct oriel_usb_device *device = data;

	g_free(device->port);
	g_free(device->name);
	g_free(device);
}

static int compare_devices(const void *a, const void *b)
{
	const struct oriel_usb_device *const *left = a, *const *right = b;

	if ((*left)->bus != (*right)->bus)
		return (*left)->bus < (*right)->bus ? -1 : 1;
	return (*left)->number < (*right)->number ? -1 : (*left)->number > (*right)->number;
}

static bool is_device(const struct oriel_host *host, const char *name)
{
	return !strchr(name, ':') && oriel_host_exists(host, DEVICES "/%s/idVendor", name) &&
	       read_hex(host, name, "bDeviceClass") != CLASS_HUB;
}

GPtrArray *oriel_usb_list(const struct oriel_host *host)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(free_device);
	g_auto(GStrv) entries = oriel_host_list(host, DEVICES);

	for (char **entry = entries; *entry; entry++) {
		struct oriel_usb_device *device;

		if (!is_device(host, *entry))
			continue;
		device = g_new0(struct oriel_usb_device, 1);
		device->port = g_strdup(*entry);
		device->bus = read_decimal(host, *entry, "busnum");
		device->number = read_decimal(host, *entry, "devnum");
		device->vendor = read_hex(host, *entry, "idVendor");
		device->product = read_hex(host, *entry, "idProduct");
		device->name = read_name(host, *entry);
		device->kind = read_kind(host, *entry, entries);
		device->speed_mbps = read_decimal(host, *entry, "speed");
		g_ptr_array_add(list, device);
	}
	g_ptr_array_sort(list, compare_devices);
	return list;
}
