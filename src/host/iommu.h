/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether this machine keeps devices apart, and which belong together. Read from what the kernel
 * has done (/sys/class/iommu, /sys/kernel/iommu_groups) and what the firmware offers (ACPI tables),
 * never from the kernel command line. One thread; may block on the file system.
 */
#ifndef ORIEL_HOST_IOMMU_H
#define ORIEL_HOST_IOMMU_H

#include "host/pci.h"

struct oriel_iommu_group {
	int id;
	char *type;	    /* "DMA", "DMA-FQ", "identity"; NULL when the kernel does not say */
	GPtrArray *devices; /* const struct oriel_pci_device * */
};

struct oriel_iommu {
	char **units;		    /* in /sys/class/iommu: "dmar0", "ivhd0"; none: off */
	const char *firmware_table; /* "DMAR", "IVRS", or NULL: the firmware offers none */
	GPtrArray *groups;	    /* struct oriel_iommu_group *, by id */
};

/* devices: from oriel_pci_list(), must outlive the result. */
struct oriel_iommu *oriel_iommu_read(const struct oriel_host *host, const GPtrArray *devices);
void oriel_iommu_free(struct oriel_iommu *iommu);

/* NULL when there is no such group. */
const struct oriel_iommu_group *oriel_iommu_find_group(const struct oriel_iommu *iommu, int id);

enum oriel_iommu_verdict {
	ORIEL_IOMMU_CLEAN,    /* only the slot's own functions, and bridges */
	ORIEL_IOMMU_HARMLESS, /* others too, that the host does not use: they can go along */
	ORIEL_IOMMU_NEEDED,   /* others too, that the host uses */
	ORIEL_IOMMU_NO_GROUP, /* the device is in no group */
};

/*
 * May device's slot be handed over as far as its group goes? ret_others (may be NULL) receives the
 * devices (const struct oriel_pci_device *) that are neither of the slot nor bridges.
 */
enum oriel_iommu_verdict oriel_iommu_judge(const struct oriel_iommu *iommu,
	const struct oriel_pci_device *device, GPtrArray *ret_others);
/* The verdict in words; static. */
const char *oriel_iommu_verdict_get_text(enum oriel_iommu_verdict verdict);

#endif
