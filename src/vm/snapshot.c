/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of machines (vm/change.h). */
#include "vm/change.h"

#include "vm/definition.h"
#include "vm/error.h"
#include "vm/run.h"

#include <stdlib.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainSnapshot, virDomainSnapshotFree)

static bool refuse(virDomainPtr domain, const char *why, GError **error)
{
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED,
		"cannot take a snapshot of '%s': %s", virDomainGetName(domain), why);
}

static bool check_possible(virDomainPtr domain, GError **error)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, error);
	g_autoptr(GArray) hostdevs = NULL;
	xmlNode *root;

	if (!document)
		return false;
	root = xmlDocGetRootElement(document);
	hostdevs = oriel_vm_definition_list_hostdevs(document, false);
	if (virDomainIsActive(domain) == 1 && hostdevs->len)
		return refuse(domain,
			"it has devices of the host, whose state cannot be saved; shut it down "
			"first",
			error);
	if (virDomainIsActive(domain) == 1 && oriel_vm_tree_get(root, "devices/shmem"))
		return refuse(domain,
			"its shared memory cannot be saved while it runs; shut it down first",
			error);
	if (oriel_vm_tree_is(oriel_vm_tree_get(root, "os"), "firmware", "efi") ||
		oriel_vm_tree_get(root, "os/loader"))
		return refuse(domain,
			"libvirt cannot keep the variables of UEFI firmware in one; copy the "
			"machine "
			"instead with 'oriel vm clone'",
			error);
	return true;
}

bool oriel_vm_change_take_snapshot(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error)
{
	g_autoptr(virDomain) domain = NULL;
	g_autoptr(virDomainSnapshot) taken = NULL;
	g_autofree char *text = NULL;

	if (!oriel_vm_check_name("snapshot", snapshot, error))
		return false;
	domain = oriel_vm_run_find_for(connection, name, ORIEL_VM_SNAPSHOT, error);
	if (!domain || !check_possible(domain, error))
		return false;
	/* The name was checked: nothing in it needs escaping. */
	text = g_strdup_printf("<domainsnapshot><name>%s</name></domainsnapshot>", snapshot);
	taken = virDomainSnapshotCreateXML(domain, text, 0);
	return taken || oriel_vm_error_set_libvirt(error, "cannot take a snapshot of '%s'", name);
}

GPtrArray *oriel_vm_change_list_snapshots(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	virDomainSnapshotPtr *snapshots = NULL;
	GPtrArray *names;
	int count;

	if (!domain)
		return NULL;
	count = virDomainListAllSnapshots(domain, &snapshots, VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL);
	if (count < 0) {
		oriel_vm_error_set_libvirt(error, "cannot list the snapshots of '%s'", name);
		return NULL;
	}
	names = g_ptr_array_new_with_free_func(g_free);
	for (int i = 0; i < count; i++) {
		g_ptr_array_add(names, g_strdup(virDomainSnapshotGetName(snapshots[i])));
		virDomainSnapshotFree(snapshots[i]);
	}
	free(snapshots);
	return names;
}

static virDomainSnapshotPtr find(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	virDomainSnapshotPtr found =
		domain ? virDomainSnapshotLookupByName(domain, snapshot, 0) : NULL;

	if (domain && !found)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"'%s' has no snapshot '%.100s'; 'oriel vm snapshot list %s' shows them",
			name, snapshot, name);
	return found;
}

bool oriel_vm_change_revert(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error)
{
	g_autoptr(virDomainSnapshot) found = find(connection, name, snapshot, error);

	if (!found)
		return false;
	return virDomainRevertToSnapshot(found, 0) == 0 ||
	       oriel_vm_error_set_libvirt(
		       error, "cannot take '%s' back to snapshot '%s'", name, snapshot);
}

bool oriel_vm_change_delete_snapshot(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error)
{
	g_autoptr(virDomainSnapshot) found = find(connection, name, snapshot, error);

	if (!found)
		return false;
	return virDomainSnapshotDelete(found, 0) == 0 ||
	       oriel_vm_error_set_libvirt(
		       error, "cannot delete snapshot '%s' of '%s'", snapshot, name);
}
