/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the host works with a disk: mounts, swap, fstab, LVM, RAID and encryption. One thread;
 * may block on the file system. All texts are owned by the caller. */
#ifndef ORIEL_HOST_BLOCK_H
#define ORIEL_HOST_BLOCK_H

#include "host/pci.h"

/* Name of the block device behind "/dev/disk/by-id/…" and the like; NULL for ordinary files. */
char *oriel_block_find_device(const struct oriel_host *host, const char *path);
/* What the host does with that device or one of its partitions, as "/dev/sda1 is mounted"; NULL:
 * nothing that is known. */
char *oriel_block_find_use(const struct oriel_host *host, const char *device);
/* Likewise with the disks of an NVMe controller. */
char *oriel_block_find_use_of_pci(
	const struct oriel_host *host, const struct oriel_pci_address *address);

#endif
