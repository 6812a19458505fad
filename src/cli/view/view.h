/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of `oriel view`. Thread: main. All may block. */
#ifndef ORIEL_CLI_VIEW_VIEW_H
#define ORIEL_CLI_VIEW_VIEW_H

#include <glib.h>

#include "cli/view/machine.h"

/* Asks the viewer of vm and prints its answer. words: the command, then NAME=VALUE pairs. Gives an
 * enum oriel_exit. */
int oriel_view_send(const char *vm, const char *const *words, GError **error);

/* Starts argv, the viewer of vm, waits for its end and starts it again when it crashed, each time
 * a little later. Gives the exit status of the last one. machine: whose SPICE connections the
 * viewer gets at its descriptor ORIEL_VIEW_SPICE_FD; NULL: none. */
int oriel_view_keep(const char *vm, const char *const *argv, struct oriel_view_machine *machine,
	GError **error);
#define ORIEL_VIEW_SPICE_FD 3

#endif
