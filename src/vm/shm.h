/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The relay's shared memory on the host: how large it must be, and the file below /dev/shm.
 *
 * Thread: any. The size functions never block, the others on the file system.
 */
#ifndef ORIEL_VM_SHM_H
#define ORIEL_VM_SHM_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define ORIEL_VM_SHM_BYTES_MIN (G_GUINT64_CONSTANT(1) << 20)
/* The wire has 32-bit offsets. */
#define ORIEL_VM_SHM_BYTES_MAX (G_GUINT64_CONSTANT(2) << 30)

/* Bytes for a guest of that resolution, a power of two and at least 32 MiB: enough for Looking
 * Glass B7 as well as for its newer display driver. */
guint64 oriel_vm_shm_get_size(guint width_px, guint height_px, bool hdr);

struct oriel_vm_shm_info {
	char *name;
	guint64 size_bytes;
	uid_t owner;
	mode_t mode;
};

/* The file of that name in $ORIEL_SHM_DIR, or /dev/shm. Owned by the caller. */
char *oriel_vm_shm_get_path(const char *name);

/* Makes the file with exactly that size and mode 0660, group kvm where there is one and we may. A
 * file that is there already with the same size and that we may use is taken as it is (*ret_made
 * false); one of another size, kind or owner is REFUSED with the way out. */
bool oriel_vm_shm_create(const char *name, guint64 size_bytes, bool *ret_made, GError **error);
/* Removes it; NOT_FOUND when there is none; REFUSED when it is no regular file. */
bool oriel_vm_shm_delete(const char *name, GError **error);
/* The same, but REFUSED while somebody else has it open for writing or mapped: QEMU, a viewer. */
bool oriel_vm_shm_delete_unused(const char *name, GError **error);
/* All regular files there whose name begins with "looking-glass" or "oriel" (struct
 * oriel_vm_shm_info *). Owned by the caller. */
GPtrArray *oriel_vm_shm_list(void);

/* False when path is no character device: QEMU makes a regular file of that name where the module
 * is not loaded. */
bool oriel_vm_shm_check_kvmfr(const char *path, GError **error);

#endif
