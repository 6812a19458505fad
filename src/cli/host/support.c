/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel support bundle: what whoever helps needs to know, without what is private. */
#include "cli/call.h"
#include "cli/host/checkup.h"
#include "cli/host/gpu_json.h"
#include "cli/host/machines.h"
#include "cli/table.h"
#include "host/machine.h"
#include "support/collect.h"

#include <stdio.h>
#include <string.h>

static void add_json(struct oriel_bundle *bundle, const char *name, JsonBuilder *builder)
{
	g_autofree char *text = oriel_json_get_text(builder);

	oriel_bundle_add(bundle, name, text, strlen(text));
}

/* ---- facts ---------------------------------------------------------------------------------- */

static void add_system(JsonBuilder *facts, const struct oriel_host *host)
{
	static const char *const switches[] = {"unknown", "off", "on"};
	g_autofree char *os = oriel_machine_read_os(host);
	g_autofree char *kernel = oriel_machine_read_kernel(host);
	g_autofree char *lockdown = oriel_machine_read_lockdown(host);

	oriel_json_add_text(facts, "oriel", ORIEL_VERSION);
	oriel_json_add_text(facts, "os", os);
	oriel_json_add_text(facts, "kernel", kernel);
	oriel_json_add_text(facts, "boot_loader",
		oriel_machine_boot_loader_get_name(oriel_machine_find_boot_loader(host)));
	oriel_json_add_text(facts, "initramfs",
		oriel_machine_initramfs_get_name(oriel_machine_find_initramfs(host)));
	oriel_json_add_text(facts, "secure_boot", switches[oriel_machine_read_secure_boot(host)]);
	oriel_json_add_text(facts, "apparmor", switches[oriel_machine_read_apparmor(host)]);
	oriel_json_add_text(facts, "selinux", switches[oriel_machine_read_selinux(host)]);
	oriel_json_add_text(facts, "lockdown", lockdown);
}

static void add_hardware(JsonBuilder *facts, const struct oriel_host *host)
{
	struct oriel_machine_cpu cpu;
	struct oriel_machine_memory memory;

	oriel_machine_read_cpu(host, &cpu);
	oriel_machine_read_memory(host, &memory);
	oriel_json_add_text(facts, "cpu_vendor", cpu.vendor);
	oriel_json_add_text(facts, "cpu_virtualisation", cpu.virtualisation);
	oriel_json_add_number(facts, "cpu_threads", cpu.threads);
	oriel_json_add_number(facts, "cpu_physical_bits", cpu.physical_bits);
	oriel_json_add_number(facts, "memory_bytes", (gint64)memory.total_bytes);
	oriel_json_add_number(facts, "memory_available_bytes", (gint64)memory.available_bytes);
	oriel_json_add_number(facts, "hugepage_bytes", (gint64)memory.hugepage_bytes);
	oriel_json_add_number(facts, "hugepages", (gint64)memory.hugepages_total);
	oriel_machine_finish_cpu(&cpu);
}

static void add_facts(struct oriel_bundle *bundle, const struct oriel_call *call,
	const struct oriel_checkup *checkup)
{
	const struct oriel_gpu_facts gpus = {checkup->context->gpus, checkup->context->iommu};
	g_autoptr(JsonBuilder) facts = json_builder_new();

	json_builder_begin_object(facts);
	add_system(facts, checkup->host);
	add_hardware(facts, checkup->host);
	if (oriel_host_is_live(checkup->host))
		oriel_machines_add(bundle, call, facts);
	oriel_gpu_json_add_all(facts, &gpus);
	json_builder_set_member_name(facts, "iommu");
	oriel_gpu_json_add_iommu(facts, gpus.iommu);
	json_builder_end_object(facts);
	add_json(bundle, "facts.json", facts);
}

/* ---- the bundle ----------------------------------------------------------------------------- */

static void fill(
	struct oriel_bundle *bundle, const struct oriel_call *call, struct oriel_checkup *checkup)
{
	g_autoptr(JsonBuilder) checks = NULL;

	oriel_collect_names(bundle, checkup->host);
	oriel_checkup_run_all(checkup);
	checks = oriel_checkup_get_json(checkup);
	add_json(bundle, "check.json", checks);
	add_facts(bundle, call, checkup);
	oriel_collect_files(bundle, checkup->host);
	oriel_collect_kernel_log(bundle, checkup->host);
	oriel_bundle_seal(bundle);
}

/* path: NULL where nothing was written. */
static void print_bundle(
	const struct oriel_bundle *bundle, const struct oriel_call *call, const char *path)
{
	const char *list = oriel_bundle_get_list(bundle);
	g_autoptr(JsonBuilder) builder = NULL;

	if (oriel_call_has(call, "json")) {
		builder = json_builder_new();
		json_builder_begin_object(builder);
		oriel_json_add_text(builder, "file", path);
		oriel_json_add_text(builder, "list", list);
		json_builder_end_object(builder);
		oriel_json_print(builder);
	} else if (path) {
		printf("%s\nWritten to %s, which only you may read.\n", list, path);
	} else {
		printf("%s\nNothing was written.\n", list);
	}
}

static int write_bundle(
	const struct oriel_bundle *bundle, const struct oriel_call *call, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	const char *output = oriel_call_get_text(call, "output");
	g_autofree char *path = output ? g_strdup(output)
				       : g_date_time_format(now, "oriel-support-%Y%m%d-%H%M%S.tar");

	if (!oriel_bundle_write(bundle, path, error))
		return g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_EXISTS) ? ORIEL_EXIT_REFUSED
									      : ORIEL_EXIT_FAILED;
	print_bundle(bundle, call, path);
	return ORIEL_EXIT_OK;
}

static int run_bundle(const struct oriel_call *call, GError **error)
{
	struct oriel_bundle *bundle;
	struct oriel_checkup checkup;
	int code = oriel_checkup_open(&checkup, call, NULL, error);

	if (code) {
		oriel_checkup_close(&checkup);
		return code;
	}
	bundle = oriel_bundle_create();
	fill(bundle, call, &checkup);
	if (oriel_call_has(call, "dry-run"))
		print_bundle(bundle, call, NULL);
	else
		code = write_bundle(bundle, call, error);
	oriel_bundle_destroy(bundle);
	oriel_checkup_close(&checkup);
	return code;
}

static const struct oriel_option options[] = {
	{"output", ORIEL_OPTION_TEXT, "FILE",
		"the file to write; it must not be there (oriel-support-DATE.tar)"},
	{"dry-run", ORIEL_OPTION_SWITCH, NULL, "say what would be inside, and write nothing"},
	{"json", ORIEL_OPTION_SWITCH, NULL, "print JSON"},
	{"connect", ORIEL_OPTION_TEXT, "URI", "which libvirt has the machines (qemu:///system)"},
	{"root", ORIEL_OPTION_TEXT, "DIR", "look at the system below DIR (default: /)"},
	{.name = NULL},
};

static const struct oriel_command bundle_command = {
	.name = "bundle",
	.summary = "Collect what whoever helps needs to know.",
	.details =
		"Checks, facts, definitions, settings and logs go into one archive, that only you\n"
		"may read. Addresses, serial numbers, names of people, computers and networks, "
		"and\n"
		"secrets are taken out before; the list says what was. Nothing is sent anywhere.",
	.options = options,
	.run = run_bundle,
};

static const struct oriel_command *const commands[] = {
	&bundle_command,
	NULL,
};

const struct oriel_command oriel_table_support = {
	.name = "support",
	.summary = "Get help.",
	.children = commands,
};
