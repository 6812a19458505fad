/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/change.h"

#include "vm/create.h"
#include "vm/definition.h"
#include "vm/diff.h"
#include "vm/disk.h"
#include "vm/error.h"
#include "vm/journal.h"
#include "vm/paths.h"
#include "vm/run.h"
#include "vm/shm.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- changing ------------------------------------------------------------------------------- */

static char *read_text(virDomainPtr domain, GError **error)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, error);

	return document ? oriel_vm_tree_to_text(document) : NULL;
}

static bool check_can_change(const struct oriel_vm_spec *spec, GError **error)
{
	if (!spec->disk_bytes && !spec->disk_file && !spec->disk_format && !spec->os)
		return true;
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"disk and os are chosen when a machine is made; change disks with 'virsh'");
}

/* Without capabilities a machine of another kind would be measured against the wrong ones. */
static struct oriel_vm_facts *load_facts(
	struct oriel_vm_connection *connection, xmlDoc *document, const char *sysfs, GError **error)
{
	g_autofree char *type = oriel_vm_tree_read(xmlDocGetRootElement(document), "type");

	return oriel_vm_facts_load(connection, type, sysfs, error);
}

static bool fill(struct oriel_vm_change *change, struct oriel_vm_connection *connection,
	xmlDoc *document, const struct oriel_vm_spec *spec, const char *sysfs, GError **error)
{
	struct oriel_vm_facts *facts = load_facts(connection, document, sysfs, error);
	bool ok;

	if (!facts)
		return false;
	change->before = oriel_vm_tree_to_text(document);
	ok = oriel_vm_definition_apply(document, spec, facts, error);
	oriel_vm_facts_free(facts);
	if (!ok)
		return false;
	change->after = oriel_vm_tree_to_text(document);
	return g_str_equal(change->before, change->after) ||
	       oriel_vm_plan_try(connection, document, error);
}

struct oriel_vm_change *oriel_vm_change_plan(struct oriel_vm_connection *connection,
	const char *name, const struct oriel_vm_spec *spec, const char *sysfs, GError **error)
{
	g_autoptr(virDomain) domain = NULL;
	g_autoptr(xmlDoc) document = NULL;
	struct oriel_vm_change *change;

	if (!check_can_change(spec, error))
		return NULL;
	domain = oriel_vm_connection_find(connection, name, error);
	document = domain ? oriel_vm_run_get_definition(domain, error) : NULL;
	if (!document)
		return NULL;
	change = g_new0(struct oriel_vm_change, 1);
	change->name = g_strdup(virDomainGetName(domain));
	if (!fill(change, connection, document, spec, sysfs, error))
		g_clear_pointer(&change, oriel_vm_change_free);
	return change;
}

void oriel_vm_change_free(struct oriel_vm_change *change)
{
	if (!change)
		return;
	g_free(change->name);
	g_free(change->before);
	g_free(change->after);
	g_free(change->backup);
	g_free(change);
}

static bool keep_backup(struct oriel_vm_change *change, GError **error)
{
	g_autofree char *folder = oriel_vm_paths_make_state("backup", error);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%S.%f");
	g_autofree char *file = g_strdup_printf("%s-%s.xml", change->name, stamp);

	if (!folder)
		return false;
	change->backup = g_build_filename(folder, file, NULL);
	return g_file_set_contents_full(
		change->backup, change->before, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static bool define(struct oriel_vm_connection *connection, const char *text, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	g_autoptr(virDomain) domain = NULL;

	if (!handle)
		return false;
	domain = virDomainDefineXMLFlags(handle, text,
		oriel_vm_connection_is_mock(connection) ? 0 : VIR_DOMAIN_DEFINE_VALIDATE);
	return domain || oriel_vm_error_set_libvirt(error, "cannot define the machine");
}

bool oriel_vm_change_carry_out(
	struct oriel_vm_change *change, struct oriel_vm_connection *connection, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, change->name, error);
	g_autofree char *now = domain ? read_text(domain, error) : NULL;

	if (!now)
		return false;
	if (!g_str_equal(now, change->before))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"somebody else has just changed '%s': look at it and try again",
			change->name);
	return keep_backup(change, error) && define(connection, change->after, error);
}

/* ---- removing ------------------------------------------------------------------------------- */

/* All files that the machine's disks consist of, with what they are based on. */
static void add_chains(GHashTable *used, xmlDoc *document, const char *machine)
{
	g_autoptr(GPtrArray) disks = oriel_vm_definition_list_disks(document);

	for (guint i = 0; i < disks->len; i++) {
		g_autoptr(GPtrArray) chain = oriel_vm_disk_list_chain(disks->pdata[i], NULL);

		g_hash_table_replace(used, g_strdup(disks->pdata[i]), g_strdup(machine));
		for (guint k = 0; chain && k < chain->len; k++)
			g_hash_table_replace(used, g_strdup(chain->pdata[k]), g_strdup(machine));
	}
}

/* File -> name of another machine that needs it. */
static GHashTable *list_used_by_others(struct oriel_vm_connection *connection, const char *name)
{
	GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) machines = oriel_vm_run_list(connection, NULL);

	for (guint i = 0; machines && i < machines->len; i++) {
		const struct oriel_vm_info *info = machines->pdata[i];
		g_autoptr(virDomain) domain =
			g_str_equal(info->name, name)
				? NULL
				: oriel_vm_connection_find(connection, info->name, NULL);
		g_autoptr(xmlDoc) document =
			domain ? oriel_vm_run_get_definition(domain, NULL) : NULL;

		if (document)
			add_chains(used, document, info->name);
	}
	return used;
}

static bool undefine(virDomainPtr domain, GError **error)
{
	unsigned int flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
			     VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
			     VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
	const char *name = virDomainGetName(domain);

	if (virDomainUndefineFlags(
		    domain, flags | VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_TPM) == 0 ||
		virDomainUndefineFlags(domain, flags | VIR_DOMAIN_UNDEFINE_NVRAM) == 0 ||
		virDomainUndefine(domain) == 0)
		return true;
	return oriel_vm_error_set_libvirt(error, "cannot delete '%s'", name);
}

/* used: what other machines need; NULL: the files are those of another computer. */
static void remove_disks(
	xmlDoc *document, GHashTable *used, bool with_disks, GPtrArray *removed, GPtrArray *kept)
{
	g_autoptr(GPtrArray) disks = oriel_vm_definition_list_disks(document);
	g_autoptr(GPtrArray) owned = oriel_vm_definition_list_owned(document);

	for (guint i = 0; i < disks->len; i++) {
		const char *path = disks->pdata[i];
		const char *other = used ? g_hash_table_lookup(used, path) : NULL;
		bool ours = g_ptr_array_find_with_equal_func(owned, path, g_str_equal, NULL);

		if (!used)
			g_ptr_array_add(kept, g_strdup_printf("%s (on another computer)", path));
		else if (with_disks && ours && !other && !unlink(path))
			g_ptr_array_add(removed, g_strdup(path));
		else if (other)
			g_ptr_array_add(kept, g_strdup_printf("%s (needed by '%s')", path, other));
		else if (!ours)
			g_ptr_array_add(kept, g_strdup_printf("%s (not made by Oriel)", path));
		else
			g_ptr_array_add(
				kept, g_strdup_printf("%s (%s)", path,
					      with_disks ? g_strerror(errno) : "not asked for"));
	}
}

static void remove_relay(xmlDoc *document)
{
	struct oriel_vm_relay_facts relay;

	oriel_vm_definition_read_relay(document, &relay);
	if (relay.kind == ORIEL_VM_RELAY_PLAIN && oriel_vm_tree_get_own(document, false))
		oriel_vm_shm_delete(relay.name, NULL);
	oriel_vm_relay_facts_finish(&relay);
}

bool oriel_vm_change_delete(struct oriel_vm_connection *connection, const char *name,
	bool with_disks, GPtrArray **ret_removed, GPtrArray **ret_kept, GError **error)
{
	g_autoptr(virDomain) domain =
		oriel_vm_run_find_for(connection, name, ORIEL_VM_DELETE, error);
	g_autoptr(xmlDoc) document = domain ? oriel_vm_run_get_definition(domain, error) : NULL;
	bool local = oriel_vm_connection_is_local(connection);
	g_autoptr(GHashTable) used = NULL;

	if (!document)
		return false;
	used = local ? list_used_by_others(connection, virDomainGetName(domain)) : NULL;
	/* The definition goes first: a machine without its disk is worse than a disk without its
	 * machine. */
	if (!undefine(domain, error))
		return false;
	*ret_removed = g_ptr_array_new_with_free_func(g_free);
	*ret_kept = g_ptr_array_new_with_free_func(g_free);
	remove_disks(document, used, with_disks, *ret_removed, *ret_kept);
	if (local)
		remove_relay(document);
	return true;
}

/* ---- copying -------------------------------------------------------------------------------- */

struct copy {
	struct oriel_vm_connection *connection;
	struct oriel_vm_journal *journal;
	xmlDoc *document;
	const char *new_name;
	char *uuid;
	void (*progress)(unsigned int percent, void *data);
	void *data;
	GCancellable *cancellable;
};

static char *name_copy(const char *path, const char *new_name, guint index)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *file = index ? g_strdup_printf("%s-%u.qcow2", new_name, index)
				      : g_strdup_printf("%s.qcow2", new_name);

	return g_build_filename(folder, file, NULL);
}

static bool copy_disks(struct copy *copy, GError **error)
{
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(copy->document), "devices");
	xmlNode *own = oriel_vm_tree_get_own(copy->document, true);
	xmlNode *disk = NULL;
	guint index = 0;

	oriel_vm_tree_remove_all(own, "file");
	while ((disk = oriel_vm_tree_next(devices, "disk", disk))) {
		xmlNode *source = oriel_vm_tree_get(disk, "source");
		g_autofree char *path = oriel_vm_tree_read(source, "file");
		g_autofree char *target = NULL;

		if (!path || oriel_vm_tree_is(disk, "device", "cdrom"))
			continue;
		if (!oriel_vm_connection_is_local(copy->connection))
			return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
				"disk '%s': files of another computer cannot be copied from here; "
				"run oriel there",
				path);
		target = name_copy(path, copy->new_name, index++);
		if (!oriel_vm_disk_copy(copy->journal, path, target, copy->progress, copy->data,
			    copy->cancellable, error))
			return false;
		oriel_vm_tree_set(source, "file", target);
		oriel_vm_tree_set(oriel_vm_tree_make(disk, "driver"), "type", "qcow2");
		oriel_vm_tree_remove_all(disk, "backingStore");
		oriel_vm_definition_add_owned(copy->document, target);
	}
	return true;
}

/* What must not be the same in two machines. */
static void make_unique(struct copy *copy)
{
	xmlNode *root = xmlDocGetRootElement(copy->document);
	xmlNode *devices = oriel_vm_tree_get(root, "devices");
	xmlNode *os = oriel_vm_tree_get(root, "os");
	xmlNode *interface = NULL, *shmem = NULL;

	copy->uuid = g_uuid_string_random();
	oriel_vm_tree_set_text(oriel_vm_tree_make(root, "name"), copy->new_name);
	oriel_vm_tree_set_text(oriel_vm_tree_make(root, "uuid"), copy->uuid);
	oriel_vm_tree_remove_all(root, "genid");
	if (os && oriel_vm_tree_is(os, "firmware", "efi"))
		oriel_vm_tree_remove_all(os, "nvram");
	while ((interface = oriel_vm_tree_next(devices, "interface", interface)))
		oriel_vm_tree_remove_all(interface, "mac");
	while ((shmem = oriel_vm_tree_next(devices, "shmem", shmem))) {
		g_autofree char *memory = g_strdup_printf("looking-glass-%s", copy->new_name);

		oriel_vm_tree_set(shmem, "name", memory);
	}
}

static bool make_clone(struct copy *copy, GError **error)
{
	g_autofree char *text = NULL;

	make_unique(copy);
	if (!copy_disks(copy, error) ||
		!oriel_vm_journal_note_define(copy->journal,
			oriel_vm_connection_get_uri(copy->connection), copy->uuid, error))
		return false;
	text = oriel_vm_tree_to_text(copy->document);
	return define(copy->connection, text, error);
}

bool oriel_vm_change_clone(struct oriel_vm_connection *connection, const char *name,
	const char *new_name, void (*progress)(unsigned int percent, void *data), void *data,
	GCancellable *cancellable, GError **error)
{
	g_autoptr(virDomain) domain =
		oriel_vm_run_find_for(connection, name, ORIEL_VM_CLONE, error);
	g_autoptr(virDomain) taken = NULL;
	g_autoptr(xmlDoc) document = NULL;
	struct copy copy = {.connection = connection,
		.new_name = new_name,
		.progress = progress,
		.data = data,
		.cancellable = cancellable};
	bool ok;

	if (!domain || !oriel_vm_check_name("name", new_name, error))
		return false;
	taken = oriel_vm_connection_find(connection, new_name, NULL);
	if (taken)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
			"name '%s': there is a virtual machine of that name already", new_name);
	copy.document = document = oriel_vm_run_get_definition(domain, error);
	copy.journal = document ? oriel_vm_journal_begin(error) : NULL;
	if (!copy.journal)
		return false;
	ok = make_clone(&copy, error);
	if (ok)
		oriel_vm_journal_commit(copy.journal);
	else
		oriel_vm_journal_roll_back(copy.journal, connection);
	g_free(copy.uuid);
	return ok;
}
