/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCI device through which the host shares memory with this machine (protocol 6.1): vendor
 * 1af4, device 1110, the memory is BAR 2. */
#ifndef ORIEL_GUEST_LINUX_IVSHMEM_H
#define ORIEL_GUEST_LINUX_IVSHMEM_H

#include <stddef.h>

#include "base/error.h"

#define ORIEL_IVSHMEM_PCI_DIR "/sys/bus/pci/devices"

struct oriel_ivshmem {
	char path[512]; /* of the file to map */
	char address[16];
};

/*
 * Looks for the device under pci_dir (ORIEL_IVSHMEM_PCI_DIR, or a copy of it in tests): the one at
 * address, or the first by address whose memory has at least min_bytes when address is NULL.
 * Switches it on when no driver did, and prefers the write-combining file. Blocks on sysfs only.
 *
 * -ENODEV: there is none; -ENXIO: what is at address is another device, or has no memory; -ENOSPC:
 * all are too small; others from the system.
 */
int oriel_ivshmem_find(struct oriel_ivshmem *ret_device, const char *pci_dir, const char *address,
	size_t min_bytes, struct oriel_error *error);

#endif
