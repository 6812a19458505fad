/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where Oriel's other programs are. Thread: any. Reads the file system. */
#ifndef ORIEL_CLI_PROGRAM_H
#define ORIEL_CLI_PROGRAM_H

#include <glib.h>

/* The folder of the running program, owned by the caller. */
char *oriel_program_get_folder(void);

/* The program of that name next to the running one, else on PATH. Owned by the caller; NULL and
 * error set where there is none. */
char *oriel_program_find(const char *name, GError **error);

#endif
