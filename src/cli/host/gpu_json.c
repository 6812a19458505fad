/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/gpu_json.h"

/* ---- GPUs ----------------------------------------------------------------------------------- */

static void add_functions(JsonBuilder *builder, const struct oriel_gpu *gpu)
{
	json_builder_set_member_name(builder, "functions");
	json_builder_begin_array(builder);
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);
		g_autofree char *class = g_strdup_printf("%06x", function->class_code);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "address", function->name);
		oriel_json_add_text(builder, "class", class);
		oriel_json_add_text(builder, "driver", function->driver);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void add_outputs(JsonBuilder *builder, const struct oriel_gpu *gpu)
{
	json_builder_set_member_name(builder, "outputs");
	json_builder_begin_array(builder);
	for (guint i = 0; i < gpu->outputs->len; i++) {
		const struct oriel_gpu_output *output = g_ptr_array_index(gpu->outputs, i);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", output->name);
		oriel_json_add_truth(builder, "connected", output->connected);
		oriel_json_add_truth(builder, "enabled", output->enabled);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

void oriel_gpu_json_add(
	JsonBuilder *builder, const struct oriel_gpu_facts *facts, const struct oriel_gpu *gpu)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	const struct oriel_pci_device *device = gpu->device;
	g_autofree char *ids = g_strdup_printf("%04x:%04x", device->vendor, device->device);
	enum oriel_gpu_fitness fitness = oriel_gpu_rate(gpu, facts->gpus, reasons);

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "address", device->name);
	oriel_json_add_text(builder, "ids", ids);
	oriel_json_add_text(builder, "vendor", device->vendor_name);
	oriel_json_add_text(builder, "model", device->device_name);
	oriel_json_add_text(builder, "driver", device->driver);
	oriel_json_add_number(builder, "iommu_group", device->iommu_group);
	oriel_json_add_number(builder, "boot_vga", device->boot_vga);
	oriel_json_add_truth(builder, "integrated", gpu->is_integrated);
	oriel_json_add_text(builder, "reset_method", device->reset_method);
	oriel_json_add_text(builder, "group_verdict",
		oriel_iommu_verdict_get_text(oriel_iommu_judge(facts->iommu, device, NULL)));
	oriel_json_add_text(builder, "fitness", oriel_gpu_fitness_get_name(fitness));
	oriel_json_add_texts(builder, "reasons", reasons);
	oriel_json_add_texts(builder, "nodes", gpu->nodes);
	add_functions(builder, gpu);
	add_outputs(builder, gpu);
	json_builder_end_object(builder);
}

void oriel_gpu_json_add_all(JsonBuilder *builder, const struct oriel_gpu_facts *facts)
{
	json_builder_set_member_name(builder, "gpus");
	json_builder_begin_array(builder);
	for (guint i = 0; i < facts->gpus->len; i++)
		oriel_gpu_json_add(builder, facts, g_ptr_array_index(facts->gpus, i));
	json_builder_end_array(builder);
}

/* ---- groups --------------------------------------------------------------------------------- */

static void add_group(JsonBuilder *builder, const struct oriel_iommu_group *group)
{
	json_builder_begin_object(builder);
	oriel_json_add_number(builder, "id", group->id);
	oriel_json_add_text(builder, "type", group->type);
	json_builder_set_member_name(builder, "devices");
	json_builder_begin_array(builder);
	for (guint i = 0; i < group->devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(group->devices, i);

		json_builder_add_string_value(builder, device->name);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

void oriel_gpu_json_add_iommu(JsonBuilder *builder, const struct oriel_iommu *iommu)
{
	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "firmware_table", iommu->firmware_table);
	json_builder_set_member_name(builder, "units");
	json_builder_begin_array(builder);
	for (char **unit = iommu->units; *unit; unit++)
		json_builder_add_string_value(builder, *unit);
	json_builder_end_array(builder);
	json_builder_set_member_name(builder, "groups");
	json_builder_begin_array(builder);
	for (guint i = 0; i < iommu->groups->len; i++)
		add_group(builder, g_ptr_array_index(iommu->groups, i));
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}
