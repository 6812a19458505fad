/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Working settings into a machine's definition, as a command does. Thread: main. */
#ifndef ORIEL_CLI_VM_EDIT_H
#define ORIEL_CLI_VM_EDIT_H

#include "cli/call.h"
#include "vm/spec.h"

/* The options that every such command has beside those of the session. */
#define ORIEL_EDIT_OPTIONS                                                                         \
	{.name = "dry-run", .help = "show what would change, and change nothing"},                 \
	{                                                                                          \
		.name = "root", .kind = ORIEL_OPTION_TEXT, .value = "DIR",                         \
		.help = "look for devices below DIR instead of /"                                  \
	}

/* Changes the machine of that name and prints the difference. Gives an enum oriel_exit. */
int oriel_edit_run(const struct oriel_call *call, const char *name,
	const struct oriel_vm_spec *spec, GError **error);

#endif
