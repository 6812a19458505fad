/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes that outlive the command that started them: the server of a machine's memory, and its
 * supervisor. Thread: main.
 */
#ifndef ORIEL_CLI_VM_DETACH_H
#define ORIEL_CLI_VM_DETACH_H

#include <glib.h>
#include <stdbool.h>

/* In the new process: tells the starter that all is well, and lets go of its terminal. */
void oriel_detach(void);

/* In the starter: runs `oriel ARGUMENT…` (ending with NULL) and waits, at most 20 seconds, until it
 * has detached itself. inherited_fd becomes its descriptor 3; -1: none. FAILED, with what, where it
 * ended before, having said why on standard error. */
bool oriel_detach_start(
	const char *const *arguments, int inherited_fd, const char *what, GError **error);

#define ORIEL_DETACH_INHERITED_FD 3

#endif
