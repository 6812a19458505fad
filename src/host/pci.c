/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci.h"

#include <gio/gio.h>
#include <libudev.h>
#include <string.h>

/* ---- addresses ------------------------------------------------------------------------------ */

/* Reads exactly digits hexadecimal digits at *text and moves on; FALSE when they are not there. */
static gboolean take_hex(const char **text, guint digits, guint *ret_value)
{
	guint value = 0;

	for (guint i = 0; i < digits; i++) {
		int digit = g_ascii_xdigit_value((*text)[i]);

		if (digit < 0)
			return FALSE;
		value = value * 16 + (guint)digit;
	}
	*text += digits;
	*ret_value = value;
	return TRUE;
}

static gboolean take_char(const char **text, char c)
{
	if (**text != c)
		return FALSE;
	++*text;
	return TRUE;
}

static gboolean scan_address(const char *text, struct oriel_pci_address *ret_address)
{
	guint domain = 0, bus, slot, function;

	if (strlen(text) == strlen("0000:00:00.0") &&
		(!take_hex(&text, 4, &domain) || !take_char(&text, ':')))
		return FALSE;
	if (!take_hex(&text, 2, &bus) || !take_char(&text, ':') || !take_hex(&text, 2, &slot) ||
		!take_char(&text, '.') || !take_hex(&text, 1, &function) || *text)
		return FALSE;
	if (slot > 0x1f || function > 7)
		return FALSE;
	*ret_address = (struct oriel_pci_address){
		(guint16)domain, (guint8)bus, (guint8)slot, (guint8)function};
	return TRUE;
}

gboolean oriel_pci_address_parse(
	const char *text, struct oriel_pci_address *ret_address, GError **error)
{
	g_autofree char *shown = NULL;

	if (scan_address(text, ret_address))
		return TRUE;
	shown = g_utf8_make_valid(text, (gssize)strnlen(text, 40));
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"'%s' is no PCI address: write it as 0000:01:00.0 (domain, bus, slot up to 1f, "
		"function up to 7); 'oriel gpu list' shows the ones of this machine",
		shown);
	return FALSE;
}

char *oriel_pci_address_format(
	const struct oriel_pci_address *address, char text[ORIEL_PCI_ADDRESS_BYTES])
{
	g_snprintf(text, ORIEL_PCI_ADDRESS_BYTES, "%04x:%02x:%02x.%x", address->domain,
		address->bus, address->slot & 0x1fu, address->function & 7u);
	return text;
}

gboolean oriel_pci_address_same_slot(
	const struct oriel_pci_address *a, const struct oriel_pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

gboolean oriel_pci_address_equal(
	const struct oriel_pci_address *a, const struct oriel_pci_address *b)
{
	return oriel_pci_address_same_slot(a, b) && a->function == b->function;
}

/* ---- names ---------------------------------------------------------------------------------- */

struct names {
	struct udev *udev;
	struct udev_hwdb *hwdb;
};

static void open_names(struct names *names)
{
	names->udev = udev_new();
	names->hwdb = names->udev ? udev_hwdb_new(names->udev) : NULL;
}

static void close_names(struct names *names)
{
	if (names->hwdb)
		udev_hwdb_unref(names->hwdb);
	if (names->udev)
		udev_unref(names->udev);
}

static void look_up_names(struct names *names, struct oriel_pci_device *device)
{
	struct udev_list_entry *entry;
	g_autofree char *alias = NULL;

	if (!names->hwdb)
		return;
	alias = g_strdup_printf("pci:v%08Xd%08Xsv%08Xsd%08X", device->vendor, device->device,
		device->subvendor, device->subdevice);
	udev_list_entry_foreach(entry, udev_hwdb_get_properties_list_entry(names->hwdb, alias, 0))
	{
		const char *key = udev_list_entry_get_name(entry);

		if (!strcmp(key, "ID_VENDOR_FROM_DATABASE") && !device->vendor_name)
			device->vendor_name = g_strdup(udev_list_entry_get_value(entry));
		if (!strcmp(key, "ID_MODEL_FROM_DATABASE") && !device->device_name)
			device->device_name = g_strdup(udev_list_entry_get_value(entry));
	}
}

/* ---- devices -------------------------------------------------------------------------------- */

#define DEVICES "/sys/bus/pci/devices"

static void free_device(void *data)
{
	struct oriel_pci_device *device = data;

	g_free(device->vendor_name);
	g_free(device->device_name);
	g_free(device->driver);
	g_free(device->driver_override);
	g_free(device->reset_method);
	g_free(device->link_speed);
	g_free(device->power_state);
	g_free(device->runtime_status);
	g_free(device);
}

static guint32 read_id(const struct oriel_host *host, const char *name, const char *file)
{
	guint64 value;

	if (!oriel_host_read_number(host, &value, DEVICES "/%s/%s", name, file))
		return 0;
	return (guint32)value;
}

/* A small number, or ORIEL_PCI_UNKNOWN. */
static int read_small(const struct oriel_host *host, const char *name, const char *file)
{
	guint64 value;

	if (!oriel_host_read_number(host, &value, DEVICES "/%s/%s", name, file) || value > G_MAXINT)
		return ORIEL_PCI_UNKNOWN;
	return (int)value;
}

static char *read_text(const struct oriel_host *host, const char *name, const char *file)
{
	return oriel_host_read(host, DEVICES "/%s/%s", name, file);
}

static int read_group(const struct oriel_host *host, const char *name)
{
	g_autofree char *group = oriel_host_read_link(host, DEVICES "/%s/iommu_group", name);
	guint64 value;

	if (!group || !g_ascii_string_to_unsigned(group, 10, 0, G_MAXINT, &value, NULL))
		return ORIEL_PCI_UNKNOWN;
	return (int)value;
}

/* "resource": one line per region, start end flags; the first six are the BARs. */
static void read_bars(const struct oriel_host *host, struct oriel_pci_device *device)
{
	g_autofree char *text = read_text(host, device->name, "resource");
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", ORIEL_PCI_BARS + 1) : NULL;

	for (guint i = 0; lines && i < ORIEL_PCI_BARS && lines[i]; i++) {
		char *rest;
		guint64 start = g_ascii_strtoull(lines[i], &rest, 16);
		guint64 end = g_ascii_strtoull(rest, NULL, 16);

		if (end <= start)
			continue;
		device->bar_start[i] = start;
		device->bar_bytes[i] = end - start + 1;
	}
	for (guint i = 0; i < ORIEL_PCI_BARS; i++)
		if (oriel_host_exists(host, DEVICES "/%s/resource%u_resize", device->name, i))
			device->has_resizable_bar = TRUE;
}

/* Unset reads as "(null)". */
static char *read_override(const struct oriel_host *host, const char *name)
{
	g_autofree char *text = read_text(host, name, "driver_override");

	if (!text || !*text || !strcmp(text, "(null)"))
		return NULL;
	return g_steal_pointer(&text);
}

static struct oriel_pci_device *read_device(
	const struct oriel_host *host, const char *name, const struct oriel_pci_address *address)
{
	struct oriel_pci_device *device = g_new0(struct oriel_pci_device, 1);

	device->address = *address;
	oriel_pci_address_format(address, device->name);
	device->vendor = (guint16)read_id(host, name, "vendor");
	device->device = (guint16)read_id(host, name, "device");
	device->subvendor = (guint16)read_id(host, name, "subsystem_vendor");
	device->subdevice = (guint16)read_id(host, name, "subsystem_device");
	device->class_code = read_id(host, name, "class");
	device->driver = oriel_host_read_link(host, DEVICES "/%s/driver", name);
	device->driver_override = read_override(host, name);
	device->iommu_group = read_group(host, name);
	device->boot_vga = read_small(host, name, "boot_vga");
	device->numa_node = read_small(host, name, "numa_node");
	device->reset_method = read_text(host, name, "reset_method");
	device->has_rom = oriel_host_exists(host, DEVICES "/%s/rom", name);
	device->link_speed = read_text(host, name, "current_link_speed");
	device->link_width = read_small(host, name, "current_link_width");
	device->power_state = read_text(host, name, "power_state");
	device->runtime_status = read_text(host, name, "power/runtime_status");
	read_bars(host, device);
	return device;
}

GPtrArray *oriel_pci_list(const struct oriel_host *host)
{
	GPtrArray *devices = g_ptr_array_new_with_free_func(free_device);
	g_auto(GStrv) found = oriel_host_list(host, DEVICES);
	struct oriel_pci_address address;
	struct names names;

	open_names(&names);
	for (char **name = found; *name; name++) {
		if (!scan_address(*name, &address))
			continue;
		g_ptr_array_add(devices, read_device(host, *name, &address));
		look_up_names(&names, g_ptr_array_index(devices, devices->len - 1));
	}
	close_names(&names);
	return devices;
}

const struct oriel_pci_device *oriel_pci_find(
	const GPtrArray *devices, const struct oriel_pci_address *address)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		if (oriel_pci_address_equal(&device->address, address))
			return device;
	}
	return NULL;
}

gboolean oriel_pci_is_display(const struct oriel_pci_device *device)
{
	guint32 class = device->class_code >> 8;

	return class == 0x0300 || class == 0x0302 || class == 0x0380;
}

gboolean oriel_pci_is_bridge(const struct oriel_pci_device *device)
{
	return device->class_code >> 16 == 0x06;
}

char *oriel_pci_describe(const struct oriel_pci_device *device)
{
	return g_strdup_printf("%s %s%s%s%s(%04x:%04x)", device->name,
		device->vendor_name ? device->vendor_name : "", device->vendor_name ? " " : "",
		device->device_name ? device->device_name : "", device->device_name ? " " : "",
		device->vendor, device->device);
}

static const struct {
	guint32 class; /* base class and subclass */
	guint32 mask;
	const char *name;
} class_names[] = {
	{0x0300, 0xffff, "VGA controller"},
	{0x0302, 0xffff, "3D controller"},
	{0x0300, 0xff00, "display controller"},
	{0x0403, 0xffff, "audio device"},
	{0x0c03, 0xffff, "USB controller"},
	{0x0c80, 0xffff, "serial bus controller"},
	{0x0108, 0xffff, "NVMe controller"},
	{0x0106, 0xffff, "SATA controller"},
	{0x0100, 0xff00, "storage controller"},
	{0x0200, 0xff00, "network controller"},
	{0x0604, 0xffff, "PCI bridge"},
	{0x0600, 0xff00, "bridge"},
};

const char *oriel_pci_get_class_name(const struct oriel_pci_device *device)
{
	for (guint i = 0; i < G_N_ELEMENTS(class_names); i++)
		if ((device->class_code >> 8 & class_names[i].mask) == class_names[i].class)
			return class_names[i].name;
	return "device";
}
