/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lets libvirt use GLib's main loop: its descriptors and timers become sources of the default main
 * context. libvirt knows one event loop per process, so this is done once and never undone.
 *
 * Thread: any; libvirt itself may call in from any thread. Events arrive while the default context
 * is iterated. Never blocks.
 */
#ifndef ORIEL_VM_EVENT_GLUE_H
#define ORIEL_VM_EVENT_GLUE_H

/* Before the first connection is opened: libvirt ignores a loop that comes later. Repeating is
 * fine. */
void oriel_vm_event_glue_install(void);

#endif
