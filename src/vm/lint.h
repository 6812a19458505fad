/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is wrong with a definition: settings that cost speed, keep the machine from starting, or
 * endanger the host. A table of conditions, so that the next one is one more row.
 *
 * Thread: any, one document one thread. Never blocks.
 */
#ifndef ORIEL_VM_LINT_H
#define ORIEL_VM_LINT_H

#include "host/domain.h"
#include "vm/tree.h"

/* What is known of the computer it runs on. */
struct oriel_vm_lint_host {
	const GPtrArray *devices; /* struct oriel_pci_device *; NULL: another computer's */
	guint cpus;		  /* 0: another computer's */
};

/* Adds a flaw to domain for each row that fits the definition. */
void oriel_vm_lint(
	xmlDoc *document, const struct oriel_vm_lint_host *host, struct oriel_domain *domain);

#endif
