/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm create. */
#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/settings.h"
#include "cli/vm/tables.h"
#include "vm/check.h"
#include "vm/create.h"

#include <stdio.h>

static void print_plan(const struct oriel_vm_plan *plan)
{
	g_autofree char *text = oriel_vm_tree_to_text(plan->document);

	fputs(text, stdout);
	if (plan->disk_file) {
		g_autofree char *size = oriel_vm_check_format_size(plan->disk_bytes);

		printf("<!-- would make the %s disk %s of %s -->\n", plan->disk_format,
			plan->disk_file, size);
	}
}

static void print_json(
	const struct oriel_vm_spec *spec, const struct oriel_vm_plan *plan, bool made)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *text = oriel_vm_tree_to_text(plan->document);

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "name", spec->name);
	oriel_json_add_text(builder, "uuid", plan->uuid);
	oriel_json_add_text(builder, "disk", plan->disk_file);
	oriel_json_add_number(builder, "disk_bytes", plan->disk_bytes);
	oriel_json_add_truth(builder, "made", made);
	oriel_json_add_text(builder, "definition", text);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static bool create(struct oriel_session *session, const struct oriel_call *call,
	struct oriel_vm_spec *spec, GError **error)
{
	bool dry = oriel_call_has(call, "dry-run");
	struct oriel_vm_plan *plan =
		oriel_vm_plan_create(session->connection, spec, session->sysfs, error);
	bool ok = plan && (dry || oriel_vm_plan_carry_out(plan, session->connection, error));

	if (ok && session->json)
		print_json(spec, plan, !dry);
	else if (ok && dry)
		print_plan(plan);
	else if (ok)
		printf("Made '%s'. Start it with: oriel vm start %s\n", spec->name, spec->name);
	oriel_vm_plan_free(plan);
	return ok;
}

static int run_create(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	struct oriel_vm_spec spec;
	int status;

	oriel_vm_spec_init(&spec);
	/* What was typed is checked before libvirt is asked for anything. */
	if (oriel_vm_spec_set(&spec, "name", oriel_call_get_operand(call, 0), error) &&
		oriel_settings_read(call, &spec, error) &&
		oriel_session_open(&session, call, error))
		create(&session, call, &spec, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	oriel_vm_spec_finish(&spec);
	return status;
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	ORIEL_SETTINGS_TEXT(
		"os", "NAME", "what runs in it: windows11, windows10, linux, macos, ..."),
	ORIEL_SETTINGS_OPTIONS,
	ORIEL_SETTINGS_TEXT("disk", "SIZE|none", "size of the new disk"),
	ORIEL_SETTINGS_TEXT("disk-file", "FILE", "where that disk is made"),
	ORIEL_SETTINGS_TEXT("disk-format", "qcow2|raw", "its format (qcow2)"),
	ORIEL_SETTINGS_TEXT("virtualization", "kvm|qemu", "hardware or (slow) software"),
	{.name = "dry-run", .help = "print what would be made, and make nothing"},
	ORIEL_SETTINGS_TEXT("root", "DIR", "look for devices below DIR instead of /"),
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_create = {
	.name = "create",
	.summary = "Define a new machine and make its disk.",
	.operands = "NAME",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_create,
};
