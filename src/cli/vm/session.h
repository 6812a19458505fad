/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all commands about virtual machines begin and end with: the connection, Ctrl-C, the exit
 * code. Thread: main. Blocks on libvirt.
 */
#ifndef ORIEL_CLI_VM_SESSION_H
#define ORIEL_CLI_VM_SESSION_H

#include "cli/call.h"
#include "vm/connection.h"

#include <gio/gio.h>

struct oriel_session {
	struct oriel_vm_connection *connection;
	GCancellable *cancellable; /* cancelled by Ctrl-C while something is waited for */
	guint signal_id;
	const char *machine; /* the one that is meant; NULL: the first operand */
	char *sysfs;
	bool json;
};

/* The options that every such command has; put it first in its options. */
#define ORIEL_SESSION_OPTIONS                                                                      \
	{.name = "connect",                                                                        \
		.kind = ORIEL_OPTION_TEXT,                                                         \
		.value = "URI",                                                                    \
		.help = "which libvirt has the machines (qemu:///system)"},                        \
	{                                                                                          \
		.name = "json", .help = "print JSON"                                               \
	}

/* Opens --connect, else $ORIEL_CONNECT, else qemu:///system, and clears up behind killed commands.
 */
bool oriel_session_open(
	struct oriel_session *session, const struct oriel_call *call, GError **error);
/* Half-opened is fine. */
void oriel_session_close(struct oriel_session *session);

/* What the program ends with for that error (NULL: 0). session: NULL where none was opened. A
 * machine that does not exist gets the nearest names into its message. */
int oriel_session_get_exit(
	struct oriel_session *session, const struct oriel_call *call, GError **error);

#endif
