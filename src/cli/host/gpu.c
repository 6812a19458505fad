/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel gpu …: the GPUs of this machine and what stands in the way of giving one to a guest. */
#include "cli/call.h"
#include "cli/host/gpu_json.h"
#include "cli/host/handover.h"
#include "cli/table.h"
#include "host/gpu.h"
#include "host/holders.h"
#include "host/iommu.h"

#include <gio/gio.h>
#include <stdio.h>

/* What every command here looks at. */
struct view {
	struct oriel_host *host;
	GPtrArray *devices;
	GPtrArray *gpus;
	struct oriel_iommu *iommu;
};

static void view_init(struct view *view, const struct oriel_call *call)
{
	view->host = oriel_host_create(oriel_call_get_text(call, "root"));
	view->devices = oriel_pci_list(view->host);
	view->gpus = oriel_gpu_list(view->host, view->devices);
	view->iommu = oriel_iommu_read(view->host, view->devices);
}

static void view_finish(struct view *view)
{
	oriel_iommu_free(view->iommu);
	g_ptr_array_unref(view->gpus);
	g_ptr_array_unref(view->devices);
	oriel_host_destroy(view->host);
}

static const char *get_driver(const struct oriel_pci_device *device)
{
	return device->driver ? device->driver : "none";
}

static struct oriel_gpu_facts get_facts(const struct view *view)
{
	return (struct oriel_gpu_facts){view->gpus, view->iommu};
}

static void print_gpus_json(const struct view *view)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	const struct oriel_gpu_facts facts = get_facts(view);

	json_builder_begin_object(builder);
	oriel_gpu_json_add_all(builder, &facts);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

/* ---- list, candidates, info ----------------------------------------------------------------- */

static void print_line(const struct oriel_gpu *gpu)
{
	g_autofree char *text = oriel_pci_describe(gpu->device);

	printf("%s\n  driver %s, group %d%s%s%s\n", text, get_driver(gpu->device),
		gpu->device->iommu_group, oriel_gpu_is_boot(gpu) ? ", starts the machine" : "",
		oriel_gpu_is_connected(gpu) ? ", has a monitor" : "",
		gpu->is_integrated ? ", part of the processor" : "");
}

static void print_rating(const struct view *view, const struct oriel_gpu *gpu)
{
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
	enum oriel_gpu_fitness fitness = oriel_gpu_rate(gpu, view->gpus, reasons);

	printf("  for a guest: %s\n", oriel_gpu_fitness_get_name(fitness));
	for (guint i = 0; i < reasons->len; i++)
		printf("    - %s\n", (const char *)g_ptr_array_index(reasons, i));
}

static void print_details(const struct view *view, const struct oriel_gpu *gpu)
{
	print_line(gpu);
	for (guint i = 0; i < gpu->functions->len; i++) {
		const struct oriel_pci_device *function = g_ptr_array_index(gpu->functions, i);

		printf("  function %s %s, driver %s\n", function->name,
			oriel_pci_get_class_name(function), get_driver(function));
	}
	for (guint i = 0; i < gpu->outputs->len; i++) {
		const struct oriel_gpu_output *output = g_ptr_array_index(gpu->outputs, i);

		printf("  output %s: %s%s\n", output->name,
			output->connected ? "monitor connected" : "nothing connected",
			output->enabled ? ", shows a picture" : "");
	}
	printf("  group: %s\n",
		oriel_iommu_verdict_get_text(oriel_iommu_judge(view->iommu, gpu->device, NULL)));
	printf("  reset: %s\n", !gpu->device->reset_method   ? "unknown"
				: *gpu->device->reset_method ? gpu->device->reset_method
							     : "none");
	print_rating(view, gpu);
}

static int print_gpus(const struct oriel_call *call,
	void (*print)(const struct view *view, const struct oriel_gpu *gpu))
{
	struct view view;

	view_init(&view, call);
	if (oriel_call_has(call, "json"))
		print_gpus_json(&view);
	else if (!view.gpus->len)
		printf("This machine has no display device on its PCI bus.\n");
	for (guint i = 0; !oriel_call_has(call, "json") && i < view.gpus->len; i++)
		print(&view, g_ptr_array_index(view.gpus, i));
	view_finish(&view);
	return ORIEL_EXIT_OK;
}

static void print_list_entry(const struct view *view, const struct oriel_gpu *gpu)
{
	print_line(gpu);
}

static void print_candidate(const struct view *view, const struct oriel_gpu *gpu)
{
	print_line(gpu);
	print_rating(view, gpu);
}

static int run_list(const struct oriel_call *call, GError **error)
{
	return print_gpus(call, print_list_entry);
}

static int run_candidates(const struct oriel_call *call, GError **error)
{
	return print_gpus(call, print_candidate);
}

/* Finds the GPU that the first operand names, and does act with it. */
static int with_gpu(const struct oriel_call *call, GError **error,
	int (*act)(const struct oriel_call *, const struct view *, const struct oriel_gpu *))
{
	const char *text = oriel_call_get_operand(call, 0);
	struct oriel_pci_address address;
	const struct oriel_gpu *gpu;
	int code = ORIEL_EXIT_NOT_FOUND;
	struct view view;

	if (!oriel_pci_address_parse(text, &address, error))
		return ORIEL_EXIT_USAGE;
	view_init(&view, call);
	gpu = oriel_gpu_find(view.gpus, &address);
	if (gpu)
		code = act(call, &view, gpu);
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"%s is no display device of this machine: 'oriel gpu list' shows them",
			text);
	view_finish(&view);
	return code;
}

static int print_info(
	const struct oriel_call *call, const struct view *view, const struct oriel_gpu *gpu)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	const struct oriel_gpu_facts facts = get_facts(view);

	if (!oriel_call_has(call, "json")) {
		print_details(view, gpu);
		return ORIEL_EXIT_OK;
	}
	oriel_gpu_json_add(builder, &facts, gpu);
	oriel_json_print(builder);
	return ORIEL_EXIT_OK;
}

static int run_info(const struct oriel_call *call, GError **error)
{
	return with_gpu(call, error, print_info);
}

/* ---- holders -------------------------------------------------------------------------------- */

static void print_holders_json(const struct oriel_holders *holders)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "holders");
	json_builder_begin_array(builder);
	for (guint i = 0; i < holders->list->len; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		json_builder_begin_object(builder);
		oriel_json_add_number(builder, "pid", holder->pid);
		oriel_json_add_text(builder, "command", holder->command);
		oriel_json_add_text(builder, "node", holder->node);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_add_number(builder, "unreadable", holders->unreadable);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static void print_holders_text(const struct oriel_holders *holders)
{
	for (guint i = 0; i < holders->list->len; i++) {
		const struct oriel_holder *holder = g_ptr_array_index(holders->list, i);

		printf("%7d %-16s %s\n", holder->pid, holder->command, holder->node);
	}
	if (!holders->list->len)
		printf("No process that could be looked into has the GPU open.\n");
	if (holders->unreadable)
		printf("%u processes of other users could not be looked into; run it with sudo to "
		       "see them.\n",
			holders->unreadable);
}

static int print_holders(
	const struct oriel_call *call, const struct view *view, const struct oriel_gpu *gpu)
{
	g_autoptr(GPtrArray) nodes = oriel_holders_list_nodes(view->host, gpu);
	struct oriel_holders *holders = oriel_holders_scan(view->host, nodes);

	if (oriel_call_has(call, "json"))
		print_holders_json(holders);
	else
		print_holders_text(holders);
	oriel_holders_free(holders);
	return ORIEL_EXIT_OK;
}

static int run_holders(const struct oriel_call *call, GError **error)
{
	return with_gpu(call, error, print_holders);
}

/* ---- groups --------------------------------------------------------------------------------- */

static void print_groups_json(const struct oriel_iommu *iommu)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	oriel_gpu_json_add_iommu(builder, iommu);
	oriel_json_print(builder);
}

static void print_groups_text(const struct oriel_iommu *iommu)
{
	g_autofree char *units = g_strjoinv(" ", iommu->units);

	printf("IOMMU: %s; the firmware %s.\n", *units ? units : "off",
		iommu->firmware_table ? "offers one" : "offers none");
	for (guint i = 0; i < iommu->groups->len; i++) {
		const struct oriel_iommu_group *group = g_ptr_array_index(iommu->groups, i);

		printf("group %d%s%s\n", group->id, group->type ? ", " : "",
			group->type ? group->type : "");
		for (guint j = 0; j < group->devices->len; j++) {
			const struct oriel_pci_device *device =
				g_ptr_array_index(group->devices, j);
			g_autofree char *text = oriel_pci_describe(device);

			printf("  %s, %s, driver %s\n", text, oriel_pci_get_class_name(device),
				get_driver(device));
		}
	}
}

static int run_groups(const struct oriel_call *call, GError **error)
{
	struct view view;

	view_init(&view, call);
	if (oriel_call_has(call, "json"))
		print_groups_json(view.iommu);
	else
		print_groups_text(view.iommu);
	view_finish(&view);
	return ORIEL_EXIT_OK;
}

/* ---- table ---------------------------------------------------------------------------------- */

static const struct oriel_option options[] = {
	{"json", ORIEL_OPTION_SWITCH, NULL, "print one JSON object"},
	{"root", ORIEL_OPTION_TEXT, "DIR", "look at the system below DIR (default: /)"},
	{.name = NULL},
};

static const struct oriel_command list_command = {
	.name = "list",
	.summary = "List the GPUs.",
	.options = options,
	.run = run_list,
};

static const struct oriel_command info_command = {
	.name = "info",
	.summary = "Show one GPU with its functions, outputs and group.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_info,
};

static const struct oriel_command candidates_command = {
	.name = "candidates",
	.summary = "Say which GPU can go to a guest, and why.",
	.options = options,
	.run = run_candidates,
};

static const struct oriel_command groups_command = {
	.name = "groups",
	.summary = "List the IOMMU groups with their devices.",
	.options = options,
	.run = run_groups,
};

static const struct oriel_command holders_command = {
	.name = "holders",
	.summary = "List the processes that have a GPU open.",
	.operands = "ADDRESS",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_holders,
};

static const struct oriel_command *const commands[] = {
	&list_command,
	&info_command,
	&candidates_command,
	&groups_command,
	&holders_command,
	&oriel_command_gpu_bind,
	&oriel_command_gpu_release,
	&oriel_command_gpu_reserve,
	NULL,
};

const struct oriel_command oriel_table_gpu = {
	.name = "gpu",
	.summary = "Look at the GPUs of this machine, hand one over, take it home.",
	.children = commands,
};

const struct oriel_command oriel_table_iommu = {
	.name = "iommu",
	.summary = "Show the IOMMU and its groups.",
	.options = options,
	.run = run_groups,
};
