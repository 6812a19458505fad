/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/modprobe.h"

#include <string.h>

#define MODPROBE_FILE "/etc/modprobe.d/oriel.conf"

enum { VENDOR_NVIDIA = 0x10de, VENDOR_AMD = 0x1002, VENDOR_INTEL = 0x8086 };

/* Drivers that could take a card, or a function beside it, before vfio-pci. */
static const struct {
	guint16 vendor; /* 0: any */
	const char *drivers[4];
} rivals[] = {
	{VENDOR_NVIDIA, {"nvidia", "nvidia_drm", "nouveau", "nova_core"}},
	{VENDOR_AMD, {"amdgpu", "radeon"}},
	{VENDOR_INTEL, {"i915", "xe"}},
	{0, {"snd_hda_intel", "xhci_pci"}},
};

static GPtrArray *list_rivals(const struct oriel_bind_plan *plan)
{
	guint16 vendor = g_array_index(plan->devices, struct oriel_record_device, 0).vendor;
	GPtrArray *drivers = g_ptr_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(rivals); i++)
		for (guint k = 0; k < G_N_ELEMENTS(rivals[i].drivers) && rivals[i].drivers[k]; k++)
			if (!rivals[i].vendor || rivals[i].vendor == vendor)
				g_ptr_array_add(drivers, (char *)rivals[i].drivers[k]);
	return drivers;
}

char *oriel_bind_modprobe_list_ids(const struct oriel_bind_plan *plan)
{
	g_autoptr(GString) ids = g_string_new(NULL);

	for (guint i = 0; i < plan->devices->len; i++) {
		const struct oriel_record_device *device =
			&g_array_index(plan->devices, struct oriel_record_device, i);
		g_autofree char *id = g_strdup_printf("%04x:%04x", device->vendor, device->device);

		if (!strstr(ids->str, id))
			g_string_append_printf(ids, "%s%s", ids->len ? "," : "", id);
	}
	return g_string_free(g_steal_pointer(&ids), FALSE);
}

/*
 * By address: a command that modprobe runs in place of loading a module. It claims each function
 * whose ids are still those that were noted, so that a card that moved is left alone, and then
 * loads the module. probe: vfio-pci is built in and has to be told to look.
 */
static void append_install(
	const struct oriel_bind_plan *plan, const char *module, gboolean probe, GString *text)
{
	g_string_append_printf(text, "install %s ", module);
	if (plan->is_gated)
		g_string_append(text, "grep -qw " ORIEL_BIND_GATE " /proc/cmdline && { ");
	for (guint i = 0; i < plan->devices->len; i++) {
		const struct oriel_record_device *device =
			&g_array_index(plan->devices, struct oriel_record_device, i);
		char name[ORIEL_PCI_ADDRESS_BYTES];

		oriel_pci_address_format(&device->address, name);
		g_string_append_printf(text,
			"d=/sys/bus/pci/devices/%s; "
			"[ \"$(cat $d/vendor):$(cat $d/device)\" = 0x%04x:0x%04x ] && "
			"echo vfio-pci > $d/driver_override",
			name, device->vendor, device->device);
		if (probe)
			g_string_append_printf(
				text, " && echo %s > /sys/bus/pci/drivers_probe", name);
		g_string_append(text, "; ");
	}
	if (plan->is_gated)
		g_string_append(text, "}; ");
	g_string_append_printf(text, "modprobe --ignore-install %s $CMDLINE_OPTS\n", module);
}

static void append_by_address(
	const struct oriel_bind_plan *plan, const GPtrArray *drivers, GString *text)
{
	if (!plan->is_builtin) {
		append_install(plan, "vfio-pci", FALSE, text);
		return;
	}
	for (guint i = 0; i < drivers->len; i++)
		append_install(plan, g_ptr_array_index(drivers, i), TRUE, text);
}

gboolean oriel_bind_modprobe_add(struct oriel_bind_plan *plan, GError **error)
{
	g_autoptr(GPtrArray) drivers = list_rivals(plan);
	g_autoptr(GString) text =
		g_string_new("# Written by 'oriel vfio apply', taken out by 'oriel vfio undo'.\n"
			     "# Gives the guest's GPU to vfio-pci before its own driver comes.\n");
	gsize without = text->len;

	if (plan->by_address)
		append_by_address(plan, drivers, text);
	else if (!plan->is_builtin && !plan->is_gated) {
		g_autofree char *ids = oriel_bind_modprobe_list_ids(plan);

		g_string_append_printf(text, "options vfio-pci ids=%s\n", ids);
	}
	for (guint i = 0; !plan->is_builtin && i < drivers->len; i++)
		g_string_append_printf(text, "softdep %s pre: vfio-pci\n",
			(const char *)g_ptr_array_index(drivers, i));
	if (text->len > without)
		oriel_bind_plan_write(plan, MODPROBE_FILE, text->str, "vfio-pci takes the card");
	return TRUE;
}
