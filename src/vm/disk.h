/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk images: making, measuring, copying. Thread: any. Blocks on the disk and on qemu-img. */
#ifndef ORIEL_VM_DISK_H
#define ORIEL_VM_DISK_H

#include "vm/journal.h"

#include <gio/gio.h>

/* A new image at path, which must be free; noted in the journal. format: "qcow2", "raw". The folder
 * must be there; the free space is not reserved. */
bool oriel_vm_disk_create(struct oriel_vm_journal *journal, const char *path, const char *format,
	guint64 size_bytes, GError **error);

/* A full copy of source at path, which must be free; noted in the journal. progress (may be NULL)
 * is told 0..100. cancellable: ORIEL_VM_ERROR_CANCELLED. */
bool oriel_vm_disk_copy(struct oriel_vm_journal *journal, const char *source, const char *path,
	void (*progress)(unsigned int percent, void *data), void *data, GCancellable *cancellable,
	GError **error);

/* All files of an image, itself first, then what it is based on (char *). NULL and error set when
 * it cannot be examined. */
GPtrArray *oriel_vm_disk_list_chain(const char *path, GError **error);

#endif
