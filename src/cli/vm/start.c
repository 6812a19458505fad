/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm start: brings a machine up with its memory and its viewer. */
#include "cli/host/ask.h"
#include "cli/vm/detach.h"
#include "cli/vm/tables.h"
#include "cli/vm/verb.h"
#include "relay/region.h"
#include "vm/check.h"
#include "vm/embed.h"
#include "vm/error.h"
#include "vm/run.h"

#include <stdio.h>

struct start {
	struct oriel_session *session;
	const char *name;
	bool wants_view;
	/* We are one of those who share it while the machine starts: so its server stays, and
	 * leaves when we fail or die. */
	struct oriel_region *memory;
};

/* ---- the memory of a doorbell machine ------------------------------------------------------- */

static bool join(struct start *start, const char *socket, struct oriel_error *why)
{
	return oriel_region_open(&start->memory, socket, 1, why) == 0;
}

static bool check_size(
	const struct start *start, const char *socket, guint64 size_bytes, GError **error)
{
	guint64 has_bytes = oriel_region_get_size_bytes(start->memory);
	g_autofree char *has = oriel_vm_check_format_size(has_bytes);
	g_autofree char *wants = oriel_vm_check_format_size(size_bytes);

	return has_bytes == size_bytes ||
	       oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		       "the shared memory that is served at %s has %s and not %s: somebody still "
		       "uses that of the last run; close the viewers of '%s' and try again",
		       socket, has, wants, start->name);
}

static bool serve(const char *socket, guint64 size_bytes, const void *data, GError **error)
{
	struct start *start = (struct start *)data;
	g_autofree char *size = oriel_vm_check_format_size(size_bytes);
	const char *const arguments[] = {"shm", "serve", socket, size, NULL};
	struct oriel_error why = {0};

	if (!join(start, socket, &why) &&
		!oriel_detach_start(arguments, -1, "the server of the shared memory", error))
		return false;
	if (!start->memory && !join(start, socket, &why))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_FAILED, "%s", why.message);
	return check_size(start, socket, size_bytes, error);
}

/* ---- the GPU -------------------------------------------------------------------------------- */

static bool hand_over(const char *gpu, const char *vm, GError **error)
{
	static const char *const services[] = {NULL};
	g_autoptr(GError) why = NULL;
	int code = oriel_ask_helper(
		"Bind", g_variant_new("(ss^ass)", gpu, gpu, services, vm), NULL, &why);

	return !code ||
	       oriel_vm_error_set(error,
		       code == ORIEL_EXIT_REFUSED ? ORIEL_VM_ERROR_REFUSED : ORIEL_VM_ERROR_FAILED,
		       "cannot hand the GPU %s over to '%s': %s", gpu, vm, why->message);
}

/* Where libvirt has called our hook, that did it. */
static void take_home(const char *gpu)
{
	g_autoptr(GError) error = NULL;
	int code = oriel_ask_helper("Release", g_variant_new("(s)", gpu), NULL, &error);

	if (code && code != ORIEL_EXIT_NOT_FOUND)
		fprintf(stderr, "oriel: %s stays with vfio-pci: %s\n", gpu, error->message);
}

/* ---- the supervisor ------------------------------------------------------------------------- */

static bool supervise(const char *uuid, int journal_fd, const void *data, GError **error)
{
	const struct start *start = data;
	const char *uri = oriel_vm_connection_get_uri(start->session->connection);
	const char *const arguments[] = {"--connect", uri, "vm", "supervise", uuid,
		start->wants_view ? "--view" : NULL, NULL};

	return oriel_detach_start(arguments, journal_fd, "the machine's supervisor", error);
}

static bool has_screen(void)
{
	return g_getenv("WAYLAND_DISPLAY") || g_getenv("DISPLAY");
}

/* A viewer needs a screen, and something to show on it. */
static bool wants_view(struct oriel_session *session, const struct oriel_call *call)
{
	struct oriel_vm_info *info = NULL;
	bool wants;

	if (oriel_call_has(call, "no-view") || !has_screen())
		return false;
	info = oriel_vm_run_look(session->connection, oriel_call_get_operand(call, 0), NULL);
	wants = info && info->relay_path;
	oriel_vm_info_free(info);
	return wants;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool wait_for_end(struct oriel_session *session, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(session->connection, name, error);
	char uuid[VIR_UUID_STRING_BUFLEN] = "";

	if (!domain)
		return false;
	virDomainGetUUIDString(domain, uuid);
	if (!oriel_vm_run_wait_until_off(session->connection, uuid, session->cancellable))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_CANCELLED,
			"no longer waiting for the end of '%s', which runs on", name);
	oriel_vm_run_settle(session->connection, uuid);
	return true;
}

static bool start_machine(struct oriel_session *session, const struct oriel_call *call,
	const char *name, GError **error)
{
	/* A libvirt inside of a process is that process's alone: nobody could watch from outside.
	 */
	bool is_embedded =
		oriel_vm_embed_is_meant(oriel_vm_connection_get_uri(session->connection));
	struct start start = {.session = session,
		.name = name,
		.wants_view = !is_embedded && wants_view(session, call)};
	const struct oriel_vm_start_options options = {.paused = oriel_call_has(call, "paused"),
		.sysfs = session->sysfs,
		.hand_over = hand_over,
		.take_home = take_home,
		.serve = serve,
		.supervise = is_embedded ? NULL : supervise,
		.data = &start};
	bool ok = oriel_vm_run_start(session->connection, name, &options, error);

	oriel_region_close(start.memory);
	return ok && (!oriel_call_has(call, "wait") || wait_for_end(session, name, error));
}

static int run_start(const struct oriel_call *call, GError **error)
{
	return oriel_verb_run(call, start_machine, error);
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "paused", .help = "leave the guest stopped in time until 'oriel vm resume'"},
	{.name = "no-view", .help = "do not open its viewer"},
	{.name = "wait", .help = "return when the machine is off again"},
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_start = {
	.name = "start",
	.summary = "Start a machine: shared memory, devices, the guest, its viewer.",
	.details = "The viewer opens where there is a screen and the machine shares memory. What "
		   "was brought up\nis taken down again when the machine is off, however that came "
		   "about.",
	.operands = "VM",
	.operands_min = 1,
	.operands_max = 1,
	.options = options,
	.run = run_start,
};
