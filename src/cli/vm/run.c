/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm pause, resume, reset, reboot, stop, screenshot. */
#include "cli/json.h"
#include "cli/vm/tables.h"
#include "cli/vm/verb.h"
#include "vm/error.h"
#include "vm/run.h"

#include <stdio.h>

#define STOP_TIMEOUT_S 60
#define TIMEOUT_MAX_S 86400

/* The state afterwards: read back from libvirt, not what was hoped for. */
static bool print_state(struct oriel_session *session, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(session->connection, name, error);
	const char *state;

	if (!domain)
		return false;
	state = oriel_vm_state_get_name(oriel_vm_run_get_state(domain));
	if (session->json) {
		g_autoptr(JsonBuilder) builder = json_builder_new();

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "name", name);
		oriel_json_add_text(builder, "state", state);
		json_builder_end_object(builder);
		oriel_json_print(builder);
	} else {
		printf("%s: %s\n", name, state);
	}
	return true;
}

int oriel_verb_run(const struct oriel_call *call, oriel_verb_func verb, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error) && verb(&session, call, name, error))
		print_state(&session, name, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static bool pause_machine(struct oriel_session *session, const struct oriel_call *call,
	const char *name, GError **error)
{
	return oriel_vm_run_pause(session->connection, name, error);
}

static bool resume(struct oriel_session *session, const struct oriel_call *call, const char *name,
	GError **error)
{
	return oriel_vm_run_resume(session->connection, name, error);
}

static bool reset(struct oriel_session *session, const struct oriel_call *call, const char *name,
	GError **error)
{
	return oriel_vm_run_reset(session->connection, name, error);
}

static bool restart(struct oriel_session *session, const struct oriel_call *call, const char *name,
	GError **error)
{
	return oriel_vm_run_reboot(session->connection, name, error);
}

static bool stop(struct oriel_session *session, const struct oriel_call *call, const char *name,
	GError **error)
{
	if (oriel_call_has(call, "force"))
		return oriel_vm_run_force_stop(session->connection, name, error);
	return oriel_vm_run_stop(session->connection, name,
		oriel_call_get_number(call, "timeout", STOP_TIMEOUT_S), session->cancellable,
		error);
}

static int run_pause(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, pause_machine, error);
}

static int run_resume(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, resume, error);
}

static int run_reset(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, reset, error);
}

static int run_reboot(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, restart, error);
}

static int run_stop(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, stop, error);
}

static void print_picture(const struct oriel_session *session, const char *file, const char *type)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	if (!session->json) {
		printf("%s: %s\n", file, type);
		return;
	}
	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "file", file);
	oriel_json_add_text(builder, "type", type);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static int run_screenshot(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	g_autofree char *type = NULL;
	int status;

	if (oriel_session_open(&session, call, error) &&
		oriel_vm_run_screenshot(session.connection, oriel_call_get_operand(call, 0),
			oriel_call_get_operand(call, 1), &type, error))
		print_picture(&session, oriel_call_get_operand(call, 1), type);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static const struct oriel_option plain_options[] = {ORIEL_SESSION_OPTIONS, {.name = NULL}};

static const struct oriel_option stop_options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "timeout",
		.kind = ORIEL_OPTION_NUMBER,
		.value = "SECONDS",
		.help = "how long to wait for the guest (60)",
		.min = 1,
		.max = TIMEOUT_MAX_S},
	{.name = "force", .help = "pull the plug: the guest may lose data"},
	{.name = NULL},
};

#define VERB(verb, text, its_options)                                                              \
	const struct oriel_command oriel_table_vm_##verb = {                                       \
		.name = #verb,                                                                     \
		.summary = text,                                                                   \
		.operands = "VM",                                                                  \
		.operands_min = 1,                                                                 \
		.operands_max = 1,                                                                 \
		.options = its_options,                                                            \
		.run = run_##verb,                                                                 \
	}

VERB(pause, "Stop a machine in time.", plain_options);
VERB(resume, "Let a paused or sleeping machine go on.", plain_options);
VERB(reset, "Press a machine's reset button.", plain_options);
VERB(reboot, "Ask the guest to start anew.", plain_options);
VERB(stop, "Ask the guest to shut down, and wait until it has.", stop_options);

const struct oriel_command oriel_table_vm_screenshot = {
	.name = "screenshot",
	.summary = "Write a picture of the guest's screen to a new file.",
	.operands = "VM FILE",
	.operands_min = 2,
	.operands_max = 2,
	.options = plain_options,
	.run = run_screenshot,
};
