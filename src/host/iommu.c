/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/iommu.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS "/sys/kernel/iommu_groups"

static void free_group(void *data)
{
	struct oriel_iommu_group *group = data;

	g_free(group->type);
	g_ptr_array_unref(group->devices);
	g_free(group);
}

static struct oriel_iommu_group *read_group(
	const struct oriel_host *host, const GPtrArray *devices, int id)
{
	struct oriel_iommu_group *group = g_new0(struct oriel_iommu_group, 1);

	group->id = id;
	group->type = oriel_host_read(host, GROUPS "/%d/type", id);
	group->devices = g_ptr_array_new();
	for (guint i = 0; i < devices->len; i++) {
		struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		if (device->iommu_group == id)
			g_ptr_array_add(group->devices, device);
	}
	return group;
}

static int compare_groups(const void *a, const void *b)
{
	const struct oriel_iommu_group *const *left = a, *const *right = b;

	return (*left)->id - (*right)->id;
}

static const char *find_firmware_table(const struct oriel_host *host)
{
	static const char *const tables[] = {"DMAR", "IVRS"};

	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		if (oriel_host_exists(host, "/sys/firmware/acpi/tables/%s", tables[i]))
			return tables[i];
	return NULL;
}

struct oriel_iommu *oriel_iommu_read(const struct oriel_host *host, const GPtrArray *devices)
{
	struct oriel_iommu *iommu = g_new0(struct oriel_iommu, 1);
	g_auto(GStrv) ids = oriel_host_list(host, GROUPS);

	iommu->units = oriel_host_list(host, "/sys/class/iommu");
	iommu->firmware_table = find_firmware_table(host);
	iommu->groups = g_ptr_array_new_with_free_func(free_group);
	for (char **id = ids; *id; id++) {
		guint64 number;

		if (g_ascii_string_to_unsigned(*id, 10, 0, G_MAXINT, &number, NULL))
			g_ptr_array_add(iommu->groups, read_group(host, devices, (int)number));
	}
	g_ptr_array_sort(iommu->groups, compare_groups);
	return iommu;
}

void oriel_iommu_free(struct oriel_iommu *iommu)
{
	if (!iommu)
		return;
	g_strfreev(iommu->units);
	g_ptr_array_unref(iommu->groups);
	g_free(iommu);
}

const struct oriel_iommu_group *oriel_iommu_find_group(const struct oriel_iommu *iommu, int id)
{
	for (guint i = 0; i < iommu->groups->len; i++) {
		const struct oriel_iommu_group *group = g_ptr_array_index(iommu->groups, i);

		if (group->id == id)
			return group;
	}
	return NULL;
}

/* The host uses what it has a driver for, unless that driver is there to give it away. */
static gboolean is_used_by_host(const struct oriel_pci_device *device)
{
	static const char *const giving[] = {"vfio-pci", "pci-stub", "pcieport", NULL};

	return device->driver && !g_strv_contains(giving, device->driver);
}

enum oriel_iommu_verdict oriel_iommu_judge(const struct oriel_iommu *iommu,
	const struct oriel_pci_device *device, GPtrArray *ret_others)
{
	const struct oriel_iommu_group *group = oriel_iommu_find_group(iommu, device->iommu_group);
	enum oriel_iommu_verdict verdict = ORIEL_IOMMU_CLEAN;

	if (!group)
		return ORIEL_IOMMU_NO_GROUP;
	for (guint i = 0; i < group->devices->len; i++) {
		struct oriel_pci_device *other = g_ptr_array_index(group->devices, i);

		if (oriel_pci_address_same_slot(&other->address, &device->address) ||
			oriel_pci_is_bridge(other))
			continue;
		verdict = MAX(verdict,
			is_used_by_host(other) ? ORIEL_IOMMU_NEEDED : ORIEL_IOMMU_HARMLESS);
		if (ret_others)
			g_ptr_array_add(ret_others, other);
	}
	return verdict;
}

static const char *const verdict_texts[] = {
	[ORIEL_IOMMU_CLEAN] = "clean: nothing else is in its group",
	[ORIEL_IOMMU_HARMLESS] = "shared with devices the host does not use: they go to the VM too",
	[ORIEL_IOMMU_NEEDED] = "shared with devices the host uses: it cannot be given away alone",
	[ORIEL_IOMMU_NO_GROUP] = "in no IOMMU group: the IOMMU is off",
};

const char *oriel_iommu_verdict_get_text(enum oriel_iommu_verdict verdict)
{
	return verdict_texts[verdict];
}
