/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to definition*.c: the parts of a definition, one function each, in one table. */
#ifndef ORIEL_VM_DEFINITION_PARTS_H
#define ORIEL_VM_DEFINITION_PARTS_H

#include "vm/definition.h"

struct oriel_vm_work {
	xmlDoc *document;
	xmlNode *root, *devices;
	const struct oriel_vm_spec *spec;
	const struct oriel_vm_facts *facts;
};

/* Each: false and error set when a value cannot be used here. */
bool oriel_vm_definition_apply_processor(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_firmware(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_disks(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_network(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_display(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_passthrough(struct oriel_vm_work *work, GError **error);
bool oriel_vm_definition_apply_relay(struct oriel_vm_work *work, GError **error);
/* Last: looks at what the others have made. */
bool oriel_vm_definition_apply_tuning(struct oriel_vm_work *work, GError **error);

#endif
