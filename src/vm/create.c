/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/create.h"

#include "vm/definition.h"
#include "vm/disk.h"
#include "vm/error.h"
#include "vm/facts.h"
#include "vm/journal.h"

#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

/* Where disks of that connection's machines are put by default. Owned by the caller. */
static char *get_disk_folder(struct oriel_vm_connection *connection)
{
	const char *uri = oriel_vm_connection_get_uri(connection);
	const char *root = strstr(uri, "/embed?root=");

	if (root)
		return g_build_filename(root + strlen("/embed?root="), "images", NULL);
	if (strstr(uri, "/session"))
		return g_build_filename(g_get_user_data_dir(), "libvirt/images", NULL);
	return g_strdup("/var/lib/libvirt/images");
}

bool oriel_vm_plan_try(struct oriel_vm_connection *connection, xmlDoc *document, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	g_autofree char *text = NULL;
	char *command;

	if (!handle || !oriel_vm_definition_check_schema(document, error))
		return false;
	/* The mock driver has no command line to make. */
	if (oriel_vm_connection_is_mock(connection))
		return true;
	text = oriel_vm_tree_to_text(document);
	command = virConnectDomainXMLToNative(handle, "qemu-argv", text, 0);
	if (!command)
		return oriel_vm_error_set_libvirt(error, "libvirt does not accept the definition");
	free(command);
	return true;
}

static bool check_name_is_free(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	g_autoptr(virDomain) domain = handle ? virDomainLookupByName(handle, name) : NULL;

	if (!handle)
		return false;
	if (!domain)
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"name '%s': there is a virtual machine of that name already; choose another, or "
		"change that one with 'oriel vm edit %s'",
		name, name);
}

static bool place_disk(
	struct oriel_vm_connection *connection, struct oriel_vm_spec *spec, GError **error)
{
	g_autofree char *folder = NULL;
	g_autofree char *file = NULL;

	if (spec->disk_none) {
		g_clear_pointer(&spec->disk_file, g_free);
		return true;
	}
	if (!oriel_vm_connection_is_local(connection))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"disk: files of another computer cannot be made from here; run oriel "
			"there, "
			"or use --disk none and attach a volume");
	folder = get_disk_folder(connection);
	file = g_strdup_printf("%s.%s", spec->name,
		g_str_equal(spec->disk_format, "raw") ? "img" : spec->disk_format);
	if (!spec->disk_file)
		spec->disk_file = g_build_filename(folder, file, NULL);
	return true;
}

static void finish_document(struct oriel_vm_plan *plan, const struct oriel_vm_spec *spec)
{
	xmlNode *root = xmlDocGetRootElement(plan->document);
	xmlNode *own = oriel_vm_tree_get_own(plan->document, true);

	plan->uuid = g_uuid_string_random();
	oriel_vm_tree_set_text(oriel_vm_tree_make(root, "uuid"), plan->uuid);
	/* The template's advice has done its work. */
	oriel_vm_tree_remove_all(own, "defaults");
	if (!spec->disk_file)
		return;
	oriel_vm_definition_add_owned(plan->document, spec->disk_file);
	plan->disk_file = g_strdup(spec->disk_file);
	plan->disk_format = g_strdup(spec->disk_format);
	plan->disk_bytes = spec->disk_bytes;
}

static bool fill(struct oriel_vm_plan *plan, struct oriel_vm_connection *connection,
	struct oriel_vm_spec *spec, const struct oriel_vm_facts *facts, GError **error)
{
	if (!oriel_vm_definition_complete(plan->document, spec, error) ||
		!place_disk(connection, spec, error) ||
		!oriel_vm_definition_apply(plan->document, spec, facts, error) ||
		!oriel_vm_definition_fit(plan->document, spec, facts, error))
		return false;
	finish_document(plan, spec);
	return oriel_vm_plan_try(connection, plan->document, error);
}

static bool check_given(const struct oriel_vm_spec *spec, GError **error)
{
	if (!spec->name)
		return oriel_vm_error_set(
			error, ORIEL_VM_ERROR_INVALID, "name: a new machine needs one");
	if (!spec->os)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"os: say what will run in it, as in --os windows11 or --os linux");
	return true;
}

struct oriel_vm_plan *oriel_vm_plan_create(struct oriel_vm_connection *connection,
	struct oriel_vm_spec *spec, const char *sysfs, GError **error)
{
	struct oriel_vm_plan *plan;
	struct oriel_vm_facts *facts;

	if (!check_given(spec, error) || !check_name_is_free(connection, spec->name, error))
		return NULL;
	plan = g_new0(struct oriel_vm_plan, 1);
	plan->document = oriel_vm_definition_load_template(spec->os, error);
	facts = plan->document ? oriel_vm_facts_load(connection, spec->virtualization, sysfs, error)
			       : NULL;
	if (!facts || !fill(plan, connection, spec, facts, error))
		g_clear_pointer(&plan, oriel_vm_plan_free);
	oriel_vm_facts_free(facts);
	return plan;
}

void oriel_vm_plan_free(struct oriel_vm_plan *plan)
{
	if (!plan)
		return;
	xmlFreeDoc(plan->document);
	g_free(plan->uuid);
	g_free(plan->disk_file);
	g_free(plan->disk_format);
	g_free(plan);
}

static bool define(struct oriel_vm_plan *plan, struct oriel_vm_connection *connection,
	struct oriel_vm_journal *journal, GError **error)
{
	g_autofree char *text = oriel_vm_tree_to_text(plan->document);
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	g_autoptr(virDomain) domain = NULL;

	if (!handle || !oriel_vm_journal_note_define(
			       journal, oriel_vm_connection_get_uri(connection), plan->uuid, error))
		return false;
	domain = virDomainDefineXMLFlags(handle, text,
		oriel_vm_connection_is_mock(connection) ? 0 : VIR_DOMAIN_DEFINE_VALIDATE);
	return domain || oriel_vm_error_set_libvirt(error, "cannot define the machine");
}

/* Only our own default folder; any other the user has named and must have made. */
static void make_default_folder(struct oriel_vm_plan *plan, struct oriel_vm_connection *connection)
{
	g_autofree char *standard = get_disk_folder(connection);
	g_autofree char *folder = g_path_get_dirname(plan->disk_file);

	if (g_str_equal(standard, folder))
		g_mkdir_with_parents(folder, 0711);
}

static bool make(struct oriel_vm_plan *plan, struct oriel_vm_connection *connection,
	struct oriel_vm_journal *journal, GError **error)
{
	if (plan->disk_file) {
		make_default_folder(plan, connection);
		if (!oriel_vm_disk_create(
			    journal, plan->disk_file, plan->disk_format, plan->disk_bytes, error))
			return false;
	}
	return define(plan, connection, journal, error);
}

bool oriel_vm_plan_carry_out(
	struct oriel_vm_plan *plan, struct oriel_vm_connection *connection, GError **error)
{
	struct oriel_vm_journal *journal = oriel_vm_journal_begin(error);

	if (!journal)
		return false;
	if (make(plan, connection, journal, error)) {
		oriel_vm_journal_commit(journal);
		return true;
	}
	oriel_vm_journal_roll_back(journal, connection);
	return false;
}
