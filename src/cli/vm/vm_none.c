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

#define MISSING(symbol, noun, text)                                                                \
	const struct oriel_command oriel_table_##symbol = {                                        \
		.name = noun,                                                                      \
		.summary = text " (not in this build: it has no libvirt).",                        \
		.operands = "[COMMAND…]",                                                          \
		.hands_on = true,                                                                  \
		.run = run_vm,                                                                     \
	}

MISSING(vm, "vm", "Virtual machines");
MISSING(profile, "profile", "Bundles of their settings");
MISSING(shm, "shm", "Their shared memory");
MISSING(usb, "usb", "USB devices for them");
MISSING(looking_glass, "looking-glass", "The same by the words of Looking Glass");
