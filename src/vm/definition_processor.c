/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processors, their pinning, firmware and TPM. */
#include "vm/definition_parts.h"

#include "vm/error.h"
#include "vm/topology.h"

#include <stdlib.h>
#include <string.h>

static guint read_cpus(xmlNode *root)
{
	g_autofree char *text = oriel_vm_tree_read_text(oriel_vm_tree_get(root, "vcpu"));

	return text ? g_ascii_strtoull(text, NULL, 10) : 1;
}

static void set_topology(xmlNode *cpu, guint cpus, guint threads)
{
	xmlNode *topology = oriel_vm_tree_make(cpu, "topology");

	oriel_vm_tree_set_number(topology, "sockets", 1);
	oriel_vm_tree_set_number(topology, "dies", 1);
	oriel_vm_tree_set_number(topology, "cores", cpus / threads);
	oriel_vm_tree_set_number(topology, "threads", threads);
}

static guint read_threads(xmlNode *cpu)
{
	g_autofree char *text = oriel_vm_tree_read(oriel_vm_tree_get(cpu, "topology"), "threads");

	return text ? MAX(g_ascii_strtoull(text, NULL, 10), 1) : 1;
}

static void unpin(xmlNode *root)
{
	xmlNode *tune = oriel_vm_tree_get(root, "cputune");
	xmlNode *numa = oriel_vm_tree_get(root, "numatune");

	if (tune) {
		oriel_vm_tree_remove_all(tune, "vcpupin");
		oriel_vm_tree_remove_all(tune, "emulatorpin");
		if (!tune->children)
			oriel_vm_tree_remove(tune);
	}
	oriel_vm_tree_remove(numa);
}

static int read_gpu_node(const struct oriel_vm_work *work)
{
	const struct oriel_vm_pci *pci;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;

	if (!work->spec->gpus || !work->spec->gpus->len)
		return -1;
	pci = &g_array_index(work->spec->gpus, struct oriel_vm_pci, 0);
	path = g_strdup_printf("%s/bus/pci/devices/%04x:%02x:%02x.%x/numa_node", work->facts->sysfs,
		pci->domain, pci->bus, pci->slot, pci->function);
	return g_file_get_contents(path, &text, NULL, NULL) ? atoi(text) : -1;
}

static void write_pins(xmlNode *root, const struct oriel_vm_pinning *pinning)
{
	xmlNode *tune = oriel_vm_tree_make(root, "cputune");

	for (guint i = 0; i < pinning->cpus->len; i++) {
		xmlNode *pin = oriel_vm_tree_add(tune, "vcpupin");

		oriel_vm_tree_set_number(pin, "vcpu", i);
		oriel_vm_tree_set_number(pin, "cpuset", g_array_index(pinning->cpus, guint, i));
	}
	oriel_vm_tree_set(oriel_vm_tree_add(tune, "emulatorpin"), "cpuset", pinning->host_cpus);
	if (pinning->node >= 0) {
		xmlNode *memory = oriel_vm_tree_make(root, "numatune/memory");

		oriel_vm_tree_set(memory, "mode", "strict");
		oriel_vm_tree_set_number(memory, "nodeset", pinning->node);
	}
}

static bool pin(struct oriel_vm_work *work, guint cpus, guint *ret_threads, GError **error)
{
	struct oriel_vm_pinning *pinning;

	if (!work->facts->sysfs)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"pin 'yes': the processors of another computer cannot be seen from here; "
			"use --pin no, or run oriel there");
	pinning = oriel_vm_topology_plan(work->facts->sysfs, cpus, read_gpu_node(work), error);
	if (!pinning)
		return false;
	unpin(work->root);
	write_pins(work->root, pinning);
	if (!work->spec->threads)
		*ret_threads = pinning->threads;
	oriel_vm_pinning_free(pinning);
	return true;
}

static bool check_threads(guint cpus, guint threads, GError **error)
{
	if (cpus % threads == 0)
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"cpus '%u': it must be a multiple of the %u threads of a core; change --cpus or "
		"--threads",
		cpus, threads);
}

bool oriel_vm_definition_apply_processor(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;
	xmlNode *cpu = oriel_vm_tree_make(work->root, "cpu");
	xmlNode *vcpu = oriel_vm_tree_make(work->root, "vcpu");
	guint cpus = spec->cpus ? spec->cpus : read_cpus(work->root);
	guint threads = spec->threads ? spec->threads : read_threads(cpu);
	bool pinned = oriel_vm_tree_get(work->root, "cputune/vcpupin") != NULL;
	g_autofree char *text = g_strdup_printf("%u", cpus);

	if (spec->pin == ORIEL_VM_NO)
		unpin(work->root);
	if (!spec->cpus && !spec->threads && spec->pin != ORIEL_VM_YES)
		return true;
	if (!spec->threads && cpus % threads)
		threads = 1;
	if ((spec->pin == ORIEL_VM_YES || (pinned && spec->pin != ORIEL_VM_NO)) &&
		!pin(work, cpus, &threads, error))
		return false;
	if (!check_threads(cpus, threads, error))
		return false;
	oriel_vm_tree_set_text(vcpu, text);
	oriel_vm_tree_set(vcpu, "current", NULL);
	oriel_vm_tree_remove_all(work->root, "vcpus");
	set_topology(cpu, cpus, threads);
	return true;
}

/* ---- firmware ------------------------------------------------------------------------------- */

static void set_feature(xmlNode *os, const char *name, bool enabled)
{
	xmlNode *firmware = oriel_vm_tree_make(os, "firmware");
	xmlNode *feature = oriel_vm_tree_find(firmware, "feature", "name", name);

	if (!feature) {
		feature = oriel_vm_tree_add(firmware, "feature");
		oriel_vm_tree_set(feature, "name", name);
	}
	oriel_vm_tree_set(feature, "enabled", enabled ? "yes" : "no");
}

static void apply_secure_boot(struct oriel_vm_work *work)
{
	bool secure = work->spec->secure_boot == ORIEL_VM_YES;
	xmlNode *os = oriel_vm_tree_make(work->root, "os");
	xmlNode *features = oriel_vm_tree_make(work->root, "features");

	/* libvirt chooses anew: paths it had filled in belong to the other firmware. */
	oriel_vm_tree_set(os, "firmware", "efi");
	oriel_vm_tree_remove_all(os, "loader");
	oriel_vm_tree_remove_all(os, "nvram");
	set_feature(os, "secure-boot", secure);
	if (secure) {
		set_feature(os, "enrolled-keys", true);
		oriel_vm_tree_set(oriel_vm_tree_make(features, "smm"), "state", "on");
		return;
	}
	oriel_vm_tree_remove(oriel_vm_tree_find(
		oriel_vm_tree_get(os, "firmware"), "feature", "name", "enrolled-keys"));
	oriel_vm_tree_remove_all(features, "smm");
}

static bool is_secure(xmlNode *root)
{
	xmlNode *firmware = oriel_vm_tree_get(root, "os/firmware");

	return firmware &&
	       oriel_vm_tree_is(oriel_vm_tree_find(firmware, "feature", "name", "secure-boot"),
		       "enabled", "yes");
}

static void add_tpm(xmlNode *devices)
{
	xmlNode *tpm = oriel_vm_tree_make(devices, "tpm");
	xmlNode *backend = oriel_vm_tree_make(tpm, "backend");

	oriel_vm_tree_set(tpm, "model", "tpm-crb");
	oriel_vm_tree_set(backend, "type", "emulator");
	oriel_vm_tree_set(backend, "version", "2.0");
}

static void apply_kind(struct oriel_vm_work *work)
{
	xmlNode *os = oriel_vm_tree_make(work->root, "os");
	const char *firmware = work->spec->firmware;

	if (!firmware)
		return;
	oriel_vm_tree_set(os, "firmware", g_str_equal(firmware, "efi") ? "efi" : NULL);
	if (g_str_equal(firmware, "efi"))
		return;
	oriel_vm_tree_remove_all(os, "firmware");
	oriel_vm_tree_remove_all(os, "loader");
	oriel_vm_tree_remove_all(os, "nvram");
	oriel_vm_tree_remove_all(oriel_vm_tree_make(work->root, "features"), "smm");
}

bool oriel_vm_definition_apply_firmware(struct oriel_vm_work *work, GError **error)
{
	const struct oriel_vm_spec *spec = work->spec;

	apply_kind(work);
	if (spec->secure_boot != ORIEL_VM_UNSET &&
		(spec->secure_boot == ORIEL_VM_YES) != is_secure(work->root))
		apply_secure_boot(work);
	if (spec->tpm == ORIEL_VM_YES && !oriel_vm_tree_get(work->devices, "tpm"))
		add_tpm(work->devices);
	if (spec->tpm == ORIEL_VM_NO)
		oriel_vm_tree_remove_all(work->devices, "tpm");
	return true;
}

/* ---- what this computer can do -------------------------------------------------------------- */

static void fit_mode(xmlNode *root, const struct oriel_vm_facts *facts)
{
	static const char *const modes[] = {"host-passthrough", "maximum", "host-model"};
	xmlNode *cpu = oriel_vm_tree_make(root, "cpu");
	const char *mode = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(modes) && !mode; i++)
		if (oriel_vm_facts_has_cpu_mode(facts, modes[i]))
			mode = modes[i];
	if (!mode || oriel_vm_tree_is(cpu, "mode", mode))
		return;
	oriel_vm_tree_set(cpu, "mode", mode);
	oriel_vm_tree_set(cpu, "migratable", NULL);
	oriel_vm_tree_set(cpu, "check", NULL);
	oriel_vm_tree_remove_all(cpu, "cache");
	oriel_vm_tree_remove_all(cpu, "maxphysaddr");
}

/* Without it an AMD guest sees no pairs of threads. */
static void fit_threads(xmlNode *root, const struct oriel_vm_facts *facts)
{
	xmlNode *cpu = oriel_vm_tree_make(root, "cpu");
	xmlNode *feature;

	if (read_threads(cpu) < 2 || !oriel_vm_facts_is_amd(facts) ||
		!oriel_vm_tree_is(cpu, "mode", "host-passthrough") ||
		oriel_vm_tree_find(cpu, "feature", "name", "topoext"))
		return;
	feature = oriel_vm_tree_add(cpu, "feature");
	oriel_vm_tree_set(feature, "policy", "require");
	oriel_vm_tree_set(feature, "name", "topoext");
}

static void fit_hyperv(xmlNode *root, const struct oriel_vm_facts *facts)
{
	xmlNode *hyperv = oriel_vm_tree_get(root, "features/hyperv");
	xmlNode *clock = oriel_vm_tree_get(root, "clock");
	bool kvm = g_str_equal(facts->virtualization, "kvm");
	xmlNode *next;

	if (!kvm && clock)
		oriel_vm_tree_remove(oriel_vm_tree_find(clock, "timer", "name", "hypervclock"));
	if (!kvm) {
		oriel_vm_tree_remove(hyperv);
		return;
	}
	for (xmlNode *flag = hyperv ? hyperv->children : NULL; flag; flag = next) {
		next = flag->next;
		if (flag->type == XML_ELEMENT_NODE && !oriel_vm_facts_has(facts, "features/hyperv",
							      "features", (const char *)flag->name))
			oriel_vm_tree_remove(flag);
	}
}

static bool fit_firmware(xmlNode *root, const struct oriel_vm_facts *facts, GError **error)
{
	xmlNode *os = oriel_vm_tree_make(root, "os");

	/* The mock driver knows no firmware at all. */
	if (!facts->capabilities) {
		oriel_vm_tree_set(os, "firmware", NULL);
		oriel_vm_tree_remove_all(os, "firmware");
		return true;
	}
	if (oriel_vm_tree_is(os, "firmware", "efi") &&
		!oriel_vm_facts_has(facts, "os", "firmware", "efi"))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"firmware 'efi': libvirt finds no UEFI firmware here; install it (package "
			"ovmf or edk2-ovmf)");
	if (is_secure(root) && !oriel_vm_facts_has(facts, "os/loader", "secure", "yes"))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"secure-boot 'yes': libvirt finds no firmware with Secure Boot here; "
			"install "
			"a newer ovmf, or use --secure-boot no");
	return true;
}

static bool fit_tpm(xmlNode *root, const struct oriel_vm_facts *facts, GError **error)
{
	if (!oriel_vm_tree_get(root, "devices/tpm") ||
		oriel_vm_facts_has(facts, "devices/tpm", "backendModel", "emulator"))
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"tpm 'yes': this computer has no software TPM; install swtpm and swtpm-tools, or "
		"use "
		"--tpm no");
}

bool oriel_vm_definition_fit(xmlDoc *document, const struct oriel_vm_spec *spec,
	const struct oriel_vm_facts *facts, GError **error)
{
	xmlNode *root = xmlDocGetRootElement(document);

	oriel_vm_tree_set(root, "type", facts->virtualization);
	fit_mode(root, facts);
	fit_threads(root, facts);
	fit_hyperv(root, facts);
	return fit_firmware(root, facts, error) && fit_tpm(root, facts, error);
}
