/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The serial console of a running machine, by a stream of libvirt: so it works on other computers
 * too. Thread: the connection's; iterates the default main context.
 */
#ifndef ORIEL_VM_CONSOLE_H
#define ORIEL_VM_CONSOLE_H

#include "vm/connection.h"

#include <gio/gio.h>

struct oriel_vm_console_options {
	int in_fd, out_fd;		  /* what is typed, and where the guest writes; borrowed */
	char escape;			  /* this one is not handed on: it leaves */
	bool force;			  /* takes the console from whoever has it */
	void (*opened)(const void *data); /* the guest listens from now on */
	const void *data;
};

/* Carries bytes both ways until the escape is typed, in_fd ends, the guest's side closes or
 * cancellable is cancelled; all of those are true. REFUSED when the machine is off or somebody else
 * has the console, INVALID when it has no serial port. */
bool oriel_vm_console_run(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_console_options *options, GCancellable *cancellable, GError **error);

#endif
