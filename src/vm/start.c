/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting a machine: each step is noted before it is taken, and taken back when a later fails. */
#include "vm/run.h"

#include "vm/definition.h"
#include "vm/error.h"
#include "vm/journal.h"
#include "vm/shm.h"

#include <string.h>
#include <unistd.h>

static bool prepare_file(
	const struct oriel_vm_relay_facts *relay, struct oriel_vm_journal *journal, GError **error)
{
	g_autofree char *path = oriel_vm_shm_get_path(relay->name);
	bool made = false;

	if (access(path, F_OK) && !oriel_vm_journal_note_file(journal, path, error))
		return false;
	return oriel_vm_shm_create(relay->name, relay->size_bytes, &made, error);
}

static bool prepare_relay(xmlDoc *document, const struct oriel_vm_start_options *options,
	struct oriel_vm_journal *journal, GError **error)
{
	struct oriel_vm_relay_facts relay;
	bool ok = true;

	oriel_vm_definition_read_relay(document, &relay);
	if (relay.kind == ORIEL_VM_RELAY_PLAIN)
		ok = prepare_file(&relay, journal, error);
	else if (relay.kind == ORIEL_VM_RELAY_KVMFR)
		ok = oriel_vm_shm_check_kvmfr(relay.name, error);
	else if (relay.kind == ORIEL_VM_RELAY_DOORBELL && options->serve)
		ok = options->serve(relay.server, relay.size_bytes, options->data, error);
	else if (relay.kind == ORIEL_VM_RELAY_DOORBELL)
		ok = oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"this machine's shared memory needs its server, which cannot be started "
			"here");
	oriel_vm_relay_facts_finish(&relay);
	return ok;
}

static bool is_handed_over(const char *driver)
{
	return g_strcmp0(driver, "vfio-pci") == 0;
}

/* The user chose the GPU when the machine was defined. handed: those that went just now. */
static bool hand_over(const GArray *hostdevs, const struct oriel_vm_facts *facts, const char *name,
	const struct oriel_vm_start_options *options, GPtrArray *handed, GError **error)
{
	for (guint i = 0; i < hostdevs->len; i++) {
		const struct oriel_vm_pci *pci = &g_array_index(hostdevs, struct oriel_vm_pci, i);
		g_autofree char *driver = oriel_vm_facts_get_driver(facts, pci);
		g_autofree char *gpu = NULL;

		if (is_handed_over(driver) || !oriel_vm_facts_is_display(facts, pci))
			continue;
		gpu = g_strdup_printf(
			"%04x:%02x:%02x.%x", pci->domain, pci->bus, pci->slot, pci->function);
		if (!options->hand_over(gpu, name, error))
			return false;
		g_ptr_array_add(handed, g_steal_pointer(&gpu));
	}
	return true;
}

/* libvirt does not move devices with managed='no': QEMU would fail with a riddle. */
static bool check_devices(
	const GArray *hostdevs, const struct oriel_vm_facts *facts, GError **error)
{
	for (guint i = 0; i < hostdevs->len; i++) {
		const struct oriel_vm_pci *pci = &g_array_index(hostdevs, struct oriel_vm_pci, i);
		g_autofree char *driver = oriel_vm_facts_get_driver(facts, pci);

		if (is_handed_over(driver))
			continue;
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"device %04x:%02x:%02x.%x is %s%s: hand it over first, so that vfio-pci "
			"drives it",
			pci->domain, pci->bus, pci->slot, pci->function,
			driver ? "driven by " : "without a driver or not there",
			driver ? driver : "");
	}
	return true;
}

static bool prepare_devices(xmlDoc *document, const char *name,
	const struct oriel_vm_start_options *options, GPtrArray *handed, GError **error)
{
	g_autoptr(GArray) hostdevs = oriel_vm_definition_list_hostdevs(document, true);
	const struct oriel_vm_facts facts = {.sysfs = (char *)options->sysfs};

	return (!options->hand_over || hand_over(hostdevs, &facts, name, options, handed, error)) &&
	       check_devices(hostdevs, &facts, error);
}

/* For as long as the machine runs: the run's journal has it set back. */
static bool tune(struct oriel_vm_connection *connection, virDomainPtr domain, xmlDoc *document,
	struct oriel_vm_journal *journal, GError **error)
{
	const struct oriel_vm_tuner *tuner = oriel_vm_connection_get_tuner(connection);
	const char *name = virDomainGetName(domain);
	g_autofree char *text = NULL;

	if (!oriel_vm_definition_read_tune(document))
		return true;
	if (!tuner)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"this computer is to be tuned for '%s', which only 'oriel vm start' can do",
			name);
	text = oriel_vm_tree_to_text(document);
	return oriel_vm_journal_note_tuned(journal, name, error) &&
	       tuner->tune(connection, text, error);
}

/* Shared memory and devices are ours to see to only on this computer. */
static bool is_ours_to_prepare(const struct oriel_vm_connection *connection)
{
	return oriel_vm_connection_is_local(connection) && !oriel_vm_connection_is_mock(connection);
}

static bool start(struct oriel_vm_connection *connection, virDomainPtr domain,
	const struct oriel_vm_start_options *options, struct oriel_vm_journal *journal,
	GPtrArray *handed, GError **error)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, error);
	const char *name = virDomainGetName(domain);
	char uuid[VIR_UUID_STRING_BUFLEN] = "";

	virDomainGetUUIDString(domain, uuid);
	if (!document)
		return false;
	if (is_ours_to_prepare(connection) &&
		(!prepare_relay(document, options, journal, error) ||
			!prepare_devices(document, name, options, handed, error) ||
			!tune(connection, domain, document, journal, error)))
		return false;
	if (!oriel_vm_journal_note_start(
		    journal, oriel_vm_connection_get_uri(connection), uuid, error))
		return false;
	if (virDomainCreateWithFlags(domain, options->paused ? VIR_DOMAIN_START_PAUSED : 0) < 0)
		return oriel_vm_error_set_libvirt(error, "cannot start '%s'", name);
	if (!is_ours_to_prepare(connection))
		return true;
	if (options->supervise)
		return options->supervise(
			uuid, oriel_vm_journal_get_fd(journal), options->data, error);
	return oriel_vm_journal_note_running(
		journal, oriel_vm_connection_get_uri(connection), uuid, error);
}

bool oriel_vm_run_start(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_start_options *options, GError **error)
{
	g_autoptr(virDomain) domain =
		oriel_vm_run_find_for(connection, name, ORIEL_VM_START, error);
	g_autoptr(GPtrArray) handed = g_ptr_array_new_with_free_func(g_free);
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	struct oriel_vm_journal *journal;

	if (!domain)
		return false;
	virDomainGetUUIDString(domain, uuid);
	journal = oriel_vm_journal_begin_run(connection, uuid, error);
	if (!journal)
		return false;
	if (!start(connection, domain, options, journal, handed, error)) {
		oriel_vm_journal_roll_back(journal, connection);
		for (guint i = 0; i < handed->len; i++)
			options->take_home(g_ptr_array_index(handed, i));
		return false;
	}
	if (is_ours_to_prepare(connection))
		oriel_vm_journal_leave(journal);
	else
		oriel_vm_journal_commit(journal);
	return true;
}
