/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared memory both ends map: a plain file (/dev/shm/looking-glass), a kvmfr device, the
 * memory that an ivshmem-doorbell server hands out over its socket, or the BAR of an IVSHMEM device
 * in a Linux guest (protocol 6).
 *
 * One region belongs to one thread; oriel_region_is_lost() may be asked from any. open and
 * is_current may block on the file system, and open up to a second on a server; nothing else does.
 */
#ifndef ORIEL_RELAY_REGION_H
#define ORIEL_RELAY_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/frame.h" /* struct oriel_memory */

struct oriel_region;

enum oriel_region_kind {
	ORIEL_REGION_FILE,
	ORIEL_REGION_KVMFR,
	ORIEL_REGION_PCI,      /* the BAR of an IVSHMEM device */
	ORIEL_REGION_DOORBELL, /* path is the socket of a server */
};

/*
 * Maps path readable, writable and shared, with the size it has now. Errors, each with a message
 * that names path, the value and the way out: -ENOENT, -EACCES, -EISDIR, -ENODEV (a regular file
 * where a device is meant: /dev/kvmfr0 made by mistake, T29), -ENOSPC (smaller than min_bytes),
 * -EFBIG (4 GiB or more: the wire has 32-bit offsets), -EINVAL (no power of two, which no VM can
 * share), -ECONNREFUSED (a socket that no server answers on), -EPROTO (a server of something else),
 * others from the system.
 */
int oriel_region_open(struct oriel_region **ret_region, const char *path, size_t min_bytes,
	struct oriel_error *error);

/* One more who will close it. Returns region. */
struct oriel_region *oriel_region_ref(struct oriel_region *region);
/* Unmaps when the last one closes it. NULL is fine. */
void oriel_region_close(struct oriel_region *region);

uint8_t *oriel_region_get_base(const struct oriel_region *region);
size_t oriel_region_get_size_bytes(const struct oriel_region *region);
/* What another process would have to map; NULL where that is not possible (Windows). The region's.
 */
const struct oriel_memory *oriel_region_get_memory(const struct oriel_region *region);
enum oriel_region_kind oriel_region_get_kind(const struct oriel_region *region);
/* True when stores are write-combined: copies into it should be non-temporal (protocol 2.6). */
bool oriel_region_is_write_combined(const struct oriel_region *region);

/* False when path now names another file, none, or one of another size, or when a server's VM has
 * ended: close it and open it anew (T28). */
bool oriel_region_is_current(const struct oriel_region *region);

/*
 * True once memory of the region was found to be gone (the file was truncated). From then on the
 * guard has put private zero pages in its place: reads give zeros, nothing crashes.
 */
bool oriel_region_is_lost(const struct oriel_region *region);

/*
 * Installs the SIGBUS guard for all regions of the process, once; faults outside of regions go to
 * the handler that was there before. Up to 8 regions are guarded at a time.
 */
void oriel_region_install_guard(void);

#endif
