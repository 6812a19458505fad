/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/check.h"
#include "host/check_private.h"

#include <gio/gio.h>
#include <string.h>

static const char *const result_names[] = {
	[ORIEL_CHECK_PASS] = "pass",
	[ORIEL_CHECK_WARN] = "warn",
	[ORIEL_CHECK_FAIL] = "fail",
	[ORIEL_CHECK_UNKNOWN] = "unknown",
};

const char *oriel_check_result_get_name(enum oriel_check_result result)
{
	return result_names[result];
}

/* ---- context -------------------------------------------------------------------------------- */

/* The one that the host loses least by giving away; the earliest of equals. */
static const struct oriel_gpu *find_fittest(const GPtrArray *gpus)
{
	enum oriel_gpu_fitness best = ORIEL_GPU_UNFIT;
	const struct oriel_gpu *fittest = NULL;

	for (guint i = 0; i < gpus->len; i++) {
		g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
		const struct oriel_gpu *gpu = g_ptr_array_index(gpus, i);
		enum oriel_gpu_fitness fitness = oriel_gpu_rate(gpu, gpus, reasons);

		if (!fittest || fitness < best) {
			fittest = gpu;
			best = fitness;
		}
	}
	return fittest;
}

struct oriel_check_context *oriel_check_context_create(
	const struct oriel_host *host, const struct oriel_pci_address *gpu, GError **error)
{
	struct oriel_check_context *context = g_new0(struct oriel_check_context, 1);
	char name[ORIEL_PCI_ADDRESS_BYTES];

	context->host = host;
	context->devices = oriel_pci_list(host);
	context->gpus = oriel_gpu_list(host, context->devices);
	context->iommu = oriel_iommu_read(host, context->devices);
	context->gpu = gpu ? oriel_gpu_find(context->gpus, gpu) : find_fittest(context->gpus);
	if (!gpu || context->gpu)
		return context;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"%s is no display device of this machine: 'oriel gpu list' shows those there are",
		oriel_pci_address_format(gpu, name));
	oriel_check_context_free(context);
	return NULL;
}

void oriel_check_context_free(struct oriel_check_context *context)
{
	if (!context)
		return;
	oriel_iommu_free(context->iommu);
	g_ptr_array_unref(context->gpus);
	g_ptr_array_unref(context->devices);
	g_free(context);
}

/* ---- reports -------------------------------------------------------------------------------- */

void oriel_check_fill(struct oriel_check_report *report, enum oriel_check_result result,
	const char *meaning, const char *remedy, const char *evidence, ...)
{
	va_list args;

	report->result = result;
	report->meaning = g_strdup(meaning);
	report->remedy = g_strdup(remedy);
	va_start(args, evidence);
	report->evidence = g_strdup_vprintf(evidence, args);
	va_end(args);
}

gboolean oriel_check_has_gpu(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (context->gpu)
		return TRUE;
	oriel_check_fill(report, ORIEL_CHECK_UNKNOWN, "there is no GPU to look at", NULL,
		"/sys/bus/pci/devices/*/class: no display device");
	return FALSE;
}

gboolean oriel_check_has_domains(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (context->domains)
		return TRUE;
	oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
		"the virtual machines' definitions could not be read",
		"'oriel check libvirt.conn' says why; 'oriel vm list' shows whether it works",
		"libvirt: no definitions");
	return FALSE;
}

gboolean oriel_check_is_meant(
	const struct oriel_check_context *context, const struct oriel_domain *domain)
{
	return !context->domain || context->domain == domain;
}

struct oriel_check_report *oriel_check_run(
	const struct oriel_check *check, const struct oriel_check_context *context)
{
	struct oriel_check_report *report = g_new0(struct oriel_check_report, 1);

	report->id = check->id;
	check->run(context, report);
	return report;
}

void oriel_check_report_free(struct oriel_check_report *report)
{
	if (!report)
		return;
	g_free(report->evidence);
	g_free(report->meaning);
	g_free(report->remedy);
	g_free(report);
}

const struct oriel_check *oriel_check_find(const char *id)
{
	guint count;
	const struct oriel_check *checks = oriel_check_list(&count);

	for (guint i = 0; i < count; i++)
		if (!strcmp(checks[i].id, id))
			return &checks[i];
	return NULL;
}
