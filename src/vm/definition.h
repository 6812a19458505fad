/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of a machine: a template or what libvirt has, with the user's settings worked in.
 *
 * Settings are found in the tree and changed there; everything else stays as it is. Working the
 * same settings in a second time changes nothing. Thread: any, one document one thread. Reads a few
 * files of /sys; does not talk to libvirt.
 */
#ifndef ORIEL_VM_DEFINITION_H
#define ORIEL_VM_DEFINITION_H

#include "vm/facts.h"
#include "vm/spec.h"
#include "vm/tree.h"

/* The template of that name from the search path; NOT_FOUND with the known ones. */
xmlDoc *oriel_vm_definition_load_template(const char *name, GError **error);

/* Puts what the template recommends (title, disk size, network) where the user did not say, and
 * checks the rest against its limits. */
bool oriel_vm_definition_complete(xmlDoc *document, struct oriel_vm_spec *spec, GError **error);

/* Works the settings in. On failure the document is half-changed: throw it away. */
bool oriel_vm_definition_apply(xmlDoc *document, const struct oriel_vm_spec *spec,
	const struct oriel_vm_facts *facts, GError **error);

/* Only a new definition: what this computer cannot do is taken out or replaced by what it can
 * (processor mode, Hyper-V flags, firmware), or refused with the way out (TPM, Secure Boot). */
bool oriel_vm_definition_fit(xmlDoc *document, const struct oriel_vm_spec *spec,
	const struct oriel_vm_facts *facts, GError **error);

/* Checks against libvirt's schema as this computer has it; true where it has none. INVALID with the
 * first violation. */
bool oriel_vm_definition_check_schema(xmlDoc *document, GError **error);

/* How the machine's shared memory is known; all zero or NULL where it has none. */
struct oriel_vm_relay_facts {
	enum oriel_vm_relay kind;
	char *name;
	char *server; /* socket of the doorbell server */
	guint64 size_bytes;
};
void oriel_vm_definition_read_relay(xmlDoc *document, struct oriel_vm_relay_facts *ret_relay);
void oriel_vm_relay_facts_finish(struct oriel_vm_relay_facts *relay);

/* The PCI devices given to the machine (struct oriel_vm_pci), with managed='no' only where asked.
 */
GArray *oriel_vm_definition_list_hostdevs(xmlDoc *document, bool only_unmanaged);

/* Adds a USB device of the host to <devices>, and tells whether the machine has it. */
void oriel_vm_definition_add_usb(xmlNode *devices, const struct oriel_vm_usb *usb);
bool oriel_vm_definition_has_usb(xmlDoc *document, const struct oriel_vm_usb *usb);

/* What of the computer is tuned while it runs: bits 1 << enum oriel_tuning (host/tunings.h). */
guint oriel_vm_definition_read_tune(xmlDoc *document);

/* The files of its disks (char *), without CD-ROMs. */
GPtrArray *oriel_vm_definition_list_disks(xmlDoc *document);
/* Remembers that Oriel made that file for this machine, and tells which were so remembered. */
void oriel_vm_definition_add_owned(xmlDoc *document, const char *path);
GPtrArray *oriel_vm_definition_list_owned(xmlDoc *document);

#endif
