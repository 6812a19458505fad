/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was written for binding at the start, and how it was before: one file with a checksum,
 * replaced as a whole, and a copy of each file beside it. Below the host's root, in
 * /var/lib/oriel/boot.
 *
 * One thread; blocks on the file system, and returns once it is on the disk.
 */
#ifndef ORIEL_BIND_JOURNAL_H
#define ORIEL_BIND_JOURNAL_H

#include "bind/plan.h"

#define ORIEL_BIND_STATE_DIR ORIEL_RECORD_DIR "/boot"

struct oriel_bind_entry {
	char *path;
	gboolean existed; /* else it is removed when it is taken back */
	guint mode;	  /* of the file as it was, or as it is to be */
	guint uid, gid;
	char *before_sha256; /* NULL where it did not exist */
	char *after_sha256;
};

struct oriel_bind_journal {
	gboolean is_complete;	  /* everything was written; else it was interrupted */
	GPtrArray *entries;	  /* struct oriel_bind_entry *, in the order of writing */
	GPtrArray *folders;	  /* char *: made for them, the outer before the inner */
	GPtrArray *undo_commands; /* char ** */
};

/* What applying the plan would do; nothing is written. */
struct oriel_bind_journal *oriel_bind_journal_create(const struct oriel_bind_plan *plan);
void oriel_bind_journal_free(struct oriel_bind_journal *journal);

/* NULL without error: there is none. NULL with error: it is damaged, and the message says what to
 * do. */
struct oriel_bind_journal *oriel_bind_journal_load(const struct oriel_host *host, GError **error);
gboolean oriel_bind_journal_save(
	const struct oriel_bind_journal *journal, const struct oriel_host *host, GError **error);

/* Path of the copy of entry number index as it was, below the root. Free with g_free(). */
char *oriel_bind_journal_get_copy(guint index);

#endif
