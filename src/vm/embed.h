/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is special about qemu:///embed?root=DIR: libvirt runs in this process, with threads of its
 * own, and one process at a time may have the directory.
 * Thread: main. Blocks on the file system.
 */
#ifndef ORIEL_VM_EMBED_H
#define ORIEL_VM_EMBED_H

#include <stdbool.h>

/* That address means a libvirt inside of this process. */
bool oriel_vm_embed_is_meant(const char *uri);

/* Call it before such a connection is opened. Waits until no other process has the directory, at
 * most twenty seconds; from then on the process ends without the clean-up of its libraries, because
 * libvirt's threads still use them. */
void oriel_vm_embed_prepare(const char *uri);

/* Ends the QEMU of a machine that does not answer libvirt; nothing where there is none. */
void oriel_vm_embed_kill(const char *uri, const char *name);

#endif
