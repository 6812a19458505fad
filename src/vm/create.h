/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New machines. Thread: the connection's. Blocks on libvirt and on the disk; ends with everything
 * made or with nothing made, also when the process is killed (the next command clears up,
 * vm/journal.h).
 */
#ifndef ORIEL_VM_CREATE_H
#define ORIEL_VM_CREATE_H

#include "vm/connection.h"
#include "vm/spec.h"
#include "vm/tree.h"

/* What would be made. */
struct oriel_vm_plan {
	xmlDoc *document;
	char *uuid;
	char *disk_file; /* NULL: none */
	char *disk_format;
	guint64 disk_bytes;
};

/* Fills the template with the settings (and spec with the template's recommendations), fits it to
 * the computer, checks it against the schema and lets libvirt make a command line of it. Nothing is
 * made. sysfs: where /sys is. */
struct oriel_vm_plan *oriel_vm_plan_create(struct oriel_vm_connection *connection,
	struct oriel_vm_spec *spec, const char *sysfs, GError **error);
void oriel_vm_plan_free(struct oriel_vm_plan *plan);

/* Makes it. */
bool oriel_vm_plan_carry_out(
	struct oriel_vm_plan *plan, struct oriel_vm_connection *connection, GError **error);

/* Lets libvirt check a definition without keeping it; names what is wrong. */
bool oriel_vm_plan_try(struct oriel_vm_connection *connection, xmlDoc *document, GError **error);

#endif
