/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of the computer is, or will be, otherwise while a machine runs: each setting with the value
 * that was found and the one that is wanted. One file per machine in /var/lib/oriel/tuning, on the
 * disk before anything is set (handover/journal_file.h).
 *
 * One thread; blocks until it is on the disk.
 */
#ifndef ORIEL_HANDOVER_TUNING_JOURNAL_H
#define ORIEL_HANDOVER_TUNING_JOURNAL_H

#include "host/record.h"
#include "host/tunings.h"

struct oriel_tuning_setting {
	enum oriel_tuning tuning;
	char *target;	      /* a path, or a unit whose processors are meant */
	char *before, *after; /* "" may be a value */
};

struct oriel_tuning_journal {
	char *vm;
	char *wish;	     /* what was asked for, in one line */
	char *boot;	     /* since which start of the computer it is so */
	gint64 time_ms;	     /* when it was begun, by the kernel table's clock */
	guint order;	     /* of two that set the same, the higher one came later */
	GPtrArray *settings; /* struct oriel_tuning_setting *, in their order */
	guint begun;	     /* bits 1 << tuning: those that may be set already */
	gboolean is_bound;   /* came to its end */
};

struct oriel_tuning_journal *oriel_tuning_journal_create(const char *vm);
void oriel_tuning_journal_free(struct oriel_tuning_journal *journal);
void oriel_tuning_journal_add(struct oriel_tuning_journal *journal, enum oriel_tuning tuning,
	const char *target, const char *before, const char *after);

/* Of this start of the computer; free with g_free(). */
char *oriel_tuning_journal_read_boot(const struct oriel_host *host);

/* NULL without error: nothing is tuned for that machine. With error: damaged, and what to do. */
struct oriel_tuning_journal *oriel_tuning_journal_load(
	const struct oriel_host *host, const char *vm, GError **error);
/* Those that can be read (struct oriel_tuning_journal *, freed with the array). */
GPtrArray *oriel_tuning_journal_load_all(const struct oriel_host *host);

gboolean oriel_tuning_journal_begin(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error);
/* Writes the whole of it anew, in the state it is in. */
gboolean oriel_tuning_journal_rewrite(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error);
/* Before the first setting of a tuning. */
gboolean oriel_tuning_journal_step(struct oriel_tuning_journal *journal,
	const struct oriel_host *host, enum oriel_tuning tuning, GError **error);
gboolean oriel_tuning_journal_set_bound(
	struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error);
/* Before it is undone: from here on it is repaired. */
gboolean oriel_tuning_journal_set_on_its_way(
	struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error);
gboolean oriel_tuning_journal_remove(
	const struct oriel_tuning_journal *journal, const struct oriel_host *host, GError **error);

#endif
