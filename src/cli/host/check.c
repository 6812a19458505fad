/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel check: will this machine do it, and what must change. */
#include "cli/call.h"
#include "cli/json.h"
#include "base/suggest.h"
#include "cli/table.h"
#include "host/check.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* With --strict warnings have an exit code of their own. */
#define EXIT_WARNINGS 5

struct tally {
	guint results[ORIEL_CHECK_UNKNOWN + 1];
};

/* Runs the checks named by the operands, which exist, or all. */
static GPtrArray *run_checks(
	const struct oriel_call *call, const struct oriel_check_context *context)
{
	GPtrArray *reports;

	if (!call->operands->len)
		return oriel_check_run_all(context);
	reports = g_ptr_array_new_with_free_func((GDestroyNotify)oriel_check_report_free);
	for (guint i = 0; i < call->operands->len; i++) {
		const struct oriel_check *check = oriel_check_find(oriel_call_get_operand(call, i));

		g_ptr_array_add(reports, oriel_check_run(check, context));
	}
	return reports;
}

static void set_unknown_id(const char *id, GError **error)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	const char *near;
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	for (guint i = 0; i < count; i++)
		g_ptr_array_add(known, (char *)checks[i].id);
	g_ptr_array_add(known, NULL);
	near = oriel_suggest_nearest(id, (const char *const *)known->pdata);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"there is no check '%s'%s%s%s; 'oriel check --json' lists them all", id,
		near ? ": did you mean '" : "", near ? near : "", near ? "'" : "");
}

/* The first operand that names no check; NULL when all do. */
static const char *find_unknown_id(const struct oriel_call *call)
{
	for (guint i = 0; i < call->operands->len; i++)
		if (!oriel_check_find(oriel_call_get_operand(call, i)))
			return oriel_call_get_operand(call, i);
	return NULL;
}

/* ---- printing ------------------------------------------------------------------------------- */

static void print_json(const GPtrArray *reports)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "checks");
	json_builder_begin_array(builder);
	for (guint i = 0; i < reports->len; i++) {
		const struct oriel_check_report *report = g_ptr_array_index(reports, i);

		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "id", report->id);
		oriel_json_add_text(builder, "result", oriel_check_result_get_name(report->result));
		oriel_json_add_text(builder, "evidence", report->evidence);
		oriel_json_add_text(builder, "meaning", report->meaning);
		oriel_json_add_text(builder, "remedy", report->remedy);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	oriel_json_print(builder);
}

static void print_report(const struct oriel_check_report *report)
{
	printf("%-8s %-18s %s\n", oriel_check_result_get_name(report->result), report->id,
		report->meaning);
	if (report->result == ORIEL_CHECK_PASS)
		return;
	printf("%-27s seen: %s\n", "", report->evidence);
	if (report->remedy)
		printf("%-27s do:   %s\n", "", report->remedy);
}

static void print_reports(const GPtrArray *reports, const struct tally *tally)
{
	for (guint i = 0; i < reports->len; i++)
		print_report(g_ptr_array_index(reports, i));
	printf("\n%u pass, %u warn, %u fail, %u unknown\n", tally->results[ORIEL_CHECK_PASS],
		tally->results[ORIEL_CHECK_WARN], tally->results[ORIEL_CHECK_FAIL],
		tally->results[ORIEL_CHECK_UNKNOWN]);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int explain(const char *id, GError **error)
{
	const struct oriel_check *check = oriel_check_find(id);

	if (!check) {
		set_unknown_id(id, error);
		return ORIEL_EXIT_NOT_FOUND;
	}
	printf("%s: %s\n\n%s\n", check->id, check->title, check->explain);
	return ORIEL_EXIT_OK;
}

static int get_exit(const struct oriel_call *call, const struct tally *tally)
{
	if (tally->results[ORIEL_CHECK_FAIL])
		return ORIEL_EXIT_FAILED;
	if (tally->results[ORIEL_CHECK_WARN] && oriel_call_has(call, "strict"))
		return EXIT_WARNINGS;
	return ORIEL_EXIT_OK;
}

static int check_host(const struct oriel_call *call, const struct oriel_host *host, GError **error)
{
	const char *gpu = oriel_call_get_text(call, "gpu");
	struct oriel_check_context *context;
	struct oriel_pci_address address;
	g_autoptr(GPtrArray) reports = NULL;
	struct tally tally = {0};

	if (gpu && !oriel_pci_address_parse(gpu, &address, error))
		return ORIEL_EXIT_USAGE;
	context = oriel_check_context_create(host, gpu ? &address : NULL, error);
	if (!context)
		return ORIEL_EXIT_NOT_FOUND;
	reports = run_checks(call, context);
	oriel_check_context_free(context);
	for (guint i = 0; i < reports->len; i++) {
		const struct oriel_check_report *report = g_ptr_array_index(reports, i);

		tally.results[report->result]++;
	}
	if (oriel_call_has(call, "json"))
		print_json(reports);
	else
		print_reports(reports, &tally);
	return get_exit(call, &tally);
}

static int run_check(const struct oriel_call *call, GError **error)
{
	const char *unknown = find_unknown_id(call);
	struct oriel_host *host;
	int code;

	if (oriel_call_has(call, "explain"))
		return explain(oriel_call_get_text(call, "explain"), error);
	if (unknown) {
		set_unknown_id(unknown, error);
		return ORIEL_EXIT_NOT_FOUND;
	}
	host = oriel_host_create(oriel_call_get_text(call, "root"));
	code = check_host(call, host, error);
	oriel_host_destroy(host);
	return code;
}

static const struct oriel_option options[] = {
	{"gpu", ORIEL_OPTION_TEXT, "ADDRESS",
		"PCI address of the GPU for the guest (default: the fittest)"},
	{"json", ORIEL_OPTION_SWITCH, NULL, "print one JSON object with the list \"checks\""},
	{"explain", ORIEL_OPTION_TEXT, "ID", "say what a check looks at and why, and run nothing"},
	{"strict", ORIEL_OPTION_SWITCH, NULL, "end with 5 when nothing fails but something warns"},
	{"root", ORIEL_OPTION_TEXT, "DIR", "look at the system below DIR (default: /)"},
	{.name = NULL},
};

#define CHECK_DETAILS                                                                              \
	"Looks only, and changes nothing. Each check says what it saw, what that means and what\n" \
	"to do. Ends with 0 when nothing fails and with 1 when something does; what could not "    \
	"be\n"                                                                                     \
	"seen is \"unknown\", which is no failure."

const struct oriel_command oriel_table_check = {
	.name = "check",
	.summary = "Check whether this machine can give a GPU to a guest.",
	.details = CHECK_DETAILS,
	.operands = "[ID…]",
	.operands_max = 64,
	.options = options,
	.run = run_check,
};

const struct oriel_command oriel_table_doctor = {
	.name = "doctor",
	.summary = "The same as check.",
	.details = CHECK_DETAILS,
	.operands = "[ID…]",
	.operands_max = 64,
	.options = options,
	.run = run_check,
};
