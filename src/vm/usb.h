/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plugging the host's USB devices into machines and out of them: at once where the machine runs,
 * and for its next starts. Thread: the connection's. Blocks on libvirt.
 */
#ifndef ORIEL_VM_USB_H
#define ORIEL_VM_USB_H

#include "vm/connection.h"
#include "vm/spec.h"

/* REFUSED where the machine has it already. */
bool oriel_vm_usb_attach(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_usb *usb, GError **error);
/* NOT_FOUND where the machine does not have it. */
bool oriel_vm_usb_detach(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_usb *usb, GError **error);

#endif
