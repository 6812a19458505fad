/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a virtual machine: its eight states, what may be asked for in each, and where
 * libvirt's events lead. No libvirt call is made here.
 *
 *   nostate      the driver does not say; anything but start may be asked for
 *   running      guest code runs
 *   blocked      runs, and waits for a resource: as running
 *   paused       stopped in time; memory is kept
 *   shutdown     the guest is on its way down: only force may be asked for
 *   shutoff      not there; may be started
 *   crashed      the guest or QEMU died: as shutoff
 *   pmsuspended  the guest put itself to sleep: may be woken
 *
 * Thread: any, one object one thread. Never blocks.
 */
#ifndef ORIEL_VM_STATE_H
#define ORIEL_VM_STATE_H

#include <glib.h>
#include <stdbool.h>

/* The numbers are libvirt's virDomainState. */
enum oriel_vm_state {
	ORIEL_VM_NOSTATE,
	ORIEL_VM_RUNNING,
	ORIEL_VM_BLOCKED,
	ORIEL_VM_PAUSED,
	ORIEL_VM_SHUTDOWN,
	ORIEL_VM_SHUTOFF,
	ORIEL_VM_CRASHED,
	ORIEL_VM_PMSUSPENDED,
	ORIEL_VM_STATE_COUNT
};

enum oriel_vm_request {
	ORIEL_VM_START,
	ORIEL_VM_PAUSE,
	ORIEL_VM_RESUME, /* also wakes a machine that put itself to sleep */
	ORIEL_VM_RESET,
	ORIEL_VM_REBOOT,
	ORIEL_VM_STOP,
	ORIEL_VM_FORCE_STOP,
	ORIEL_VM_DELETE,
	ORIEL_VM_CLONE,
	ORIEL_VM_SNAPSHOT,
	ORIEL_VM_CONSOLE,
	ORIEL_VM_SCREENSHOT,
	ORIEL_VM_REQUEST_COUNT
};

/* One machine as it was last heard of. */
struct oriel_vm_life {
	char *name;
	enum oriel_vm_state state;
};

/* "running", "shut off" and so on; "unknown" for a number that is none. */
const char *oriel_vm_state_get_name(enum oriel_vm_state state);

void oriel_vm_life_init(struct oriel_vm_life *life, const char *name, enum oriel_vm_state state);
void oriel_vm_life_finish(struct oriel_vm_life *life);
/* One lifecycle event of libvirt (virDomainEventType). True when the state changed. */
bool oriel_vm_life_follow(struct oriel_vm_life *life, int event, int detail);
/* REFUSED, with the state and the way out in the message, when that cannot be asked for now. */
bool oriel_vm_life_check(
	const struct oriel_vm_life *life, enum oriel_vm_request request, GError **error);

#endif
