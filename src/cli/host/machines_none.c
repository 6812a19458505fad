/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/machines.h"

void oriel_machines_add(
	struct oriel_bundle *bundle, const struct oriel_call *call, JsonBuilder *facts)
{
	oriel_bundle_add_missing(bundle, "vm", "this oriel was built without libvirt");
}
