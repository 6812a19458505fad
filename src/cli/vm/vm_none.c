/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel vm … in a build without libvirt. */
#include "cli/call.h"
#include "cli/table.h"

static int run_vm(const struct oriel_call *call, GError **error)
{
	g_set_error(error, ORIEL_CALL_ERROR, ORIEL_EXIT_FAILED,
		"this oriel was built without libvirt; build it with -Dvm=enabled");
	return ORIEL_EXIT_FAILED;
}

const struct oriel_command oriel_table_vm = {
	.name = "vm",
	.summary = "Virtual machines (not in this build: it has no libvirt).",
	.operands = "[COMMAND…]",
	.hands_on = true,
	.run = run_vm,
};
