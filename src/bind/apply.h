/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carrying a plan out, and taking it back. Either everything is written or nothing: a failure in
 * the middle is taken back at once, and one that could not be (the power was cut, the program
 * killed) by the next call of either function.
 *
 * One thread; blocks on the file system. Runs no programs: the caller does, or shows them.
 */
#ifndef ORIEL_BIND_APPLY_H
#define ORIEL_BIND_APPLY_H

#include "bind/journal.h"

/* FALSE with G_IO_ERROR_EXISTS: a plan was carried out before and has to be taken back first. */
gboolean oriel_bind_apply(const struct oriel_bind_plan *plan, GError **error);

/* Files that somebody changed meanwhile are kept beside the old ones, as PATH.oriel-kept; ret_kept:
 * their paths (char *). ret_commands: char **, what has to be run now. Both may be NULL. FALSE with
 * G_IO_ERROR_NOT_FOUND: nothing was carried out. */
gboolean oriel_bind_undo(const struct oriel_host *host, GPtrArray **ret_commands,
	GPtrArray **ret_kept, GError **error);

/* Takes back what was interrupted; TRUE when nothing was, or it is done. ret_repaired: something
 * was. */
gboolean oriel_bind_repair(const struct oriel_host *host, gboolean *ret_repaired, GError **error);

/* Whether the computer was started with it: every device is where it was noted and is bound. Adds a
 * sentence (char *) for each that is not. */
gboolean oriel_bind_verify(
	const struct oriel_host *host, const GPtrArray *devices, GPtrArray *ret_problems);

#endif
