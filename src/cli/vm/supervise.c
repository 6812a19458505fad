/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel vm supervise: what `oriel vm start` leaves running. Has the journal of the run, opens the
 * viewer, waits for the machine's end, closes the viewer and clears the shared memory away.
 */
#include "cli/program.h"
#include "cli/vm/detach.h"
#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "vm/error.h"
#include "vm/journal.h"
#include "vm/paths.h"
#include "vm/run.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#define VIEWER_END_S 5

static GSubprocess *start_viewer(struct oriel_session *session, virDomainPtr domain)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_MERGE);
	g_autofree char *program = oriel_program_find("oriel", NULL);
	g_autofree char *folder = oriel_vm_paths_make_state("log", NULL);
	g_autofree char *file = g_strconcat(virDomainGetName(domain), "-viewer.log", NULL);
	g_autofree char *log = folder ? g_build_filename(folder, file, NULL) : NULL;

	if (!program)
		return NULL;
	if (log)
		g_subprocess_launcher_set_stdout_file_path(launcher, log);
	g_subprocess_launcher_setenv(
		launcher, "ORIEL_CONNECT", oriel_vm_connection_get_uri(session->connection), TRUE);
	return g_subprocess_launcher_spawn(
		launcher, NULL, program, "view", virDomainGetName(domain), NULL);
}

static void on_ended(GObject *source, GAsyncResult *result, void *data)
{
	*(bool *)data = true;
}

static gboolean on_late(void *data)
{
	g_subprocess_force_exit(data);
	return G_SOURCE_REMOVE;
}

/* The user may have closed it long ago. */
static void end_viewer(GSubprocess *viewer)
{
	bool has_ended = false;
	guint timer = g_timeout_add_seconds(VIEWER_END_S, on_late, viewer);

	g_subprocess_send_signal(viewer, SIGTERM);
	g_subprocess_wait_async(viewer, NULL, on_ended, &has_ended);
	while (!has_ended)
		g_main_context_iteration(NULL, TRUE);
	if (g_main_context_find_source_by_id(NULL, timer))
		g_source_remove(timer);
}

static bool is_sound_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* Up to its end, or until somebody ends this process: then the next command clears up. */
static bool see_to_it(struct oriel_session *session, virDomainPtr domain,
	struct oriel_vm_journal *journal, bool wants_view, GError **error)
{
	const char *uri = oriel_vm_connection_get_uri(session->connection);
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	g_autoptr(GSubprocess) viewer = NULL;
	bool is_off;

	virDomainGetUUIDString(domain, uuid);
	if (!oriel_vm_journal_note_running(journal, uri, uuid, error))
		return false;
	oriel_detach();
	if (wants_view && is_sound_name(virDomainGetName(domain)))
		viewer = start_viewer(session, domain);
	is_off = oriel_vm_run_wait_until_off(session->connection, uuid, session->cancellable);
	if (viewer)
		end_viewer(viewer);
	return is_off;
}

static gboolean on_terminate(void *data)
{
	g_cancellable_cancel(data);
	return G_SOURCE_CONTINUE;
}

static bool supervise(struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	const char *uuid = oriel_call_get_operand(call, 0);
	g_autoptr(virDomain) domain = oriel_vm_connection_find(session->connection, uuid, error);
	struct oriel_vm_journal *journal =
		domain ? oriel_vm_journal_take_over(uuid, ORIEL_DETACH_INHERITED_FD, error) : NULL;
	guint signal_id;

	if (!journal)
		return false;
	signal_id = g_unix_signal_add(SIGTERM, on_terminate, session->cancellable);
	if (see_to_it(session, domain, journal, oriel_call_has(call, "view"), error))
		oriel_vm_journal_roll_back(journal, session->connection);
	else
		oriel_vm_journal_leave(journal);
	g_source_remove(signal_id);
	return !*error;
}

static int run_supervise(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (!g_uuid_string_is_valid(oriel_call_get_operand(call, 0)))
		oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"this is what 'oriel vm start' runs; start a machine with that");
	else if (oriel_session_open(&session, call, error))
		supervise(&session, call, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "view", .help = "open its viewer"},
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_supervise = {
	.name = "supervise",
	.summary = "What 'oriel vm start' leaves running until the machine is off.",
	.operands = "UUID",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_supervise,
};
