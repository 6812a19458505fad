/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the host: GPUs, USB devices, evdev keyboards and mice. */
#include "vm/definition_parts.h"

#include "vm/error.h"

#include <string.h>

static guint read_hex(xmlNode *node, const char *attribute)
{
	g_autofree char *text = oriel_vm_tree_read(node, attribute);

	return text ? (guint)g_ascii_strtoull(text, NULL, 0) : 0;
}

static struct oriel_vm_pci read_pci(xmlNode *address)
{
	return (struct oriel_vm_pci){.domain = read_hex(address, "domain"),
		.bus = read_hex(address, "bus"),
		.slot = read_hex(address, "slot"),
		.function = read_hex(address, "function")};
}

static xmlNode *get_source_address(xmlNode *hostdev)
{
	return oriel_vm_tree_get(hostdev, "source/address");
}

static bool is_same_slot(const struct oriel_vm_pci *a, const struct oriel_vm_pci *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

GArray *oriel_vm_definition_list_hostdevs(xmlDoc *document, bool only_unmanaged)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct oriel_vm_pci));
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");
	xmlNode *hostdev = NULL;

	while ((hostdev = oriel_vm_tree_next(devices, "hostdev", hostdev))) {
		struct oriel_vm_pci pci = read_pci(get_source_address(hostdev));

		if (oriel_vm_tree_is(hostdev, "type", "pci") &&
			(!only_unmanaged || !oriel_vm_tree_is(hostdev, "managed", "yes")))
			g_array_append_val(list, pci);
	}
	return list;
}

static xmlNode *find_hostdev(xmlNode *devices, const struct oriel_vm_pci *pci)
{
	xmlNode *hostdev = NULL;

	while ((hostdev = oriel_vm_tree_next(devices, "hostdev", hostdev))) {
		struct oriel_vm_pci at = read_pci(get_source_address(hostdev));

		if (oriel_vm_tree_is(hostdev, "type", "pci") && is_same_slot(&at, pci) &&
			at.function == pci->function)
			return hostdev;
	}
	return NULL;
}

static void set_address(xmlNode *address, const struct oriel_vm_pci *pci)
{
	const struct {
		const char *name;
		guint value, digits;
	} parts[] = {{"domain", pci->domain, 4}, {"bus", pci->bus, 2}, {"slot", pci->slot, 2},
		{"function", pci->function, 1}};

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *text =
			g_strdup_printf("0x%0*x", (int)parts[i].digits, parts[i].value);

		oriel_vm_tree_set(address, parts[i].name, text);
	}
}

/* Exactly one program moves a device. A GPU's drivers let go only in a certain order: that is
 * Oriel's hand-over, so managed='no'; any other device libvirt moves well, managed='yes'. */
static xmlNode *add_hostdev(xmlNode *devices, const struct oriel_vm_pci *pci, const char *managed)
{
	xmlNode *hostdev = oriel_vm_tree_add(devices, "hostdev");

	oriel_vm_tree_set(hostdev, "mode", "subsystem");
	oriel_vm_tree_set(hostdev, "type", "pci");
	oriel_vm_tree_set(hostdev, "managed", managed);
	oriel_vm_tree_set(oriel_vm_tree_add(hostdev, "driver"), "name", "vfio");
	set_address(oriel_vm_tree_make(hostdev, "source/address"), pci);
	return hostdev;
}

static bool is_wanted(const struct oriel_vm_work *work, const struct oriel_vm_pci *pci)
{
	for (guint i = 0; i < work->spec->gpus->len; i++)
		if (is_same_slot(&g_array_index(work->spec->gpus, struct oriel_vm_pci, i), pci))
			return true;
	return false;
}

/* A device of a slot whose first function is a display, or that Oriel once put in as a GPU. */
static bool is_gpu(const struct oriel_vm_work *work, xmlNode *hostdev)
{
	struct oriel_vm_pci pci = read_pci(get_source_address(hostdev));
	xmlNode *own = oriel_vm_tree_get_own(work->document, false);
	g_autofree char *slot = g_strdup_printf("%04x:%02x:%02x", pci.domain, pci.bus, pci.slot);

	pci.function = 0;
	return (own && oriel_vm_tree_find(own, "gpu", "slot", slot)) ||
	       (work->facts->sysfs && oriel_vm_facts_is_display(work->facts, &pci));
}

static void remove_unwanted(struct oriel_vm_work *work)
{
	xmlNode *hostdev = oriel_vm_tree_next(work->devices, "hostdev", NULL);
	xmlNode *own = oriel_vm_tree_get_own(work->document, false);

	while (hostdev) {
		xmlNode *next = oriel_vm_tree_next(work->devices, "hostdev", hostdev);
		struct oriel_vm_pci pci = read_pci(get_source_address(hostdev));

		if (oriel_vm_tree_is(hostdev, "type", "pci") && is_gpu(work, hostdev) &&
			!is_wanted(work, &pci))
			oriel_vm_tree_remove(hostdev);
		hostdev = next;
	}
	if (own)
		oriel_vm_tree_remove_all(own, "gpu");
}

static void set_rom(struct oriel_vm_work *work, xmlNode *hostdev)
{
	const char *rom = work->spec->gpu_rom;

	if (!rom)
		return;
	if (g_str_equal(rom, "none"))
		oriel_vm_tree_remove_all(hostdev, "rom");
	else
		oriel_vm_tree_set(oriel_vm_tree_make(hostdev, "rom"), "file", rom);
}

static bool add_gpu(struct oriel_vm_work *work, const struct oriel_vm_pci *gpu, GError **error)
{
	g_autoptr(GArray) functions = oriel_vm_facts_list_functions(work->facts, gpu, error);
	g_autofree char *slot = g_strdup_printf("%04x:%02x:%02x", gpu->domain, gpu->bus, gpu->slot);

	for (guint i = 0; functions && i < functions->len; i++) {
		const struct oriel_vm_pci *pci = &g_array_index(functions, struct oriel_vm_pci, i);
		xmlNode *hostdev = find_hostdev(work->devices, pci);

		if (!hostdev)
			hostdev = add_hostdev(work->devices, pci, "no");
		oriel_vm_tree_set(hostdev, "managed", "no");
		/* The ROM is the display function's. */
		if (i == 0)
			set_rom(work, hostdev);
	}
	if (!functions)
		return false;
	oriel_vm_tree_set(oriel_vm_tree_add_own(oriel_vm_tree_get_own(work->document, true), "gpu"),
		"slot", slot);
	return true;
}

static bool apply_gpus(struct oriel_vm_work *work, GError **error)
{
	if (!work->spec->gpus)
		return true;
	remove_unwanted(work);
	for (guint i = 0; i < work->spec->gpus->len; i++)
		if (!add_gpu(work, &g_array_index(work->spec->gpus, struct oriel_vm_pci, i), error))
			return false;
	return true;
}

/* ---- other PCI devices ---------------------------------------------------------------------- */

static bool wants_pci(const struct oriel_vm_spec *spec, xmlNode *hostdev)
{
	struct oriel_vm_pci at = read_pci(get_source_address(hostdev));

	for (guint i = 0; i < spec->pci->len; i++) {
		const struct oriel_vm_pci *pci = &g_array_index(spec->pci, struct oriel_vm_pci, i);

		if (is_same_slot(&at, pci) && at.function == pci->function)
			return true;
	}
	return false;
}

static bool add_pci(struct oriel_vm_work *work, const struct oriel_vm_pci *pci, GError **error)
{
	xmlNode *hostdev = find_hostdev(work->devices, pci);

	if (!oriel_vm_facts_check_pci(work->facts, pci, error))
		return false;
	if (!hostdev)
		hostdev = add_hostdev(work->devices, pci, "yes");
	oriel_vm_tree_set(hostdev, "managed", "yes");
	return true;
}

static bool apply_pci(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;
	xmlNode *hostdev = oriel_vm_tree_next(work->devices, "hostdev", NULL);

	if (!spec->pci)
		return true;
	while (hostdev) {
		xmlNode *next = oriel_vm_tree_next(work->devices, "hostdev", hostdev);

		if (oriel_vm_tree_is(hostdev, "type", "pci") && !is_gpu(work, hostdev) &&
			!wants_pci(spec, hostdev))
			oriel_vm_tree_remove(hostdev);
		hostdev = next;
	}
	for (guint i = 0; i < spec->pci->len; i++)
		if (!add_pci(work, &g_array_index(spec->pci, struct oriel_vm_pci, i), error))
			return false;
	return true;
}

/* ---- USB ------------------------------------------------------------------------------------ */

void oriel_vm_definition_add_usb(xmlNode *devices, const struct oriel_vm_usb *usb)
{
	xmlNode *hostdev = oriel_vm_tree_add(devices, "hostdev");
	xmlNode *source = oriel_vm_tree_add(hostdev, "source");
	g_autofree char *first = g_strdup_printf(usb->by_place ? "%u" : "0x%04x", usb->first);
	g_autofree char *second = g_strdup_printf(usb->by_place ? "%u" : "0x%04x", usb->second);

	oriel_vm_tree_set(hostdev, "mode", "subsystem");
	oriel_vm_tree_set(hostdev, "type", "usb");
	oriel_vm_tree_set(hostdev, "managed", "yes");
	/* The machine starts without it when it is not plugged in. */
	oriel_vm_tree_set(source, "startupPolicy", "optional");
	if (usb->by_place) {
		xmlNode *address = oriel_vm_tree_add(source, "address");

		oriel_vm_tree_set(address, "bus", first);
		oriel_vm_tree_set(address, "device", second);
		return;
	}
	oriel_vm_tree_set(oriel_vm_tree_add(source, "vendor"), "id", first);
	oriel_vm_tree_set(oriel_vm_tree_add(source, "product"), "id", second);
}

static bool is_usb(xmlNode *hostdev, const struct oriel_vm_usb *usb)
{
	xmlNode *source = oriel_vm_tree_get(hostdev, "source");
	xmlNode *address = oriel_vm_tree_get(source, "address");

	if (!oriel_vm_tree_is(hostdev, "type", "usb"))
		return false;
	if (usb->by_place)
		return address && read_hex(address, "bus") == usb->first &&
		       read_hex(address, "device") == usb->second;
	return read_hex(oriel_vm_tree_get(source, "vendor"), "id") == usb->first &&
	       read_hex(oriel_vm_tree_get(source, "product"), "id") == usb->second;
}

static bool wants_usb(const struct oriel_vm_spec *spec, xmlNode *hostdev)
{
	for (guint i = 0; i < spec->usb->len; i++)
		if (is_usb(hostdev, &g_array_index(spec->usb, struct oriel_vm_usb, i)))
			return true;
	return false;
}

static bool has_usb(xmlNode *devices, const struct oriel_vm_usb *usb)
{
	xmlNode *hostdev = NULL;

	while ((hostdev = oriel_vm_tree_next(devices, "hostdev", hostdev)))
		if (is_usb(hostdev, usb))
			return true;
	return false;
}

bool oriel_vm_definition_has_usb(xmlDoc *document, const struct oriel_vm_usb *usb)
{
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");

	return devices && has_usb(devices, usb);
}

static void apply_usb(struct oriel_vm_work *work)
{
	const struct oriel_vm_spec *spec = work->spec;
	xmlNode *hostdev = oriel_vm_tree_next(work->devices, "hostdev", NULL);

	if (!spec->usb)
		return;
	while (hostdev) {
		xmlNode *next = oriel_vm_tree_next(work->devices, "hostdev", hostdev);

		if (oriel_vm_tree_is(hostdev, "type", "usb") && !wants_usb(spec, hostdev))
			oriel_vm_tree_remove(hostdev);
		hostdev = next;
	}
	for (guint i = 0; i < spec->usb->len; i++) {
		const struct oriel_vm_usb *usb = &g_array_index(spec->usb, struct oriel_vm_usb, i);

		if (!has_usb(work->devices, usb))
			oriel_vm_definition_add_usb(work->devices, usb);
	}
}

/* ---- evdev ---------------------------------------------------------------------------------- */

static bool wants_evdev(const struct oriel_vm_spec *spec, xmlNode *input)
{
	g_autofree char *path = oriel_vm_tree_read(oriel_vm_tree_get(input, "source"), "dev");

	return path && g_ptr_array_find_with_equal_func(spec->evdev, path, g_str_equal, NULL);
}

static bool has_evdev(xmlNode *devices, const char *path)
{
	xmlNode *input = NULL;

	while ((input = oriel_vm_tree_next(devices, "input", input)))
		if (oriel_vm_tree_is(oriel_vm_tree_get(input, "source"), "dev", path))
			return true;
	return false;
}

static void add_evdev(xmlNode *devices, const char *path)
{
	xmlNode *input = oriel_vm_tree_add(devices, "input");
	xmlNode *source = oriel_vm_tree_add(input, "source");

	oriel_vm_tree_set(input, "type", "evdev");
	oriel_vm_tree_set(source, "dev", path);
	oriel_vm_tree_set(source, "grab", "all");
	oriel_vm_tree_set(source, "grabToggle", "ctrl-ctrl");
	oriel_vm_tree_set(source, "repeat", "on");
}

static void apply_evdev(struct oriel_vm_work *work)
{
	const struct oriel_vm_spec *spec = work->spec;
	xmlNode *input = oriel_vm_tree_next(work->devices, "input", NULL);

	if (!spec->evdev)
		return;
	while (input) {
		xmlNode *next = oriel_vm_tree_next(work->devices, "input", input);

		if (oriel_vm_tree_is(input, "type", "evdev") && !wants_evdev(spec, input))
			oriel_vm_tree_remove(input);
		input = next;
	}
	for (guint i = 0; i < spec->evdev->len; i++)
		if (!has_evdev(work->devices, spec->evdev->pdata[i]))
			add_evdev(work->devices, spec->evdev->pdata[i]);
}

bool oriel_vm_definition_apply_passthrough(struct oriel_vm_work *work, GError **error)
{
	apply_usb(work);
	apply_evdev(work);
	return apply_gpus(work, error) && apply_pci(work, error);
}
