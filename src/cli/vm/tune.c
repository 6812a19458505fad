/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm tune …, and what 'oriel vm start' tunes. */
#include "cli/vm/tune.h"

#include "cli/host/ask.h"
#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "handover/tuning.h"
#include "vm/error.h"
#include "vm/run.h"
#include "vm/tree.h"

#include <stdio.h>
#include <string.h>

/* ---- what a machine wants ------------------------------------------------------------------- */

static void add_note(GPtrArray *notes, const char *text)
{
	g_ptr_array_add(notes, g_strdup(text));
}

/* Processors are kept free by moving the host's own groups away from them: a machine of the user's
 * own libvirt stands in such a group itself. */
static bool read_wish(struct oriel_vm_connection *connection, const char *definition,
	struct oriel_tuning_wish *ret_wish, char **ret_vm, GPtrArray *notes, GError **error)
{
	guint cpus = 1u << ORIEL_TUNING_CPUS;

	if (!oriel_tuning_wish_read(definition, ret_wish, ret_vm, error))
		return false;
	if ((ret_wish->tunings & cpus) &&
		strcmp(oriel_vm_connection_get_uri(connection), "qemu:///system")) {
		ret_wish->tunings &= ~cpus;
		add_note(notes, "cpus: left out, because only machines of qemu:///system run apart "
				"from the host's own programs");
	}
	return true;
}

static void tell(const GPtrArray *notes)
{
	for (guint i = 0; i < notes->len; i++)
		fprintf(stderr, "oriel: %s\n", (const char *)notes->pdata[i]);
}

/* ---- by the helper -------------------------------------------------------------------------- */

/* The helper's refusal as one of the machine's. */
static bool fail(const char *name, int code, GError *failure, GError **error)
{
	g_autoptr(GError) why = failure;

	return oriel_vm_error_set(error,
		code == ORIEL_EXIT_REFUSED || code == ORIEL_EXIT_USAGE ? ORIEL_VM_ERROR_REFUSED
								       : ORIEL_VM_ERROR_FAILED,
		"the computer could not be tuned for '%s' ('oriel vm edit %s --tune none' starts "
		"it "
		"without): %s",
		name, name, why->message);
}

static bool ask_tune(
	const char *vm, const struct oriel_tuning_wish *wish, GPtrArray *notes, GError **error)
{
	g_autofree char *names = oriel_tunings_format(wish->tunings);
	g_autofree char *cpus = oriel_cpus_format(&wish->cpus);
	g_autofree const char **sentences = NULL;
	g_autoptr(GVariant) reply = NULL;
	GError *failure = NULL;
	int code = oriel_ask_helper("Tune",
		g_variant_new("(sssti)", vm, names, cpus, wish->memory_bytes, wish->node), &reply,
		&failure);

	if (code)
		return fail(vm, code, failure, error);
	if (!g_variant_is_of_type(reply, G_VARIANT_TYPE("(as)")))
		return true;
	g_variant_get(reply, "(^a&s)", &sentences);
	for (const char **sentence = sentences; *sentence; sentence++)
		add_note(notes, *sentence);
	return true;
}

static bool tune(struct oriel_vm_connection *connection, const char *definition, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	struct oriel_tuning_wish wish;
	g_autofree char *vm = NULL;
	bool ok = read_wish(connection, definition, &wish, &vm, notes, error) &&
		  (!wish.tunings || ask_tune(vm, &wish, notes, error));

	if (ok)
		tell(notes);
	return ok;
}

static bool untune(const char *name, GError **error)
{
	g_autoptr(GError) failure = NULL;
	int code = oriel_ask_helper("Untune", g_variant_new("(s)", name), NULL, &failure);

	return code == ORIEL_EXIT_OK || code == ORIEL_EXIT_NOT_FOUND ||
	       oriel_vm_error_set(error,
		       code == ORIEL_EXIT_REFUSED ? ORIEL_VM_ERROR_REFUSED : ORIEL_VM_ERROR_FAILED,
		       "the tuning of the computer for '%s' was not undone: %s", name,
		       failure->message);
}

const struct oriel_vm_tuner oriel_tune_by_helper = {tune, untune};

/* ---- plan ----------------------------------------------------------------------------------- */

static const char *show(const char *value)
{
	return *value ? value : "all";
}

static void print_settings(const struct oriel_tuning_journal *plan)
{
	for (guint i = 0; i < plan->settings->len; i++) {
		const struct oriel_tuning_setting *setting = plan->settings->pdata[i];

		if (strcmp(setting->before, setting->after))
			printf("%s: %s: %s, now %s\n", oriel_tunings_get_name(setting->tuning),
				setting->target, setting->after, show(setting->before));
	}
}

static void print_settings_json(const struct oriel_tuning_journal *plan, const GPtrArray *notes)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "settings");
	json_builder_begin_array(builder);
	for (guint i = 0; i < plan->settings->len; i++) {
		const struct oriel_tuning_setting *setting = plan->settings->pdata[i];

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "tuning", oriel_tunings_get_name(setting->tuning));
		oriel_json_add_text(builder, "target", setting->target);
		oriel_json_add_text(builder, "now", setting->before);
		oriel_json_add_text(builder, "then", setting->after);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_add_texts(builder, "notes", notes);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static void print_plan(const struct oriel_session *session, const struct oriel_tuning_journal *plan,
	const GPtrArray *notes)
{
	if (session->json) {
		print_settings_json(plan, notes);
		return;
	}
	print_settings(plan);
	for (guint i = 0; i < notes->len; i++)
		printf("note: %s\n", (const char *)notes->pdata[i]);
	if (!plan->settings->len && !notes->len)
		printf("'%s' wants no tuning: 'oriel vm edit %s --tune' chooses some.\n", plan->vm,
			plan->vm);
}

static bool plan_for(
	struct oriel_session *session, const char *definition, const char *root, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	struct oriel_host *host = oriel_host_create(root);
	struct oriel_tuning_journal *plan = NULL;
	g_autoptr(GError) failure = NULL;
	struct oriel_tuning_wish wish;
	g_autofree char *vm = NULL;

	if (read_wish(session->connection, definition, &wish, &vm, notes, &failure))
		plan = oriel_tuning_plan(&oriel_kernel_sysfs, host, vm, &wish, notes, &failure);
	if (plan)
		print_plan(session, plan, notes);
	else
		oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED, "%s", failure->message);
	oriel_tuning_journal_free(plan);
	oriel_host_destroy(host);
	return !failure;
}

static bool plan_machine(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(
		session->connection, oriel_call_get_operand(call, 0), error);
	g_autoptr(xmlDoc) document = domain ? oriel_vm_run_get_definition(domain, error) : NULL;
	g_autofree char *definition = document ? oriel_vm_tree_to_text(document) : NULL;

	return definition &&
	       plan_for(session, definition, oriel_call_get_text(call, "root"), error);
}

static int run_plan(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error))
		plan_machine(&session, call, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

/* ---- status, undo --------------------------------------------------------------------------- */

static void print_tunings(GVariant *list)
{
	const char *vm, *names, *state;
	GVariantIter iter;

	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &vm, &names, &state))
		printf("%s: %s (%s)\n", vm, names, state);
	if (!g_variant_n_children(list))
		printf("This computer is tuned for no machine.\n");
}

static void print_tunings_json(GVariant *list)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	const char *vm, *names, *state;
	GVariantIter iter;

	json_builder_begin_array(builder);
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &vm, &names, &state)) {
		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", vm);
		oriel_json_add_text(builder, "tune", names);
		oriel_json_add_text(builder, "state", state);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	oriel_json_print(builder);
}

static int run_status(const struct oriel_call *call, GError **error)
{
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) list = NULL;
	int code = oriel_ask_helper("Tunings", NULL, &reply, error);

	if (code || !g_variant_is_of_type(reply, G_VARIANT_TYPE("(a(sss))")))
		return code;
	list = g_variant_get_child_value(reply, 0);
	(oriel_call_has(call, "json") ? print_tunings_json : print_tunings)(list);
	return ORIEL_EXIT_OK;
}

static int run_undo(const struct oriel_call *call, GError **error)
{
	const char *vm = oriel_call_get_operand(call, 0);
	int code = oriel_ask_helper("Untune", g_variant_new("(s)", vm), NULL, error);

	if (!code && oriel_call_has(call, "json"))
		oriel_json_print_done("name", vm, TRUE);
	else if (!code)
		printf("Everything that was tuned for '%s' is as it was found.\n", vm);
	return code;
}

/* ---- tables --------------------------------------------------------------------------------- */

static const struct oriel_option plan_options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "root",
		.kind = ORIEL_OPTION_TEXT,
		.value = "DIR",
		.help = "look at the system below DIR (default: /)"},
	{.name = NULL},
};

static const struct oriel_command plan_command = {
	.name = "plan",
	.summary = "Show what would be set while the machine runs, and change nothing.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = plan_options,
	.run = run_plan,
};

static const struct oriel_option helper_options[] = {
	{.name = "json", .help = "print JSON"},
	{.name = NULL},
};

static const struct oriel_command status_command = {
	.name = "status",
	.summary = "List the machines that this computer is tuned for.",
	.options = helper_options,
	.run = run_status,
};

static const struct oriel_command undo_command = {
	.name = "undo",
	.summary = "Set everything back that was tuned for a machine.",
	.details = "The end of the machine does it too; this is for when something went wrong.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = helper_options,
	.run = run_undo,
};

static const struct oriel_command *const commands[] = {
	&plan_command,
	&status_command,
	&undo_command,
	NULL,
};

const struct oriel_command oriel_table_vm_tune = {
	.name = "tune",
	.summary = "Look at what is tuned on this computer while machines run.",
	.children = commands,
};
