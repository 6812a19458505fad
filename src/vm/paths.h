/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where Oriel's files are. Thread: any. Looks at the file system.
 *
 * Templates and profiles are found system < distribution < user: the user's file of a name hides
 * the distribution's, that one the system's. The system's folder is $ORIEL_DATA_DIR where that is
 * set.
 */
#ifndef ORIEL_VM_PATHS_H
#define ORIEL_VM_PATHS_H

#include <glib.h>

/* kind: "templates" or "profiles"; suffix: ".xml" or ".ini". The file of that name that hides all
 * others; NULL and NOT_FOUND with the list of the known names where there is none. Owned by the
 * caller. */
char *oriel_vm_paths_find(const char *kind, const char *suffix, const char *name, GError **error);
/* All names, sorted, each once. Owned by the caller (g_strfreev). */
char **oriel_vm_paths_list(const char *kind, const char *suffix);

/* Oriel's folder for what must survive a restart, as journals and backups: made with mode 0700.
 * Owned by the caller; NULL and error set when it cannot be made. */
char *oriel_vm_paths_make_state(const char *below, GError **error);
/* Likewise for sockets, gone after a restart of the computer. */
char *oriel_vm_paths_make_runtime(GError **error);

#endif
