/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan carried out, or taken back, together with the programs that make it count. Whatever fails,
 * the host is as before. One thread; blocks on the file system and on the programs.
 */
#ifndef ORIEL_BIND_PERFORM_H
#define ORIEL_BIND_PERFORM_H

#include "bind/apply.h"

/* Who runs the programs. */
struct oriel_bind_runner {
	/* Runs it to its end; words end with NULL. FALSE and error set: it did not work. */
	gboolean (*run)(void *data, char **words, GError **error);
	void *data;
};

gboolean oriel_bind_perform(
	const struct oriel_bind_plan *plan, const struct oriel_bind_runner *runner, GError **error);

/* Never refused. ret_kept as of oriel_bind_undo(). */
gboolean oriel_bind_perform_undo(const struct oriel_host *host,
	const struct oriel_bind_runner *runner, GPtrArray **ret_kept, GError **error);

#endif
