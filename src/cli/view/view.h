/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of `oriel view`. Thread: main. All may block. */
#ifndef ORIEL_CLI_VIEW_VIEW_H
#define ORIEL_CLI_VIEW_VIEW_H

#include <glib.h>

/* Asks the viewer of vm and prints its answer. words: the command, then NAME=VALUE pairs. Gives an
 * enum oriel_exit. */
int oriel_view_send(const char *vm, const char *const *words, GError **error);

/* Starts argv, the viewer of vm, waits for its end and starts it again when it crashed, each time
 * a little later. Gives the exit status of the last one. */
int oriel_view_keep(const char *vm, const char *const *argv, GError **error);

/* Where the machine of that name shares its frames, owned by the caller; NULL and error set when it
 * does not. *ret_status: what to exit with then. */
char *oriel_view_find_source(const char *vm, int *ret_status, GError **error);

#endif
