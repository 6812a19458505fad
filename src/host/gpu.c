/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/gpu.h"

#include <string.h>

#include "host/iommu.h"

#define VENDOR_INTEL 0x8086
#define CLASS_ENCRYPTION 0x1080

static void free_output(void *data)
{
	struct oriel_gpu_output *output = data;

	g_free(output->name);
	g_free(output);
}

static void free_gpu(void *data)
{
	struct oriel_gpu *gpu = data;

	g_ptr_array_unref(gpu->functions);
	g_ptr_array_unref(gpu->outputs);
	g_ptr_array_unref(gpu->nodes);
	g_free(gpu);
}

/* …/drm/card0/card0-HDMI-A-1/{status,enabled} */
static void read_output(const struct oriel_host *host, struct oriel_gpu *gpu, const char *card,
	const char *connector)
{
	const char *base = "/sys/bus/pci/devices";
	g_autofree char *status = oriel_host_read(
		host, "%s/%s/drm/%s/%s/status", base, gpu->device->name, card, connector);
	g_autofree char *enabled = oriel_host_read(
		host, "%s/%s/drm/%s/%s/enabled", base, gpu->device->name, card, connector);
	struct oriel_gpu_output *output;

	if (!status)
		return;
	output = g_new0(struct oriel_gpu_output, 1);
	output->name = g_strdup(connector + strlen(card) + 1);
	output->connected = !strcmp(status, "connected");
	output->enabled = enabled && !strcmp(enabled, "enabled");
	g_ptr_array_add(gpu->outputs, output);
}

static void read_outputs(const struct oriel_host *host, struct oriel_gpu *gpu, const char *card)
{
	g_autofree char *prefix = g_strconcat(card, "-", NULL);
	g_auto(GStrv) names =
		oriel_host_list(host, "/sys/bus/pci/devices/%s/drm/%s", gpu->device->name, card);

	for (char **name = names; *name; name++)
		if (g_str_has_prefix(*name, prefix))
			read_output(host, gpu, card, *name);
}

static void read_nodes(const struct oriel_host *host, struct oriel_gpu *gpu)
{
	g_auto(GStrv) names =
		oriel_host_list(host, "/sys/bus/pci/devices/%s/drm", gpu->device->name);

	for (char **name = names; *name; name++) {
		if (!g_str_has_prefix(*name, "card") && !g_str_has_prefix(*name, "renderD"))
			continue;
		g_ptr_array_add(gpu->nodes, g_strconcat("/dev/dri/", *name, NULL));
		if (g_str_has_prefix(*name, "card"))
			read_outputs(host, gpu, *name);
	}
}

/*
 * Part of the processor: Intel's sits on bus 0, AMD's brings the processor's security device along
 * in its own slot. Nothing in sysfs says it outright.
 */
static gboolean is_integrated(const struct oriel_gpu *gpu)
{
	if (gpu->device->vendor == VENDOR_INTEL && gpu->device->address.bus == 0)
		return TRUE;
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);

		if (function->class_code >> 8 == CLASS_ENCRYPTION)
			return TRUE;
	}
	return FALSE;
}

static void find_relatives(struct oriel_gpu *gpu, const GPtrArray *devices)
{
	for (guint i = 0; i < devices->len; i++) {
		struct oriel_pci_device *other = g_ptr_array_index(devices, i);

		if (oriel_pci_address_same_slot(&other->address, &gpu->device->address))
			g_ptr_array_add(gpu->functions, other);
		else if (other->vendor == gpu->device->vendor &&
			 other->device == gpu->device->device && !gpu->twin)
			gpu->twin = other;
	}
}

static struct oriel_gpu *read_gpu(const struct oriel_host *host, const GPtrArray *devices,
	const struct oriel_pci_device *device)
{
	struct oriel_gpu *gpu = g_new0(struct oriel_gpu, 1);

	gpu->device = device;
	gpu->functions = g_ptr_array_new();
	gpu->outputs = g_ptr_array_new_with_free_func(free_output);
	gpu->nodes = g_ptr_array_new_with_free_func(g_free);
	find_relatives(gpu, devices);
	gpu->is_integrated = is_integrated(gpu);
	read_nodes(host, gpu);
	return gpu;
}

GPtrArray *oriel_gpu_list(const struct oriel_host *host, const GPtrArray *devices)
{
	GPtrArray *gpus = g_ptr_array_new_with_free_func(free_gpu);

	for (guint i = 0; i < devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		if (oriel_pci_is_display(device))
			g_ptr_array_add(gpus, read_gpu(host, devices, device));
	}
	return gpus;
}

const struct oriel_gpu *oriel_gpu_find(
	const GPtrArray *gpus, const struct oriel_pci_address *address)
{
	for (guint i = 0; i < gpus->len; i++) {
		const struct oriel_gpu *gpu = g_ptr_array_index(gpus, i);

		if (oriel_pci_address_same_slot(&gpu->device->address, address))
			return gpu;
	}
	return NULL;
}

gboolean oriel_gpu_is_boot(const struct oriel_gpu *gpu)
{
	return gpu->device->boot_vga == 1;
}

gboolean oriel_gpu_is_connected(const struct oriel_gpu *gpu)
{
	for (guint i = 0; i < gpu->outputs->len; i++) {
		const struct oriel_gpu_output *output = g_ptr_array_index(gpu->outputs, i);

		if (output->connected)
			return TRUE;
	}
	return FALSE;
}

/* ---- rating --------------------------------------------------------------------------------- */

static gboolean shows_picture(const struct oriel_gpu *gpu)
{
	for (guint i = 0; i < gpu->outputs->len; i++) {
		const struct oriel_gpu_output *output = g_ptr_array_index(gpu->outputs, i);

		if (output->enabled)
			return TRUE;
	}
	return FALSE;
}

enum oriel_gpu_fitness oriel_gpu_rate(
	const struct oriel_gpu *gpu, const GPtrArray *gpus, GPtrArray *ret_reasons)
{
	enum oriel_gpu_fitness fitness = ORIEL_GPU_FIT;
	const struct {
		gboolean applies;
		enum oriel_gpu_fitness fitness;
		const char *reason;
	} rules[] = {
		{gpus->len < 2, ORIEL_GPU_UNFIT,
			"it is the only GPU: the host would have no picture while the VM runs"},
		{oriel_gpu_is_boot(gpu), ORIEL_GPU_UNFIT,
			"the firmware starts on it (boot_vga is 1): choose the other GPU as "
			"primary "
			"display in the firmware setup"},
		{shows_picture(gpu), ORIEL_GPU_UNFIT,
			"a monitor of the host shows a picture from it"},
		{gpu->device->iommu_group == ORIEL_PCI_UNKNOWN, ORIEL_GPU_UNFIT,
			"it is in no IOMMU group: the IOMMU is off, see 'oriel check'"},
		{gpu->is_integrated, ORIEL_GPU_POSSIBLE,
			"it is part of the processor: few guests can drive such a GPU"},
		{gpu->device->class_code >> 8 == 0x0302, ORIEL_GPU_POSSIBLE,
			"it has no outputs of its own (3D controller): the guest needs a virtual "
			"display"},
		{gpu->twin != NULL, ORIEL_GPU_POSSIBLE,
			"another device has the same ids: it must be bound by address"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (!rules[i].applies)
			continue;
		fitness = MAX(fitness, rules[i].fitness);
		g_ptr_array_add(ret_reasons, g_strdup(rules[i].reason));
	}
	if (fitness == ORIEL_GPU_FIT)
		g_ptr_array_add(ret_reasons,
			g_strdup("the host starts and shows its picture on another GPU"));
	return fitness;
}

const char *oriel_gpu_fitness_get_name(enum oriel_gpu_fitness fitness)
{
	static const char *const names[] = {
		[ORIEL_GPU_FIT] = "recommended",
		[ORIEL_GPU_POSSIBLE] = "possible",
		[ORIEL_GPU_UNFIT] = "not recommended",
	};

	return names[fitness];
}

GPtrArray *oriel_gpu_list_objections(const struct oriel_host *host, const GPtrArray *devices,
	const GPtrArray *gpus, const struct oriel_gpu *gpu)
{
	GPtrArray *objections = g_ptr_array_new_with_free_func(g_free);
	struct oriel_iommu *iommu = oriel_iommu_read(host, devices);

	if (oriel_gpu_rate(gpu, gpus, objections) != ORIEL_GPU_UNFIT)
		g_ptr_array_set_size(objections, 0);
	if (oriel_iommu_judge(iommu, gpu->device, NULL) == ORIEL_IOMMU_NEEDED)
		g_ptr_array_add(objections,
			g_strdup("its IOMMU group has devices that the host needs ('oriel gpu "
				 "groups')"));
	oriel_iommu_free(iommu);
	return objections;
}
