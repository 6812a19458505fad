/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of processor, memory and IOMMU. */
#include "host/check_private.h"
#include "host/machine.h"

#include <string.h>
#include <unistd.h>

#define GIB (G_GUINT64_CONSTANT(1) << 30)

void oriel_check_cpu_virt(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	struct oriel_machine_cpu cpu;

	oriel_machine_read_cpu(context->host, &cpu);
	if (cpu.virtualisation)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the processor can run guests", NULL,
			"/proc/cpuinfo flags: %s", cpu.virtualisation);
	else if (!cpu.threads)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the processor could not be looked at", NULL,
			"/proc/cpuinfo: not readable");
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the processor shows no virtualisation: guests would be emulated, far too "
			"slow",
			"Switch on VT-x (Intel) or SVM (AMD) in the firmware setup",
			"/proc/cpuinfo flags: neither vmx nor svm");
	oriel_machine_finish_cpu(&cpu);
}

void oriel_check_kvm_node(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *path = oriel_host_get_path(context->host, "/dev/kvm");

	if (access(path, F_OK))
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"KVM is not loaded: guests would be emulated, far too slow",
			"Load kvm_intel or kvm_amd; if that fails, virtualisation is off in the "
			"firmware setup",
			"/dev/kvm: does not exist");
	else if (access(path, R_OK | W_OK))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"this user may not use KVM: only VMs of the system's libvirt will be fast",
			"sudo usermod -aG kvm $USER, then log in again",
			"/dev/kvm: no read and write permission");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS, "KVM can be used", NULL,
			"/dev/kvm: readable and writable");
}

void oriel_check_iommu_firmware(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *folder = "/sys/firmware/acpi/tables";

	if (context->iommu->firmware_table)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the firmware offers an IOMMU", NULL,
			"%s/%s: exists", folder, context->iommu->firmware_table);
	else if (!oriel_host_exists(context->host, "%s", folder))
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the firmware's tables could not be looked at", NULL, "%s: does not exist",
			folder);
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the IOMMU is off in the firmware, or the machine has none",
			"Switch on VT-d (Intel) or AMD-Vi / IOMMU (AMD) in the firmware setup",
			"%s: neither DMAR nor IVRS", folder);
}

void oriel_check_iommu_kernel(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *units = g_strjoinv(" ", context->iommu->units);
	const char *table = context->iommu->firmware_table;

	if (*units)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "the kernel uses the IOMMU", NULL,
			"/sys/class/iommu: %s", units);
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the kernel does not use an IOMMU: no device can be handed to a guest",
			table && !strcmp(table, "DMAR")
				? "Add intel_iommu=on to the kernel's parameters and reboot"
				: "Switch the IOMMU on in the firmware setup and reboot",
			"/sys/class/iommu: empty");
}

void oriel_check_iommu_groups(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint used = 0;

	for (guint i = 0; i < context->iommu->groups->len; i++) {
		const struct oriel_iommu_group *group =
			g_ptr_array_index(context->iommu->groups, i);

		used += group->devices->len > 0;
	}
	if (used)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "devices can be told apart", NULL,
			"/sys/kernel/iommu_groups: %u with PCI devices", used);
	else
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"no PCI device is in an IOMMU group: none can be handed to a guest",
			"See iommu.firmware and iommu.kernel; a changed setting needs a reboot",
			"/sys/kernel/iommu_groups: none with PCI devices");
}

/* Extended capability register of Intel's IOMMUs: bit 3 says that it can remap interrupts. */
static gboolean can_remap(const struct oriel_check_context *context, const char **ret_unit)
{
	guint64 capability;

	for (char **unit = context->iommu->units; *unit; unit++) {
		g_autofree char *text = oriel_host_read(
			context->host, "/sys/class/iommu/%s/intel-iommu/ecap", *unit);

		capability = text ? g_ascii_strtoull(text, NULL, 16) : 0;
		if (capability >> 3 & 1) {
			*ret_unit = *unit;
			return TRUE;
		}
	}
	return FALSE;
}

static const char *find_remap_message(const struct oriel_check_context *context)
{
	static const char *const logs[] = {"/var/log/dmesg", "/var/log/kern.log"};
	static const char *const messages[] = {
		"Enabled IRQ remapping", "Interrupt remapping enabled"};

	for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
		g_autofree char *text = oriel_host_read(context->host, "%s", logs[i]);

		for (guint j = 0; text && j < G_N_ELEMENTS(messages); j++)
			if (strstr(text, messages[j]))
				return logs[i];
	}
	return NULL;
}

void oriel_check_iommu_irqremap(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	const char *file = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
	g_autofree char *unsafe = oriel_host_read(context->host, "%s", file);
	const char *log = find_remap_message(context), *unit;

	if (unsafe && *unsafe == 'Y')
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"unsafe interrupts are allowed: a guest can disturb the host",
			"Remove allow_unsafe_interrupts from /etc/modprobe.d and reboot", "%s: Y",
			file);
	else if (log)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "interrupts are remapped", NULL,
			"%s: the kernel says so", log);
	else if (can_remap(context, &unit))
		oriel_check_fill(report, ORIEL_CHECK_PASS, "interrupts can be remapped", NULL,
			"/sys/class/iommu/%s/intel-iommu/ecap: bit 3 is set", unit);
	else
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"whether interrupts are remapped could not be seen",
			"Look with: journalctl -k -b | grep -iE 'irq remapping|interrupt "
			"remapping'",
			"no message in /var/log, no capability in /sys/class/iommu");
}

/* Intel's capability register: bits 21 to 16 are the width less one. 0: not readable. */
static guint read_width(const struct oriel_check_context *context)
{
	guint width = 0;

	for (char **unit = context->iommu->units; *unit; unit++) {
		g_autofree char *text = oriel_host_read(
			context->host, "/sys/class/iommu/%s/intel-iommu/cap", *unit);
		guint own;

		if (!text)
			continue;
		own = (guint)(g_ascii_strtoull(text, NULL, 16) >> 16 & 0x3f) + 1;
		width = width ? MIN(width, own) : own;
	}
	return width;
}

void oriel_check_iommu_width(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	struct oriel_machine_cpu cpu;
	guint width = read_width(context);

	oriel_machine_read_cpu(context->host, &cpu);
	if (*context->iommu->units && g_str_has_prefix(*context->iommu->units, "ivhd"))
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"AMD's IOMMU translates all addresses of its processors", NULL,
			"/sys/class/iommu: %s", *context->iommu->units);
	else if (!width || !cpu.physical_bits)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "the widths could not be compared",
			NULL, "IOMMU: %u bits, /proc/cpuinfo: %u bits (0: not readable)", width,
			cpu.physical_bits);
	else if (width < cpu.physical_bits)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the IOMMU translates fewer address bits than the processor has",
			"Oriel limits the guest's address width; in your own definitions write "
			"<maxphysaddr mode='passthrough' limit='39'/> with the IOMMU's number",
			"/sys/class/iommu/*/intel-iommu/cap: %u bits, /proc/cpuinfo: %u bits",
			width, cpu.physical_bits);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"the IOMMU translates all addresses of the processor", NULL,
			"/sys/class/iommu/*/intel-iommu/cap: %u bits, /proc/cpuinfo: %u bits",
			width, cpu.physical_bits);
	oriel_machine_finish_cpu(&cpu);
}

void oriel_check_mem_free(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint64 guest_bytes = context->guest_memory_bytes ? context->guest_memory_bytes : 8 * GIB;
	struct oriel_machine_memory memory;
	guint64 usable_bytes;

	oriel_machine_read_memory(context->host, &memory);
	usable_bytes = memory.available_bytes + memory.hugepages_free * memory.hugepage_bytes;
	if (!memory.available_bytes)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "free memory could not be read", NULL,
			"/proc/meminfo: no MemAvailable");
	else
		oriel_check_fill(report,
			usable_bytes >= guest_bytes + 4 * GIB ? ORIEL_CHECK_PASS : ORIEL_CHECK_WARN,
			usable_bytes >= guest_bytes + 4 * GIB
				? "there is room for the guest and the host"
				: "the guest's memory would leave the host less than 4 GiB",
			usable_bytes >= guest_bytes + 4 * GIB
				? NULL
				: "Close programs, or give the guest less memory",
			"/proc/meminfo: %.1f GiB available (free huge pages included), "
			"guest %.1f GiB + 4 GiB",
			(double)usable_bytes / GIB, (double)guest_bytes / GIB);
}

void oriel_check_numa_cpu(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_auto(GStrv) names = oriel_host_list(context->host, "/sys/devices/system/node");
	int node = context->gpu ? context->gpu->device->numa_node : ORIEL_PCI_UNKNOWN;
	guint nodes = 0;

	for (char **name = names; *name; name++)
		nodes += g_str_has_prefix(*name, "node") && g_ascii_isdigit((*name)[4]);
	if (nodes == 1)
		oriel_check_fill(report, ORIEL_CHECK_PASS, "all processors are equally near", NULL,
			"/sys/devices/system/node: 1 node");
	else if (!nodes)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "the memory nodes could not be seen",
			NULL, "/sys/devices/system/node: no node");
	else if (node == ORIEL_PCI_UNKNOWN)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"which node the GPU belongs to is not stated", NULL,
			"/sys/devices/system/node: %u nodes, the GPU's numa_node: -1", nodes);
	else
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a guest on the other node reaches its GPU and memory more slowly",
			"Pin the guest to the GPU's node: Oriel proposes it, 'oriel vm create "
			"--pin auto'",
			"/sys/devices/system/node: %u nodes, the GPU is on node %d", nodes, node);
}
