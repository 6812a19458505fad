/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server of an ivshmem-doorbell device: owns the relay's memory as a sealed memfd and hands it
 * to every peer that connects (QEMU, a viewer) over a Unix socket, with an event descriptor for
 * each pair of peers. No file lies anywhere, so no file permission matters, and the memory goes
 * with the last peer.
 *
 * The protocol is QEMU's (version 0): 8-byte little-endian numbers, descriptors beside them.
 *   server -> new peer: 0 (version), its id, -1 with the memory, (id, event descriptor) of each
 * other peer, (its id, its own event descriptor); to the others: (new id, event descriptor), and
 * later the bare id of a peer that left. Each peer has an id of its own, one above the last; after
 * 65536 of them nobody else is let in. Peers send nothing; what they send is thrown away.
 *
 * Thread: one. open may block on the file system; run blocks until its end.
 */
#ifndef ORIEL_VM_DOORBELL_H
#define ORIEL_VM_DOORBELL_H

#include <glib.h>
#include <stdbool.h>

struct oriel_vm_doorbell;

/* A socket that another server answers on is REFUSED; a dead one's is replaced. */
struct oriel_vm_doorbell *oriel_vm_doorbell_open(
	const char *socket_path, guint64 size_bytes, GError **error);
/* Removes the socket. NULL is fine. */
void oriel_vm_doorbell_close(struct oriel_vm_doorbell *doorbell);

/* Serves until the last peer has left; TIMED_OUT when none came within first_s seconds. */
bool oriel_vm_doorbell_run(struct oriel_vm_doorbell *doorbell, guint first_s, GError **error);

#endif
