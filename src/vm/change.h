/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing, copying and removing machines, whoever made them. Thread: the connection's. Blocks on
 * libvirt and the disk. Everything happens or nothing does.
 */
#ifndef ORIEL_VM_CHANGE_H
#define ORIEL_VM_CHANGE_H

#include "vm/connection.h"
#include "vm/spec.h"

#include <gio/gio.h>

struct oriel_vm_change {
	char *name;
	char *before, *after; /* definitions as text */
	char *backup;	      /* where the old one was put; NULL until carried out */
};

/* Works the settings into the machine's definition and lets libvirt try the result. before equals
 * after where there is nothing to change. */
struct oriel_vm_change *oriel_vm_change_plan(struct oriel_vm_connection *connection,
	const char *name, const struct oriel_vm_spec *spec, const char *sysfs, GError **error);
/* Keeps the old definition as a file and defines the new one; it counts from the next start.
 * REFUSED when somebody changed the machine since the plan was made. */
bool oriel_vm_change_carry_out(
	struct oriel_vm_change *change, struct oriel_vm_connection *connection, GError **error);
void oriel_vm_change_free(struct oriel_vm_change *change);

/* Removes a machine that is off, with its firmware variables and TPM. with_disks: also the disks
 * that Oriel made for it, unless another machine uses them or is based on them; on another computer
 * all stay. ret_removed, ret_kept: files (char *; those kept with the reason); the caller's. */
bool oriel_vm_change_delete(struct oriel_vm_connection *connection, const char *name,
	bool with_disks, GPtrArray **ret_removed, GPtrArray **ret_kept, GError **error);

/* A machine that is off, again under another name, with full copies of its disks beside them, new
 * addresses, new firmware variables and a new TPM. */
bool oriel_vm_change_clone(struct oriel_vm_connection *connection, const char *name,
	const char *new_name, void (*progress)(unsigned int percent, void *data), void *data,
	GCancellable *cancellable, GError **error);

/* Snapshots inside qcow2 disks, kept by libvirt. REFUSED, saying why, where they cannot be had:
 * devices of the host, shared memory or UEFI firmware in this version of libvirt. */
bool oriel_vm_change_take_snapshot(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error);
/* The names, oldest first. Owned by the caller. */
GPtrArray *oriel_vm_change_list_snapshots(
	struct oriel_vm_connection *connection, const char *name, GError **error);
bool oriel_vm_change_revert(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error);
bool oriel_vm_change_delete_snapshot(struct oriel_vm_connection *connection, const char *name,
	const char *snapshot, GError **error);

#endif
