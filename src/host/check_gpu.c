/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the GPUs, above all of the one meant for the guest. */
#include "host/check_private.h"

#include <string.h>

#define SYSFS "/sys/bus/pci/devices"
#define MIB (G_GUINT64_CONSTANT(1) << 20)

void oriel_check_gpu_count(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint count = context->gpus->len;

	if (count > 1)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the host keeps a GPU of its own", NULL,
			SYSFS "/*/class: %u display devices", count);
	else if (count)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"with a single GPU the host has no picture while the guest uses it",
			"Add a second graphics card, or switch on the processor's own graphics in "
			"the "
			"firmware setup",
			SYSFS "/*/class: 1 display device");
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL, "there is no GPU to hand over",
			"Without a GPU of its own a guest still works with a virtual display",
			SYSFS "/*/class: no display device");
}

void oriel_check_gpu_bootvga(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (!oriel_check_has_gpu(context, report))
		return;
	if (context->gpu->device->boot_vga == 1)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the machine starts on the guest's GPU: its console and framebuffer hold "
			"it",
			"Choose the other GPU as primary display in the firmware setup",
			SYSFS "/%s/boot_vga: 1", context->gpu->device->name);
	else if (context->gpu->device->boot_vga == 0)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the machine starts on another GPU",
			NULL, SYSFS "/%s/boot_vga: 0", context->gpu->device->name);
	else
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the kernel does not say on which GPU the machine started", NULL,
			SYSFS "/%s/boot_vga: does not exist", context->gpu->device->name);
}

/* The first output in use on any GPU but this one; NULL: none. */
static const struct oriel_gpu_output *find_output(const struct oriel_check_context *context,
	gboolean on_guest_gpu, const struct oriel_gpu **ret_gpu)
{
	for (guint i = 0; i < context->gpus->len; i++) {
		const struct oriel_gpu *gpu = g_ptr_array_index(context->gpus, i);

		for (guint j = 0; (gpu == context->gpu) == on_guest_gpu && j < gpu->outputs->len;
			j++) {
			const struct oriel_gpu_output *output = g_ptr_array_index(gpu->outputs, j);

			*ret_gpu = gpu;
			if (output->connected && output->enabled)
				return output;
		}
	}
	return NULL;
}

void oriel_check_gpu_monitor(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_gpu_output *output;
	const struct oriel_gpu *gpu;

	if (!oriel_check_has_gpu(context, report))
		return;
	if ((output = find_output(context, TRUE, &gpu)))
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"a monitor of the host shows a picture from the guest's GPU",
			"Plug that monitor's cable into the other GPU",
			"%s %s: connected and enabled", gpu->device->name, output->name);
	else if ((output = find_output(context, FALSE, &gpu)))
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the host's monitor is on the GPU that stays with the host", NULL,
			"%s %s: connected and enabled", gpu->device->name, output->name);
	else
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"no monitor in use was found on any GPU", NULL,
			SYSFS "/*/drm/card*/card*-*/{status,enabled}: none connected and enabled");
}

static char *join_devices(const GPtrArray *devices)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		g_string_append_printf(text, "%s%s %s [%s]", i ? ", " : "", device->name,
			oriel_pci_get_class_name(device),
			device->driver ? device->driver : "no driver");
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static const struct {
	enum oriel_check_result result;
	const char *remedy;
} viability[] = {
	[ORIEL_IOMMU_CLEAN] = {ORIEL_CHECK_PASS, NULL},
	[ORIEL_IOMMU_HARMLESS] = {ORIEL_CHECK_PASS, NULL},
	[ORIEL_IOMMU_NEEDED] = {ORIEL_CHECK_FAIL,
		"Put the card into a slot of the processor (usually the top one); switch on ACS in "
		"the "
		"firmware setup or update it. Last resort: pcie_acs_override of a patched kernel, "
		"which weakens the separation of devices"},
	[ORIEL_IOMMU_NO_GROUP] = {ORIEL_CHECK_FAIL, "See iommu.firmware and iommu.kernel"},
};

void oriel_check_group_viable(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_autofree char *names = NULL;
	enum oriel_iommu_verdict verdict;

	if (!oriel_check_has_gpu(context, report))
		return;
	verdict = oriel_iommu_judge(context->iommu, context->gpu->device, others);
	names = join_devices(others);
	oriel_check_fill(report, viability[verdict].result, oriel_iommu_verdict_get_text(verdict),
		viability[verdict].remedy, "group %d of %s, others in it: %s",
		context->gpu->device->iommu_group, context->gpu->device->name,
		*names ? names : "none");
}

void oriel_check_gpu_functions(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *names = NULL;
	guint given = 0;

	if (!oriel_check_has_gpu(context, report))
		return;
	names = join_devices(context->gpu->functions);
	for (guint i = 0; i < context->gpu->functions->len; i++) {
		const struct oriel_pci_device *function =
			g_ptr_array_index(context->gpu->functions, i);

		given += function->driver && !strcmp(function->driver, "vfio-pci");
	}
	if (given && given < context->gpu->functions->len)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"only some functions of the card are ready for the guest: it will not "
			"start",
			"Bind all functions of the slot: 'oriel gpu bind ADDRESS' does", "%s",
			names);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"all functions of the card are in the same hands", NULL, "%s", names);
}

void oriel_check_gpu_duplicateids(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *device;

	if (!oriel_check_has_gpu(context, report))
		return;
	device = context->gpu->device;
	if (context->gpu->twin)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"binding by id would take the other card too",
			"Bind by address, as Oriel does; remove 'ids=' options for vfio-pci",
			"%04x:%04x is %s and %s", device->vendor, device->device, device->name,
			context->gpu->twin->name);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "no other device has the same ids", NULL,
			"%04x:%04x is %s only", device->vendor, device->device, device->name);
}

/* ---- ROM ------------------------------------------------------------------------------------ */

#define ROM_CODE_UEFI 3

static guint16 read_le16(const guint8 *at)
{
	return (guint16)(at[0] | at[1] << 8);
}

/* Walks the images of an option ROM: 55 AA, at 0x18 the offset of "PCIR", there the code type at
 * 0x14, the length in 512 bytes at 0x10 and the last-image flag at 0x15. FALSE when it is no ROM.
 */
static gboolean has_uefi_image(const guint8 *rom, gsize size, gboolean *ret_uefi)
{
	gsize at = 0;

	*ret_uefi = FALSE;
	while (at + 0x1a <= size && read_le16(rom + at) == 0xaa55) {
		gsize data = at + read_le16(rom + at + 0x18);

		if (data + 0x16 > size || memcmp(rom + data, "PCIR", 4))
			return FALSE;
		*ret_uefi |= rom[data + 0x14] == ROM_CODE_UEFI;
		if (rom[data + 0x15] & 0x80)
			return TRUE;
		if (!read_le16(rom + data + 0x10))
			return FALSE;
		at += (gsize)read_le16(rom + data + 0x10) * 512;
	}
	return at > 0;
}

void oriel_check_gpu_rom(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *path = NULL;
	g_autofree char *rom = NULL;
	gboolean uefi;
	gsize size;

	if (!oriel_check_has_gpu(context, report))
		return;
	path = oriel_host_get_path(context->host, SYSFS "/%s/rom", context->gpu->device->name);
	if (!context->gpu->device->has_rom)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the card shows no ROM: the guest may show nothing before its driver "
			"starts",
			"If the guest stays black at start, give it a ROM file: 'oriel vm create "
			"--rom'",
			"%s: does not exist", path);
	else if (!g_file_get_contents(path, &rom, &size, NULL) ||
		 !has_uefi_image((const guint8 *)rom, size, &uefi))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the ROM could not be read without switching it on, which a check never "
			"does",
			NULL, "%s: no image readable", path);
	else if (uefi)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the card can start under UEFI", NULL,
			"%s: has an image of type 3", path);
	else
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the card's ROM has no UEFI image: no picture before the guest's driver "
			"starts",
			"Use a ROM file with a UEFI image, or a guest with BIOS firmware",
			"%s: no image of type 3", path);
}

/* ---- reset ---------------------------------------------------------------------------------- */

/* Cards known for not coming back; first and last device id, inclusive. */
static const struct {
	guint16 vendor, first, last;
	const char *name;
	const char *remedy;
} reset_bugs[] = {
	{0x1002, 0x67c0, 0x67ff, "Polaris", "Install the vendor-reset module"},
	{0x1002, 0x6980, 0x699f, "Polaris 12", "Install the vendor-reset module"},
	{0x1002, 0x6860, 0x687f, "Vega 10", "Install the vendor-reset module"},
	{0x1002, 0x66a0, 0x66af, "Vega 20", "Install the vendor-reset module"},
	{0x1002, 0x7310, 0x731f, "Navi 10", "Install the vendor-reset module"},
	{0x1002, 0x7340, 0x734f, "Navi 14", "Install the vendor-reset module"},
	{0x1002, 0x7360, 0x736f, "Navi 12", "Install the vendor-reset module"},
	{0x1002, 0x744c, 0x745e, "Radeon 7000", "Shut the guest down cleanly, never by force"},
	{0x1002, 0x7460, 0x74ff, "Radeon 7000", "Shut the guest down cleanly, never by force"},
	{0x1002, 0x7550, 0x759f, "Radeon 9000", "Shut the guest down cleanly, never by force"},
};

static const char *find_reset_bug(const struct oriel_pci_device *device, const char **ret_remedy)
{
	for (guint i = 0; i < G_N_ELEMENTS(reset_bugs); i++)
		if (device->vendor == reset_bugs[i].vendor &&
			device->device >= reset_bugs[i].first &&
			device->device <= reset_bugs[i].last) {
			*ret_remedy = reset_bugs[i].remedy;
			return reset_bugs[i].name;
		}
	return NULL;
}

void oriel_check_gpu_reset(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *device;
	const char *bug, *remedy = NULL;

	if (!oriel_check_has_gpu(context, report))
		return;
	device = context->gpu->device;
	bug = find_reset_bug(device, &remedy);
	if (!device->reset_method)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"this kernel does not say how it resets the card", NULL,
			SYSFS "/%s/reset_method: does not exist", device->name);
	else if (!*device->reset_method)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the card cannot be reset: after one guest it needs a reboot of the host",
			remedy ? remedy
			       : "Put the card behind a slot of its own, so that its bus can "
				 "be reset",
			SYSFS "/%s/reset_method: empty", device->name);
	else if (bug && !strstr(device->reset_method, "device_specific"))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"cards of this kind are known for not coming back after a guest", remedy,
			SYSFS "/%s/reset_method: %s; %04x:%04x is %s", device->name,
			device->reset_method, device->vendor, device->device, bug);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the card can be reset", NULL,
			SYSFS "/%s/reset_method: %s", device->name, device->reset_method);
}

/* ---- link, memory windows, power ------------------------------------------------------------ */

void oriel_check_gpu_link(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *device;
	double speed;

	if (!oriel_check_has_gpu(context, report))
		return;
	device = context->gpu->device;
	speed = device->link_speed ? g_ascii_strtod(device->link_speed, NULL) : 0;
	if (speed <= 0 || device->link_width <= 0) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the card states no link; part of the processor or of a VM", NULL,
			SYSFS "/%s/current_link_speed: %s", device->name,
			device->link_speed ? device->link_speed : "does not exist");
		return;
	}
	/* GT/s times lanes: 4 lanes of generation 4 (16) and 8 of generation 3 (8) both give 64. */
	oriel_check_fill(report,
		speed * device->link_width >= 64 ? ORIEL_CHECK_PASS : ORIEL_CHECK_WARN,
		speed * device->link_width >= 64 ? "the link carries 4K frames with room to spare"
						 : "the link is narrow or slow at this moment",
		speed * device->link_width >= 64 ? NULL
						 : "Look again while the card works (an idle one "
						   "lowers its speed); else use "
						   "another slot",
		SYSFS "/%s: %s, %d lanes", device->name, device->link_speed, device->link_width);
}

void oriel_check_gpu_bar(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *device;
	guint64 largest = 0;

	if (!oriel_check_has_gpu(context, report))
		return;
	device = context->gpu->device;
	for (guint i = 0; i < ORIEL_PCI_BARS; i++)
		largest = MAX(largest, device->bar_bytes[i]);
	if (!largest)
		oriel_check_fill(report, ORIEL_CHECK_WARN, "the card has no memory window",
			"Switch on 'Above 4G decoding' in the firmware setup",
			SYSFS "/%s/resource: all empty", device->name);
	else if (largest > 1024 * MIB)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a window this large needs UEFI firmware and a wide address space in the "
			"guest",
			"Oriel's definitions have both; if the guest does not start the card, "
			"switch "
			"off resizable BAR in the firmware setup",
			SYSFS "/%s/resource: largest %" G_GUINT64_FORMAT " MiB", device->name,
			largest / MIB);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the windows fit into any guest", NULL,
			SYSFS "/%s/resource: largest %" G_GUINT64_FORMAT " MiB%s", device->name,
			largest / MIB, device->has_resizable_bar ? ", resizable" : "");
}

void oriel_check_gpu_power(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const struct oriel_pci_device *device;
	const char *state, *status;

	if (!oriel_check_has_gpu(context, report))
		return;
	device = context->gpu->device;
	state = device->power_state;
	status = device->runtime_status ? device->runtime_status : "unknown";
	if (!state || !strcmp(state, "unknown"))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the card's power state could not be seen", NULL,
			SYSFS "/%s/power_state: %s", device->name,
			state ? state : "does not exist");
	else if (!strcmp(state, "D3cold") || !strcmp(status, "error"))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the card sleeps deeply and may not wake for the guest",
			"If it does not: options vfio-pci disable_idle_d3=1, or write 'on' to its "
			"power/control before the guest starts",
			SYSFS "/%s: power_state %s, runtime_status %s", device->name, state,
			status);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the card is awake", NULL,
			SYSFS "/%s: power_state %s, runtime_status %s", device->name, state,
			status);
}
