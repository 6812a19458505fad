/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm edit, and what all commands that change a definition have in common. */
#include "cli/vm/edit.h"

#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/settings.h"
#include "cli/vm/tables.h"
#include "vm/change.h"
#include "vm/diff.h"

#include <stdio.h>
#include <string.h>

static void print_change(
	struct oriel_session *session, const struct oriel_vm_change *change, bool active)
{
	g_autofree char *diff = oriel_vm_diff(change->before, change->after);

	if (session->json) {
		g_autoptr(JsonBuilder) builder = json_builder_new();

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", change->name);
		oriel_json_add_truth(builder, "changed", change->backup != NULL);
		oriel_json_add_text(builder, "diff", diff);
		oriel_json_add_text(builder, "backup", change->backup);
		json_builder_end_object(builder);
		oriel_json_print(builder);
		return;
	}
	if (!*diff)
		printf("'%s' is like that already; nothing was changed.\n", change->name);
	fputs(diff, stdout);
	if (change->backup)
		printf("Changed '%s'%s. The old definition is kept in %s\n", change->name,
			active ? " from its next start on" : "", change->backup);
}

static bool edit(struct oriel_session *session, const struct oriel_call *call, const char *name,
	const struct oriel_vm_spec *spec, GError **error)
{
	struct oriel_vm_change *change =
		oriel_vm_change_plan(session->connection, name, spec, session->sysfs, error);
	g_autoptr(virDomain) domain = NULL;
	bool ok = change != NULL;

	if (ok && !oriel_call_has(call, "dry-run") && strcmp(change->before, change->after))
		ok = oriel_vm_change_carry_out(change, session->connection, error);
	if (ok) {
		domain = oriel_vm_connection_find(session->connection, name, NULL);
		print_change(session, change, domain && virDomainIsActive(domain) == 1);
	}
	oriel_vm_change_free(change);
	return ok;
}

int oriel_edit_run(const struct oriel_call *call, const char *name,
	const struct oriel_vm_spec *spec, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error)) {
		session.machine = name;
		edit(&session, call, name, spec, error);
	}
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static int run_edit(const struct oriel_call *call, GError **error)
{
	struct oriel_vm_spec spec;
	int status = ORIEL_EXIT_USAGE;

	oriel_vm_spec_init(&spec);
	if (oriel_settings_read(call, &spec, error))
		status = oriel_edit_run(call, oriel_call_get_operand(call, 0), &spec, error);
	else
		status = oriel_session_get_exit(NULL, call, error);
	oriel_vm_spec_finish(&spec);
	return status;
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	ORIEL_SETTINGS_OPTIONS,
	ORIEL_EDIT_OPTIONS,
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_edit = {
	.name = "edit",
	.summary = "Change a machine, whoever made it; the old definition is kept.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_edit,
};
