/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtual machines of this computer in a support bundle. Thread: main. Blocks on libvirt. */
#ifndef ORIEL_CLI_HOST_MACHINES_H
#define ORIEL_CLI_HOST_MACHINES_H

#include "cli/call.h"
#include "cli/json.h"
#include "support/bundle.h"

/* Their definitions, or why there are none, into the bundle; the versions of libvirt and QEMU as
 * members of the object that facts is in (machines.c, or machines_none.c in a build without
 * libvirt). */
void oriel_machines_add(
	struct oriel_bundle *bundle, const struct oriel_call *call, JsonBuilder *facts);

#endif
