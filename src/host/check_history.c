/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what was set up earlier: whether it still fits, and how it ended last time. */
#include "host/check_private.h"
#include "host/record.h"

#include <string.h>

/* ---- addresses that were noted -------------------------------------------------------------- */

/* A device that somebody noted by its address. */
struct noted {
	const struct oriel_pci_address *address;
	guint16 vendor, device; /* 0: ids were not noted */
	const char *where;	/* who noted it */
};

/* Where a device of those ids is now, or NULL. */
static const struct oriel_pci_device *find_by_ids(
	const GPtrArray *devices, const struct noted *noted)
{
	for (guint i = 0; noted->vendor && i < devices->len; i++) {
		const struct oriel_pci_device *device = g_ptr_array_index(devices, i);

		if (device->vendor == noted->vendor && device->device == noted->device)
			return device;
	}
	return NULL;
}

/* Reports one that is not where it was noted. */
static void report_noted(const struct oriel_check_context *context, const struct noted *noted,
	struct oriel_check_report *report)
{
	const struct oriel_pci_device *there = oriel_pci_find(context->devices, noted->address);
	const struct oriel_pci_device *now = find_by_ids(context->devices, noted);
	g_autofree char *remedy = NULL;
	char name[ORIEL_PCI_ADDRESS_BYTES];

	if (there && (!noted->vendor ||
			     (there->vendor == noted->vendor && there->device == noted->device)))
		return;
	remedy = now ? g_strdup_printf(
			       "The device is now at %s: set that address ('oriel vm edit', 'oriel "
			       "vfio plan')",
			       now->name)
		     : g_strdup("Look with 'oriel gpu list' where it is now, and set that "
				"address ('oriel vm edit', 'oriel vfio plan')");
	oriel_check_fill(report, ORIEL_CHECK_FAIL,
		there ? "another device has the address that was noted"
		      : "there is no device at an address that was noted: cards were moved, or a "
			"setting of the firmware renumbered them",
		remedy, "%s: %s is %s", noted->where,
		oriel_pci_address_format(noted->address, name), there ? "another one" : "empty");
}

static guint report_domains(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint count = 0;

	for (guint i = 0; context->domains && i < context->domains->len; i++) {
		const struct oriel_domain *domain = g_ptr_array_index(context->domains, i);

		if (!oriel_check_is_meant(context, domain))
			continue;
		for (guint k = 0; k < domain->pci->len && !report->evidence; k++, count++) {
			const struct oriel_domain_pci *pci =
				&g_array_index(domain->pci, struct oriel_domain_pci, k);
			struct noted noted = {
				&pci->address, pci->vendor, pci->device, domain->name};

			report_noted(context, &noted, report);
		}
	}
	return count;
}

static guint report_record(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autoptr(GArray) devices = oriel_record_list_devices(context->host);

	for (guint i = 0; i < devices->len && !report->evidence; i++) {
		const struct oriel_record_device *device =
			&g_array_index(devices, struct oriel_record_device, i);
		struct noted noted = {
			&device->address, device->vendor, device->device, ORIEL_RECORD_DEVICES};

		report_noted(context, &noted, report);
	}
	return devices->len;
}

void oriel_check_bind_bdfmoved(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	guint noted = report_record(context, report);

	if (!report->evidence)
		noted += report_domains(context, report);
	if (report->evidence)
		return;
	if (!noted && !context->domains)
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"no address was noted, and the machines' definitions could not be read",
			NULL, ORIEL_RECORD_DEVICES ": does not exist");
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			noted ? "every device is where it was noted"
			      : "no machine has a device of the host",
			NULL, "%u addresses compared", noted);
}

/* ---- how it ended --------------------------------------------------------------------------- */

static const struct {
	const char *folder, *meaning, *command, *effect;
} journals[] = {
	{ORIEL_RECORD_HANDOVER, "a hand-over did not come to its end", "oriel gpu release",
		"takes it back to the host"},
	{ORIEL_RECORD_TUNING, "a tuning of this computer did not come to its end",
		"oriel vm tune undo", "sets it back"},
};

/* The last step of what has not come to its end; NULL: there is none. */
static char *find_unfinished(const struct oriel_host *host, const char *folder, char **ret_name)
{
	g_auto(GStrv) names = oriel_host_list(host, "%s", folder);

	for (char **name = names; *name; name++) {
		g_autofree char *text = NULL;
		const char *last;

		if (!g_str_has_suffix(*name, ".journal"))
			continue;
		text = oriel_host_read(host, "%s/%s", folder, *name);
		last = text ? strrchr(text, '\n') : NULL;
		*ret_name = g_strndup(*name, strlen(*name) - strlen(".journal"));
		return g_strdup(last ? last + 1 : text ? text : "not readable");
	}
	return NULL;
}

/* A total of the card's PCIe error counters that is not zero: "TOTAL_ERR_FATAL 2". */
static char *find_link_error(const struct oriel_check_context *context, gboolean *ret_counted)
{
	static const char *const counters[] = {"aer_dev_fatal", "aer_dev_nonfatal"};
	const char *name = context->gpu->device->name;

	for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
		g_autofree char *text = oriel_host_read(
			context->host, "/sys/bus/pci/devices/%s/%s", name, counters[i]);
		const char *total = text ? strstr(text, "TOTAL_ERR_") : NULL;
		const char *value = total ? strchr(total, ' ') : NULL;

		*ret_counted |= value != NULL;
		if (value && g_ascii_strtoull(value, NULL, 10))
			return g_strdup_printf("%s: %s", counters[i], total);
	}
	return NULL;
}

/* The kernel's line about a reset of that card that did not work. */
static char *find_failed_reset(const struct oriel_check_context *context)
{
	static const char *const signs[] = {"not ready", "reset failed",
		"Unable to change power state", "timed out waiting for"};
	g_autofree char *log = oriel_host_read(context->host, "/var/log/kern.log");
	g_auto(GStrv) lines = g_strsplit(log ? log : "", "\n", -1);

	for (char **line = lines; *line; line++)
		for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
			if (strstr(*line, context->gpu->device->name) && strstr(*line, signs[i]))
				return g_strdup(*line);
	return NULL;
}

static void report_card(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	gboolean counted = FALSE;
	g_autofree char *error = find_link_error(context, &counted);
	g_autofree char *reset = find_failed_reset(context);

	if (reset)
		oriel_check_fill(report, ORIEL_CHECK_FAIL,
			"the card could not be reset: it may not work before the next start",
			"Reboot; then look at 'oriel check gpu.reset'", "/var/log/kern.log: %s",
			reset);
	else if (error)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"errors were counted on the card's link since the start",
			"Seat the card anew, or set its slot to a slower PCIe generation", "%s",
			error);
	else if (counted)
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			"no hand-over is unfinished and the card's link has no errors", NULL,
			"%s/aer_dev_*: 0", context->gpu->device->name);
	else
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"the kernel counts no errors of this card's link", NULL,
			"%s/aer_dev_*: do not exist", context->gpu->device->name);
}

/* FALSE: everything came to its end. */
static gboolean report_unfinished(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	for (guint i = 0; i < G_N_ELEMENTS(journals); i++) {
		g_autofree char *name = NULL, *remedy = NULL;
		g_autofree char *step = find_unfinished(context->host, journals[i].folder, &name);

		if (!step)
			continue;
		remedy = g_strdup_printf(
			"'%s %s' %s", journals[i].command, name, journals[i].effect);
		oriel_check_fill(report, ORIEL_CHECK_FAIL, journals[i].meaning, remedy,
			"%s/%s.journal: %s", journals[i].folder, name, step);
		return TRUE;
	}
	return FALSE;
}

void oriel_check_postmortem(
	const struct oriel_check_context *context, struct oriel_check_report *report)
{
	if (!report_unfinished(context, report) && oriel_check_has_gpu(context, report))
		report_card(context, report);
}

/* ---- our files ------------------------------------------------------------------------------ */

/* A file that is not as it was installed, in words; NULL: all are. */
static char *find_changed(const struct oriel_host *host, const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++) {
		const struct oriel_record_file *file = g_ptr_array_index(files, i);
		g_autofree char *now = oriel_record_get_sha256(host, file->path);

		if (!now)
			return g_strdup_printf("%s: is gone or not readable", file->path);
		if (strcmp(now, file->sha256))
			return g_strdup_printf("%s: was changed", file->path);
	}
	return NULL;
}

void oriel_check_drift(const struct oriel_check_context *context, struct oriel_check_report *report)
{
	g_autofree char *version = NULL;
	g_autofree char *changed = NULL;
	g_autoptr(GPtrArray) files = oriel_record_list_files(context->host, &version);

	if (!files && !oriel_host_exists(context->host, "/var/lib")) {
		oriel_check_fill(report, ORIEL_CHECK_UNKNOWN,
			"it could not be seen what Oriel has installed", NULL,
			"/var/lib: does not exist");
		return;
	}
	if (files)
		changed = find_changed(context->host, files);
	if (changed)
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"a file that Oriel installed is no longer as it was",
			"'oriel vfio plan' shows what would be written; 'oriel vfio apply' writes "
			"it "
			"anew, 'oriel vfio undo' takes it out",
			"%s", changed);
	else if (version && strcmp(version, ORIEL_VERSION))
		oriel_check_fill(report, ORIEL_CHECK_WARN,
			"the files were installed by another version of Oriel",
			"'oriel vfio apply' writes them anew",
			ORIEL_RECORD_INSTALLED ": %s, this is " ORIEL_VERSION, version);
	else
		oriel_check_fill(report, ORIEL_CHECK_PASS,
			files ? "what Oriel installed is as it was"
			      : "Oriel has installed nothing on this host",
			NULL, ORIEL_RECORD_INSTALLED ": %u files", files ? files->len : 0);
}
