/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the computer that runs the machines can do: libvirt's domain capabilities and a few files of
 * /sys. Read once, then only looked at. load may block on libvirt (seconds on its first run).
 */
#ifndef ORIEL_VM_FACTS_H
#define ORIEL_VM_FACTS_H

#include "vm/check.h"
#include "vm/connection.h"
#include "vm/tree.h"

struct oriel_vm_facts {
	xmlDoc *capabilities;	       /* NULL: the driver does not tell (mock) */
	const char *virtualization;    /* "kvm", "qemu", or "test" for the mock */
	unsigned long libvirt_version; /* as libvirt counts: 9000000 */
	char *sysfs;		       /* "/sys", or a recorded tree; NULL: another computer's */
};

/* virtualization: "kvm", "qemu" or NULL for the best there is. sysfs: where /sys is. */
struct oriel_vm_facts *oriel_vm_facts_load(struct oriel_vm_connection *connection,
	const char *virtualization, const char *sysfs, GError **error);
/* From a text of domain capabilities: for tests, and for planning for another computer. */
struct oriel_vm_facts *oriel_vm_facts_load_text(const char *capabilities,
	const char *virtualization, unsigned long libvirt_version, const char *sysfs,
	GError **error);
void oriel_vm_facts_free(struct oriel_vm_facts *facts);

/* path: "devices/tpm", "features/hyperv"; the <enum name=…> there has that value. True where
 * nothing is known. */
bool oriel_vm_facts_has(
	const struct oriel_vm_facts *facts, const char *path, const char *list, const char *value);
/* The CPU mode is supported. */
bool oriel_vm_facts_has_cpu_mode(const struct oriel_vm_facts *facts, const char *mode);
bool oriel_vm_facts_is_amd(const struct oriel_vm_facts *facts);

/* The narrowest address width of the IOMMUs in bits; 0 where that is no limit or unknown. */
guint oriel_vm_facts_get_iommu_bits(const struct oriel_vm_facts *facts);

/* All functions in the slot of pci that are no bridges, in order (struct oriel_vm_pci). Just pci
 * itself for another computer. NOT_FOUND with the display devices there are. */
GArray *oriel_vm_facts_list_functions(
	const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci, GError **error);
/* The driver the function is bound to; NULL for none or unknown. Owned by the caller. */
char *oriel_vm_facts_get_driver(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci);
/* False and error set where pci may not be given away by itself: it is not there, it is a GPU or a
 * bridge, or the host works with its disk. True for another computer. */
bool oriel_vm_facts_check_pci(
	const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci, GError **error);
/* A display controller (class 03). */
bool oriel_vm_facts_is_display(const struct oriel_vm_facts *facts, const struct oriel_vm_pci *pci);

#endif
