/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a running guest says of its own devices, through its QEMU agent: which graphics and virtio
 * devices Windows has, and what it reports against them in its Device Manager. Looks only.
 *
 * Answers come from the guest and are hostile. One thread; blocks on the agent, until
 * ORIEL_VM_GUEST_POLLS pauses are over at the latest.
 */
#ifndef ORIEL_VM_GUEST_H
#define ORIEL_VM_GUEST_H

#include "host/domain.h"

/* Windows takes a few seconds to start the program that looks. */
#define ORIEL_VM_GUEST_POLLS 80
#define ORIEL_VM_GUEST_POLL_MS 250
#define ORIEL_VM_GUEST_DEVICES_MAX 64

/* The line to the agent. */
struct oriel_vm_guest_line {
	/* One command as JSON; its answer, free with free(), or NULL: none in time. */
	char *(*ask)(void *data, const char *command);
	/* Waits for ORIEL_VM_GUEST_POLL_MS. */
	void (*pause)(void *data);
	void *data;
};

/* Fills domain->guest_devices; leaves it NULL where the guest is no Windows, or does not say. */
void oriel_vm_guest_read(const struct oriel_vm_guest_line *line, struct oriel_domain *domain);

#endif
