/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm delete, clone, autostart, snapshot …. */
#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "vm/change.h"
#include "vm/error.h"
#include "vm/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef bool (*verb_func)(
	struct oriel_session *session, const struct oriel_call *call, GError **error);

static int run_verb(const struct oriel_call *call, verb_func verb, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error))
		verb(&session, call, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

/* For commands that print nothing else. */
static bool print_done(const char *kind, const char *name)
{
	oriel_json_print_done(kind, name, TRUE);
	return true;
}

/* ---- delete --------------------------------------------------------------------------------- */

/* Asked for on the terminal; where there is none, --yes must say it. */
static bool confirm(const struct oriel_call *call, const char *name, GError **error)
{
	char answer[8] = "";

	if (oriel_call_has(call, "yes"))
		return true;
	if (!isatty(STDIN_FILENO))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"deleting '%s' cannot be taken back: say --yes", name);
	fprintf(stderr, "Delete '%s'%s, its firmware variables and TPM? [y/N] ", name,
		oriel_call_has(call, "storage") ? ", the disks made for it" : "");
	if (fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y'))
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED, "'%s' was not deleted", name);
}

static bool delete (struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *name = oriel_call_get_operand(call, 0);
	g_autoptr(virDomain) there = oriel_vm_connection_find(session->connection, name, error);
	g_autoptr(GPtrArray) removed = NULL;
	g_autoptr(GPtrArray) kept = NULL;
	g_autoptr(JsonBuilder) builder = NULL;

	if (!there || !confirm(call, name, error) ||
		!oriel_vm_change_delete(session->connection, name, oriel_call_has(call, "storage"),
			&removed, &kept, error))
		return false;
	if (session->json) {
		builder = json_builder_new();
		json_builder_begin_object(builder);
		oriel_json_add_texts(builder, "removed", removed);
		oriel_json_add_texts(builder, "kept", kept);
		json_builder_end_object(builder);
		oriel_json_print(builder);
		return true;
	}
	printf("Deleted '%s'.\n", name);
	for (guint i = 0; i < removed->len; i++)
		printf("removed: %s\n", (char *)removed->pdata[i]);
	for (guint i = 0; i < kept->len; i++)
		printf("kept:    %s\n", (char *)kept->pdata[i]);
	return true;
}

static int run_delete(const struct oriel_call *call, GError **error)
{
	return run_verb(call, delete, error);
}

/* ---- clone ---------------------------------------------------------------------------------- */

static void show_progress(unsigned int percent, void *data)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%3u %%%s", percent, percent == 100 ? "\n" : "");
}

static bool clone_machine(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *new_name = oriel_call_get_operand(call, 1);

	if (!oriel_vm_change_clone(session->connection, oriel_call_get_operand(call, 0), new_name,
		    show_progress, NULL, session->cancellable, error))
		return false;
	if (session->json)
		return print_done("name", new_name);
	printf("Made '%s'. Its firmware variables and TPM are new: a BitLocker disk will ask for "
	       "its recovery key.\n",
		new_name);
	return true;
}

static int run_clone(const struct oriel_call *call, GError **error)
{
	return run_verb(call, clone_machine, error);
}

/* ---- autostart ------------------------------------------------------------------------------ */

static bool autostart(struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *how = oriel_call_get_operand(call, 1);

	if (strcmp(how, "on") && strcmp(how, "off"))
		return oriel_vm_error_set(
			error, ORIEL_VM_ERROR_INVALID, "autostart '%.64s': say on or off", how);
	if (!oriel_vm_run_set_autostart(session->connection, oriel_call_get_operand(call, 0),
		    strcmp(how, "on") == 0, error))
		return false;
	return !session->json || print_done("autostart", how);
}

static int run_autostart(const struct oriel_call *call, GError **error)
{
	return run_verb(call, autostart, error);
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static bool list_snapshots(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	g_autoptr(GPtrArray) names = oriel_vm_change_list_snapshots(
		session->connection, oriel_call_get_operand(call, 0), error);
	g_autoptr(JsonBuilder) builder = json_builder_new();

	if (!names)
		return false;
	if (session->json) {
		json_builder_begin_object(builder);
		oriel_json_add_texts(builder, "snapshots", names);
		json_builder_end_object(builder);
		oriel_json_print(builder);
		return true;
	}
	for (guint i = 0; i < names->len; i++)
		puts(names->pdata[i]);
	return true;
}

typedef bool (*snapshot_func)(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error);

static bool with_snapshot(struct oriel_session *session, const struct oriel_call *call,
	snapshot_func function, GError **error)
{
	const char *snapshot = oriel_call_get_operand(call, 1);

	if (!function(session->connection, oriel_call_get_operand(call, 0), snapshot, error))
		return false;
	return !session->json || print_done("snapshot", snapshot);
}

static bool take(struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	return with_snapshot(session, call, oriel_vm_change_take_snapshot, error);
}

static bool revert(struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	return with_snapshot(session, call, oriel_vm_change_revert, error);
}

static bool drop(struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	return with_snapshot(session, call, oriel_vm_change_delete_snapshot, error);
}

static int run_snapshot_list(const struct oriel_call *call, GError **error)
{
	return run_verb(call, list_snapshots, error);
}

static int run_snapshot_take(const struct oriel_call *call, GError **error)
{
	return run_verb(call, take, error);
}

static int run_snapshot_revert(const struct oriel_call *call, GError **error)
{
	return run_verb(call, revert, error);
}

static int run_snapshot_delete(const struct oriel_call *call, GError **error)
{
	return run_verb(call, drop, error);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct oriel_option plain_options[] = {ORIEL_SESSION_OPTIONS, {.name = NULL}};

static const struct oriel_option delete_options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "storage", .help = "also the disks that Oriel made for it"},
	{.name = "yes", .help = "do not ask"},
	{.name = NULL},
};

#define COMMAND(its_name, text, words, count, its_options, function)                               \
	{                                                                                          \
		.name = its_name, .summary = text, .operands = words, .operands_min = count,       \
		.operands_max = count, .options = its_options, .run = function,                    \
	}

const struct oriel_command oriel_table_vm_delete =
	COMMAND("delete", "Remove a machine that is off; its disks only with --storage.", "VM", 1,
		delete_options, run_delete);
const struct oriel_command oriel_table_vm_clone = COMMAND("clone",
	"Copy a machine that is off, with its disks.", "VM NEW-NAME", 2, plain_options, run_clone);
const struct oriel_command oriel_table_vm_autostart =
	COMMAND("autostart", "Start a machine when the computer starts, or no longer.", "VM on|off",
		2, plain_options, run_autostart);

static const struct oriel_command list_command =
	COMMAND("list", "List a machine's snapshots.", "VM", 1, plain_options, run_snapshot_list);
static const struct oriel_command take_command =
	COMMAND("take", "Take a snapshot.", "VM SNAPSHOT", 2, plain_options, run_snapshot_take);
static const struct oriel_command revert_command = COMMAND("revert",
	"Take a machine back to a snapshot.", "VM SNAPSHOT", 2, plain_options, run_snapshot_revert);
static const struct oriel_command delete_command = COMMAND(
	"delete", "Delete a snapshot.", "VM SNAPSHOT", 2, plain_options, run_snapshot_delete);

static const struct oriel_command *const snapshot_commands[] = {
	&list_command, &take_command, &revert_command, &delete_command, NULL};

const struct oriel_command oriel_table_vm_snapshot = {
	.name = "snapshot",
	.summary = "Take, list, delete snapshots, and go back to one.",
	.children = snapshot_commands,
};
