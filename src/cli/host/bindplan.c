/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/bindplan.h"

#include "cli/json.h"

#include <stdio.h>
#include <string.h>

/* ---- for people ----------------------------------------------------------------------------- */

static char *to_text(GBytes *bytes)
{
	gsize size = 0;
	const char *data = bytes ? g_bytes_get_data(bytes, &size) : "";

	return g_utf8_validate(data, (gssize)size, NULL) ? g_strndup(data, size) : NULL;
}

static void print_lines(char sign, char **lines, guint first, guint end)
{
	for (guint i = first; i < end; i++)
		if (*lines[i] || i + 1 < end)
			printf("    %c %s\n", sign, lines[i]);
}

/* What lies between the first and the last line that differ. */
static void print_difference(const char *before, const char *after)
{
	g_auto(GStrv) old = g_strsplit(before, "\n", -1);
	g_auto(GStrv) new = g_strsplit(after, "\n", -1);
	guint old_count = g_strv_length(old), new_count = g_strv_length(new);
	guint same = 0, tail = 0;

	while (same < MIN(old_count, new_count) && !strcmp(old[same], new[same]))
		same++;
	while (tail < MIN(old_count, new_count) - same &&
		!strcmp(old[old_count - 1 - tail], new[new_count - 1 - tail]))
		tail++;
	print_lines('-', old, same, old_count - tail);
	print_lines('+', new, same, new_count - tail);
}

static void print_change(const struct oriel_bind_change *change)
{
	g_autofree char *before = to_text(change->before);
	g_autofree char *after = to_text(change->after);

	printf("  %s %s: %s\n", change->before ? "change" : "new   ", change->path, change->why);
	if (before && after)
		print_difference(before, after);
	else
		printf("    %zu bytes\n", g_bytes_get_size(change->after));
}

static void print_texts(const char *title, const GPtrArray *texts)
{
	if (texts->len)
		printf("%s\n", title);
	for (guint i = 0; i < texts->len; i++)
		printf("  %s\n", (const char *)g_ptr_array_index(texts, i));
}

static void print_devices(const struct oriel_bind_plan *plan)
{
	printf("Bound to vfio-pci %s:\n",
		plan->by_address ? "by address, for another device has the same ids" : "by ids");
	for (guint i = 0; i < plan->devices->len; i++) {
		const struct oriel_record_device *device =
			&g_array_index(plan->devices, struct oriel_record_device, i);
		char name[ORIEL_PCI_ADDRESS_BYTES];

		printf("  %s (%04x:%04x)\n", oriel_pci_address_format(&device->address, name),
			device->vendor, device->device);
	}
}

void oriel_bindplan_print(const struct oriel_bind_plan *plan, const GPtrArray *objections)
{
	print_devices(plan);
	printf("Boot loader: %s; initramfs: %s.\nFiles, the rescue entry first:\n",
		oriel_machine_boot_loader_get_name(plan->loader),
		oriel_machine_initramfs_get_name(plan->initramfs));
	for (guint i = 0; i < plan->changes->len; i++)
		print_change(g_ptr_array_index(plan->changes, i));
	if (plan->commands->len)
		printf("Programs that make it count:\n");
	for (guint i = 0; i < plan->commands->len; i++) {
		g_autofree char *line = g_strjoinv(" ", g_ptr_array_index(plan->commands, i));

		printf("  %s\n", line);
	}
	print_texts("Mind:", plan->notes);
	print_texts("Reasons against it:", objections);
}

/* ---- for scripts ---------------------------------------------------------------------------- */

static void add_changes(JsonBuilder *builder, const GPtrArray *changes)
{
	json_builder_set_member_name(builder, "files");
	json_builder_begin_array(builder);
	for (guint i = 0; i < changes->len; i++) {
		const struct oriel_bind_change *change = g_ptr_array_index(changes, i);
		g_autofree char *after = to_text(change->after);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "path", change->path);
		oriel_json_add_truth(builder, "exists", change->before != NULL);
		oriel_json_add_text(builder, "why", change->why);
		oriel_json_add_text(builder, "content", after);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void add_commands(JsonBuilder *builder, const GPtrArray *commands)
{
	json_builder_set_member_name(builder, "commands");
	json_builder_begin_array(builder);
	for (guint i = 0; i < commands->len; i++) {
		char **words = g_ptr_array_index(commands, i);

		json_builder_begin_array(builder);
		for (; *words; words++)
			json_builder_add_string_value(builder, *words);
		json_builder_end_array(builder);
	}
	json_builder_end_array(builder);
}

void oriel_bindplan_print_json(const struct oriel_bind_plan *plan, const GPtrArray *objections)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	oriel_json_add_text(
		builder, "boot_loader", oriel_machine_boot_loader_get_name(plan->loader));
	oriel_json_add_text(
		builder, "initramfs", oriel_machine_initramfs_get_name(plan->initramfs));
	oriel_json_add_truth(builder, "by_address", plan->by_address);
	add_changes(builder, plan->changes);
	add_commands(builder, plan->commands);
	oriel_json_add_texts(builder, "notes", plan->notes);
	oriel_json_add_texts(builder, "objections", objections);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}
