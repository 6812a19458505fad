/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running one of the system's own programs. Thread: any but the main loop's. */
#ifndef ORIEL_HELPER_PROGRAM_H
#define ORIEL_HELPER_PROGRAM_H

#include <gio/gio.h>

#define ORIEL_PROGRAM_LIMIT_S 600

/* Runs it to its end, without a shell, and found in the system's folders only; blocks for as long,
 * and ends it after ORIEL_PROGRAM_LIMIT_S. data: NULL. It is an oriel_bind_runner's. */
gboolean oriel_program_run(void *data, char **words, GError **error);

#endif
