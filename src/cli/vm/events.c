/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm events: what happens to the machines, a line each, until Ctrl-C. */
#include "cli/json.h"
#include "cli/vm/session.h"
#include "cli/vm/tables.h"
#include "vm/error.h"
#include "vm/state.h"

#include <stdio.h>

#define LOOK_AGAIN_S 1 /* for a lost connection, which no event tells of */
#define GIVE_UP_S 60

struct follow {
	const char *only; /* a machine's name, or NULL for all */
	bool json;
	guint left; /* events until the end; 0: without end */
	bool done;
	GHashTable *lives;     /* uuid -> struct oriel_vm_life */
	unsigned int reopened; /* connections so far */
};

static const char *const kinds[] = {
	[VIR_DOMAIN_EVENT_DEFINED] = "defined",
	[VIR_DOMAIN_EVENT_UNDEFINED] = "undefined",
	[VIR_DOMAIN_EVENT_STARTED] = "started",
	[VIR_DOMAIN_EVENT_SUSPENDED] = "paused",
	[VIR_DOMAIN_EVENT_RESUMED] = "resumed",
	[VIR_DOMAIN_EVENT_STOPPED] = "stopped",
	[VIR_DOMAIN_EVENT_SHUTDOWN] = "shutting down",
	[VIR_DOMAIN_EVENT_PMSUSPENDED] = "suspended",
	[VIR_DOMAIN_EVENT_CRASHED] = "crashed",
};

static const char *get_kind(int kind)
{
	if (kind == ORIEL_VM_EVENT_REBOOTED)
		return "rebooted";
	return kind >= 0 && kind < (int)G_N_ELEMENTS(kinds) ? kinds[kind] : "unknown";
}

/* One object a line: names may hold anything that another tool allowed. */
static void print_event_json(
	const struct oriel_vm_event *event, const char *time, const char *state)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *line = NULL;

	json_builder_begin_object(builder);
	oriel_json_add_text(builder, "time", time);
	oriel_json_add_text(builder, "name", event->name);
	oriel_json_add_text(builder, "uuid", event->uuid);
	oriel_json_add_text(builder, "event", get_kind(event->kind));
	oriel_json_add_text(builder, "state", state);
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	line = json_to_string(root, FALSE);
	puts(line);
}

static void free_life(void *data)
{
	oriel_vm_life_finish(data);
	g_free(data);
}

/* Where the event leads, by what was told of that machine before; NULL: nobody knows yet. */
static const char *follow_life(struct follow *follow, const struct oriel_vm_event *event)
{
	struct oriel_vm_life *life = g_hash_table_lookup(follow->lives, event->uuid);

	if (!life) {
		life = g_new0(struct oriel_vm_life, 1);
		oriel_vm_life_init(life, event->name, ORIEL_VM_NOSTATE);
		g_hash_table_insert(follow->lives, g_strdup(event->uuid), life);
	}
	oriel_vm_life_follow(life, event->kind, event->detail);
	return life->state == ORIEL_VM_NOSTATE ? NULL : oriel_vm_state_get_name(life->state);
}

static void print_event(const struct oriel_vm_event *event, const char *state, bool json)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *time = g_date_time_format_iso8601(now);

	if (json)
		print_event_json(event, time, state);
	else
		printf("%s  %s  %s%s%s\n", time, event->name, get_kind(event->kind),
			state ? ", now " : "", state ? state : "");
	fflush(stdout);
}

static void on_event(const struct oriel_vm_event *event, void *data)
{
	struct follow *follow = data;

	if (follow->done || (follow->only && !g_str_equal(follow->only, event->name)))
		return;
	print_event(event, follow_life(follow, event), follow->json);
	if (follow->left && --follow->left == 0)
		follow->done = true;
}

static gboolean on_timeout(void *data)
{
	*(bool *)data = true;
	return G_SOURCE_CONTINUE;
}

static gboolean wake(void *data)
{
	return G_SOURCE_CONTINUE;
}

/* What happened while it was lost was not told. */
static void forget_lives(struct follow *follow, const struct oriel_vm_connection *connection)
{
	unsigned int reopened = oriel_vm_connection_get_reopened(connection);

	if (reopened != follow->reopened)
		g_hash_table_remove_all(follow->lives);
	follow->reopened = reopened;
}

/* False and error set: it stays lost. */
static bool stay_connected(
	struct oriel_session *session, struct follow *follow, gint64 *lost_us, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (oriel_vm_connection_get(session->connection, &reason)) {
		*lost_us = 0;
		forget_lives(follow, session->connection);
		return true;
	}
	if (!*lost_us)
		fprintf(stderr, "oriel: the connection is lost; trying to open it again\n");
	*lost_us = *lost_us ? *lost_us : g_get_monotonic_time();
	if (g_get_monotonic_time() - *lost_us < GIVE_UP_S * G_USEC_PER_SEC)
		return true;
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

static bool follow_events(
	struct oriel_session *session, const struct oriel_call *call, GError **error)
{
	g_autoptr(GHashTable) lives =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_life);
	struct follow follow = {.only = oriel_call_get_operand(call, 0),
		.json = session->json,
		.left = oriel_call_get_number(
			call, "count", oriel_call_has(call, "follow") ? 0 : 1),
		.lives = lives};
	gint64 timeout_s = oriel_call_get_number(call, "timeout", 0);
	bool late = false;
	guint timer = timeout_s ? g_timeout_add_seconds(timeout_s, on_timeout, &late) : 0;
	guint look = g_timeout_add_seconds(LOOK_AGAIN_S, wake, NULL);
	gint64 lost_us = 0;
	bool ok = oriel_vm_connection_listen(session->connection, on_event, &follow, error);

	while (ok && !follow.done && !late && !g_cancellable_is_cancelled(session->cancellable)) {
		g_main_context_iteration(NULL, TRUE);
		ok = stay_connected(session, &follow, &lost_us, error);
	}
	g_source_remove(look);
	if (timer)
		g_source_remove(timer);
	if (ok && late)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_TIMED_OUT,
			"the events did not come within %" G_GINT64_FORMAT " s", timeout_s);
	return ok;
}

static int run_events(const struct oriel_call *call, GError **error)
{
	struct oriel_session session = {0};
	int status;

	if (oriel_session_open(&session, call, error))
		follow_events(&session, call, error);
	status = oriel_session_get_exit(&session, call, error);
	oriel_session_close(&session);
	return status;
}

static const struct oriel_option options[] = {
	ORIEL_SESSION_OPTIONS,
	{.name = "follow", .help = "go on until Ctrl-C instead of ending after one"},
	{.name = "count",
		.kind = ORIEL_OPTION_NUMBER,
		.value = "N",
		.help = "end after N events",
		.min = 1,
		.max = 1000000},
	{.name = "timeout",
		.kind = ORIEL_OPTION_NUMBER,
		.value = "SECONDS",
		.help = "end with exit code 124 after that time",
		.min = 1,
		.max = 86400},
	{.name = NULL},
};

const struct oriel_command oriel_table_vm_events = {
	.name = "events",
	.summary = "Print what happens to the machines, a line each.",
	.operands = "[VM]",
	.operands_max = 1,
	.options = options,
	.run = run_events,
};
