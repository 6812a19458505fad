/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of one journal: NAME.journal while something is on its way, NAME.bound while it is as it
 * was wanted, nothing when all is as it was found.
 *
 * One thread. Every function blocks until what it did is on the disk; errors are of G_IO_ERROR.
 */
#ifndef ORIEL_HANDOVER_JOURNAL_FILE_H
#define ORIEL_HANDOVER_JOURNAL_FILE_H

#include "host/host.h"

struct oriel_journal_file {
	const struct oriel_host *host;
	const char *folder; /* below the host's root */
	const char *name;
};

/* Whole or not at all. Begins it, or writes it anew in the state it is in. */
gboolean oriel_journal_file_begin(
	const struct oriel_journal_file *file, const char *text, GError **error);
gboolean oriel_journal_file_rewrite(
	const struct oriel_journal_file *file, const char *text, GError **error);
/* line with its line end. One that is cut off has none, and is left out when it is read. */
gboolean oriel_journal_file_append(
	const struct oriel_journal_file *file, const char *line, GError **error);
/* It came to its end; it is on its way again. */
gboolean oriel_journal_file_set_bound(const struct oriel_journal_file *file, GError **error);
gboolean oriel_journal_file_set_on_its_way(const struct oriel_journal_file *file, GError **error);
gboolean oriel_journal_file_remove(const struct oriel_journal_file *file, GError **error);

/* NULL: there is none. ret_path: where it was read. Free both with g_free(). */
char *oriel_journal_file_read(
	const struct oriel_journal_file *file, gboolean *ret_is_bound, char **ret_path);

/* Names (char *) of all journals of a folder, sorted, each once. */
GPtrArray *oriel_journal_file_list(const struct oriel_host *host, const char *folder);
/* Removes what was written of journals that never began. */
void oriel_journal_file_clear(const struct oriel_host *host, const char *folder);

#endif
