/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/checkup.h"

#include "base/suggest.h"
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* With --strict warnings have an exit code of their own. */
#define EXIT_WARNINGS 5

/* ---- facts ---------------------------------------------------------------------------------- */

static void set_unknown_name(
	const struct oriel_checkup *checkup, const char *name, const char *why, GError **error)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	const char *near;
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	for (guint i = 0; i < count; i++)
		g_ptr_array_add(known, (char *)checks[i].id);
	for (guint i = 0; checkup->domains && i < checkup->domains->len; i++)
		g_ptr_array_add(
			known, ((const struct oriel_domain *)g_ptr_array_index(checkup->domains, i))
				       ->name);
	g_ptr_array_add(known, NULL);
	near = oriel_suggest_nearest(name, (const char *const *)known->pdata);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"'%s' is neither a check nor a virtual machine%s%s%s; 'oriel check --json' lists "
		"all checks, 'oriel vm list' the machines%s%s%s",
		name, near ? ": did you mean '" : "", near ? near : "", near ? "'" : "",
		why ? " (" : "", why ? why : "", why ? ")" : "");
}

/* The machine's own card, where it has one. */
static const struct oriel_gpu *find_gpu_of(
	const struct oriel_check_context *context, const struct oriel_domain *domain)
{
	const struct oriel_gpu *gpu = NULL;

	for (guint i = 0; i < domain->pci->len && !gpu; i++)
		gpu = oriel_gpu_find(context->gpus,
			&g_array_index(domain->pci, struct oriel_domain_pci, i).address);
	return gpu;
}

/* Questions that only this machine answers, and no tree. */
static int ask_around(struct oriel_checkup *checkup, const struct oriel_call *call, const char *vm,
	GError **error)
{
	struct oriel_check_context *context = checkup->context;
	g_autoptr(GError) failure = NULL;
	const struct oriel_gpu *gpu;

	checkup->display = oriel_checkup_probe_display();
	checkup->domains = oriel_checkup_list_domains(call, context->devices, vm, &failure);
	context->display = checkup->display;
	context->domains = checkup->domains;
	if (!vm)
		return ORIEL_EXIT_OK;
	if (checkup->domains)
		context->domain = oriel_domain_list_find(checkup->domains, vm);
	if (!context->domain) {
		set_unknown_name(checkup, vm, failure ? failure->message : NULL, error);
		return ORIEL_EXIT_NOT_FOUND;
	}
	gpu = find_gpu_of(context, context->domain);
	if (gpu && !oriel_call_has(call, "gpu"))
		context->gpu = gpu;
	return ORIEL_EXIT_OK;
}

static void free_report(void *data)
{
	oriel_check_report_free(data);
}

int oriel_checkup_open(struct oriel_checkup *checkup, const struct oriel_call *call, const char *vm,
	GError **error)
{
	const char *gpu = oriel_call_get_text(call, "gpu");
	struct oriel_pci_address address;

	*checkup = (struct oriel_checkup){.reports = g_ptr_array_new_with_free_func(free_report)};
	if (gpu && !oriel_pci_address_parse(gpu, &address, error))
		return ORIEL_EXIT_USAGE;
	checkup->host = oriel_host_create(oriel_call_get_text(call, "root"));
	checkup->context = oriel_check_context_create(checkup->host, gpu ? &address : NULL, error);
	if (!checkup->context)
		return ORIEL_EXIT_NOT_FOUND;
	checkup->context->watch_ns = (guint64)oriel_call_get_number(call, "watch", 0) * 1000000000u;
	if (oriel_host_is_live(checkup->host))
		return ask_around(checkup, call, vm, error);
	if (!vm)
		return ORIEL_EXIT_OK;
	set_unknown_name(checkup, vm, "machines are not looked for below --root", error);
	return ORIEL_EXIT_NOT_FOUND;
}

void oriel_checkup_close(struct oriel_checkup *checkup)
{
	oriel_check_context_free(checkup->context);
	oriel_checkup_free_display(checkup->display);
	if (checkup->domains)
		g_ptr_array_unref(checkup->domains);
	if (checkup->host)
		oriel_host_destroy(checkup->host);
	g_ptr_array_unref(checkup->reports);
}

/* ---- running -------------------------------------------------------------------------------- */

/* Each remark on the machine's definition as a report. */
static void add_flaws(struct oriel_checkup *checkup, const struct oriel_check *check)
{
	const struct oriel_domain *domain = checkup->context->domain;

	for (guint i = 0; i < domain->flaws->len; i++) {
		const struct oriel_domain_flaw *flaw = g_ptr_array_index(domain->flaws, i);
		struct oriel_check_report *report = g_new0(struct oriel_check_report, 1);

		report->id = check->id;
		report->result = flaw->is_serious ? ORIEL_CHECK_FAIL : ORIEL_CHECK_WARN;
		report->evidence = g_strdup_printf("definition of '%s'", domain->name);
		report->meaning = g_strdup(flaw->what);
		report->remedy = g_strdup(flaw->remedy);
		g_ptr_array_add(checkup->reports, report);
	}
}

void oriel_checkup_run(struct oriel_checkup *checkup, const char *id)
{
	const struct oriel_check *check = oriel_check_find(id);
	const struct oriel_domain *domain = checkup->context->domain;

	if (domain && domain->flaws->len && !strcmp(id, "dom.lint"))
		add_flaws(checkup, check);
	else
		g_ptr_array_add(checkup->reports, oriel_check_run(check, checkup->context));
}

void oriel_checkup_run_all(struct oriel_checkup *checkup)
{
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	for (guint i = 0; i < count; i++)
		oriel_checkup_run(checkup, checks[i].id);
}

/* ---- printing ------------------------------------------------------------------------------- */

static guint count_results(const struct oriel_checkup *checkup, enum oriel_check_result result)
{
	guint count = 0;

	for (guint i = 0; i < checkup->reports->len; i++) {
		const struct oriel_check_report *report = g_ptr_array_index(checkup->reports, i);

		count += report->result == result;
	}
	return count;
}

JsonBuilder *oriel_checkup_get_json(const struct oriel_checkup *checkup)
{
	const GPtrArray *reports = checkup->reports;
	JsonBuilder *builder = json_builder_new();

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
	return builder;
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

void oriel_checkup_print(
	const struct oriel_checkup *checkup, const struct oriel_call *call, gboolean only_bad)
{
	if (oriel_call_has(call, "json")) {
		g_autoptr(JsonBuilder) builder = oriel_checkup_get_json(checkup);

		oriel_json_print(builder);
		return;
	}
	for (guint i = 0; i < checkup->reports->len; i++) {
		const struct oriel_check_report *report = g_ptr_array_index(checkup->reports, i);

		if (!only_bad || report->result != ORIEL_CHECK_PASS)
			print_report(report);
	}
	printf("%s%u pass, %u warn, %u fail, %u unknown\n", checkup->reports->len ? "\n" : "",
		count_results(checkup, ORIEL_CHECK_PASS),
		count_results(checkup, ORIEL_CHECK_WARN),
		count_results(checkup, ORIEL_CHECK_FAIL),
		count_results(checkup, ORIEL_CHECK_UNKNOWN));
}

int oriel_checkup_get_exit(const struct oriel_checkup *checkup, const struct oriel_call *call)
{
	if (count_results(checkup, ORIEL_CHECK_FAIL))
		return ORIEL_EXIT_FAILED;
	if (count_results(checkup, ORIEL_CHECK_WARN) && oriel_call_has(call, "strict"))
		return EXIT_WARNINGS;
	return ORIEL_EXIT_OK;
}
