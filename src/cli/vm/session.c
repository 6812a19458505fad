/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vm/session.h"

#include "base/suggest.h"
#include "cli/vm/tune.h"
#include "vm/error.h"
#include "vm/journal.h"
#include "vm/run.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

static gboolean on_interrupt(void *data)
{
	g_cancellable_cancel(data);
	return G_SOURCE_CONTINUE;
}

bool oriel_session_open(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *uri = oriel_call_get_text(call, "connect");
	const char *root = oriel_call_get_text(call, "root");
	unsigned int undone;

	*session = (struct oriel_session){.json = oriel_call_has(call, "json")};
	session->sysfs = g_build_filename(root ? root : "/", "sys", NULL);
	session->connection =
		oriel_vm_connection_open(uri ? uri : g_getenv("ORIEL_CONNECT"), error);
	if (!session->connection)
		return false;
	oriel_vm_connection_set_tuner(session->connection, &oriel_tune_by_helper);
	session->cancellable = g_cancellable_new();
	session->signal_id = g_unix_signal_add(SIGINT, on_interrupt, session->cancellable);
	undone = oriel_vm_journal_recover(session->connection);
	if (undone)
		fprintf(stderr, "oriel: took back what %u interrupted command%s had begun\n",
			undone, undone == 1 ? "" : "s");
	return true;
}

void oriel_session_close(struct oriel_session *session)
{
	if (session->signal_id)
		g_source_remove(session->signal_id);
	g_clear_object(&session->cancellable);
	g_clear_pointer(&session->connection, oriel_vm_connection_close);
	g_clear_pointer(&session->sysfs, g_free);
}

static const struct {
	enum oriel_vm_error_code code;
	enum oriel_exit exit;
} exits[] = {
	{ORIEL_VM_ERROR_INVALID, ORIEL_EXIT_USAGE},
	{ORIEL_VM_ERROR_NOT_FOUND, ORIEL_EXIT_NOT_FOUND},
	{ORIEL_VM_ERROR_REFUSED, ORIEL_EXIT_REFUSED},
	{ORIEL_VM_ERROR_TIMED_OUT, ORIEL_EXIT_TIMED_OUT},
};

/* Near names where there are some, else all there are. */
static void suggest(struct oriel_session *session, const char *name, GError **error)
{
	g_autoptr(GPtrArray) machines = oriel_vm_run_list(session->connection, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *near;

	for (guint i = 0; machines && i < machines->len; i++)
		g_ptr_array_add(names, ((struct oriel_vm_info *)machines->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	near = oriel_suggest_nearest(name, (const char *const *)names->pdata);
	if (near) {
		g_autofree char *before = g_strdup((*error)->message);

		g_free((*error)->message);
		(*error)->message = g_strdup_printf("%s; did you mean '%s'?", before, near);
	}
}

static bool is_missing_machine(const GError *error)
{
	return g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_NOT_FOUND) &&
	       g_str_has_prefix(error->message, "there is no virtual machine");
}

int oriel_session_get_exit(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *name =
		session && session->machine ? session->machine : oriel_call_get_operand(call, 0);

	if (!error || !*error)
		return ORIEL_EXIT_OK;
	if (session && session->connection && name && is_missing_machine(*error))
		suggest(session, name, error);
	for (size_t i = 0; i < G_N_ELEMENTS(exits); i++)
		if (g_error_matches(*error, ORIEL_VM_ERROR, exits[i].code))
			return exits[i].exit;
	return ORIEL_EXIT_FAILED;
}
