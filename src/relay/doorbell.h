/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of an ivshmem-doorbell server behind relay/region.h: asks for the memory over
 * the server's Unix socket. Internal to src/relay, Linux only.
 *
 * The server sends 8-byte little-endian numbers, some with a descriptor: 0 (the version), our id,
 * -1 with the memory, then an id with a descriptor for each peer, and a bare id for one that left.
 * We ring no bells, so their descriptors are dropped.
 *
 * Thread: one. join waits for the server, at most a second; the others never block.
 */
#ifndef ORIEL_RELAY_DOORBELL_H
#define ORIEL_RELAY_DOORBELL_H

#include <stdbool.h>

#include "base/error.h"

struct oriel_doorbell;

/* Connects to the socket at path. ret_memory_fd is the caller's; what it is, is not checked. The
 * server keeps the memory as long as somebody is connected. */
int oriel_doorbell_join(struct oriel_doorbell **ret_doorbell, int *ret_memory_fd, const char *path,
	struct oriel_error *error);
/* NULL is fine. */
void oriel_doorbell_leave(struct oriel_doorbell *doorbell);

/* False once the server is gone, or all others that shared the memory have left: the VM ended, and
 * its next start may share other memory. */
bool oriel_doorbell_is_current(struct oriel_doorbell *doorbell);

#endif
