/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SPICE server of a machine, as libvirt gives access to it. Thread: the connection's. Blocks on
 * libvirt. */
#ifndef ORIEL_VM_GRAPHICS_H
#define ORIEL_VM_GRAPHICS_H

#include "vm/connection.h"

/* Whether its definition has one. False and error set, too, when that cannot be read. */
bool oriel_vm_graphics_has_spice(
	struct oriel_vm_connection *connection, const char *name, GError **error);

/* One connection to it, authorised by libvirt, whatever address and password it has for others; one
 * is needed for each channel. Owned by the caller; -1 and error set, as while the machine is off.
 */
int oriel_vm_graphics_open_spice(
	struct oriel_vm_connection *connection, const char *name, GError **error);

/* Where other SPICE clients reach it while the machine runs: a host name or the path of a socket,
 * owned by the caller, and the port, 0 for a socket. NULL and error set where there is none. */
char *oriel_vm_graphics_get_address(
	struct oriel_vm_connection *connection, const char *name, guint *ret_port, GError **error);

#endif
