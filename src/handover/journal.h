/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on its way and where it came from: one file per GPU in /var/lib/oriel/handover, a line
 * per step, on the disk before the step is done. ADDRESS.journal while it is on its way,
 * ADDRESS.bound while the guest may have it; nothing when it is at home.
 *
 * One thread; blocks until it is on the disk.
 */
#ifndef ORIEL_HANDOVER_JOURNAL_H
#define ORIEL_HANDOVER_JOURNAL_H

#include "host/record.h"

struct oriel_handover_function {
	struct oriel_pci_address address;
	char *home;	/* driver it had; NULL: none */
	char *override; /* driver_override it had; NULL: none */
};

struct oriel_handover_journal {
	struct oriel_pci_address address; /* of the GPU */
	GPtrArray *functions;		  /* struct oriel_handover_function * */
	GPtrArray *services;		  /* char *: stopped, to be started again */
	GPtrArray *modules;		  /* char *: unloaded, to be loaded again */
	gboolean is_bound;		  /* came to its end: the guest may have it */
	char *last;			  /* last step; NULL: none yet */
};

struct oriel_handover_journal *oriel_handover_journal_create(
	const struct oriel_pci_address *address);
void oriel_handover_journal_free(struct oriel_handover_journal *journal);
void oriel_handover_journal_add_function(struct oriel_handover_journal *journal,
	const struct oriel_pci_address *address, const char *home, const char *override);

/* NULL without error: the GPU is at home. With error: damaged, and what to do. A last line that was
 * cut off is left out: its step was not begun. */
struct oriel_handover_journal *oriel_handover_journal_load(
	const struct oriel_host *host, const struct oriel_pci_address *address, GError **error);
/* Addresses (struct oriel_pci_address) of all GPUs that are not at home. */
GArray *oriel_handover_journal_list(const struct oriel_host *host);

/* Removes what was written of journals that never began. */
void oriel_handover_journal_clear(const struct oriel_host *host);

/* Begins: the functions with where they came from. */
gboolean oriel_handover_journal_begin(const struct oriel_handover_journal *journal,
	const struct oriel_host *host, GError **error);
/* Before a step. word: "service" and "module" are undone by name, any other is for people. */
gboolean oriel_handover_journal_step(struct oriel_handover_journal *journal,
	const struct oriel_host *host, const char *word, const char *value, GError **error);
/* It came to its end. */
gboolean oriel_handover_journal_set_bound(const struct oriel_handover_journal *journal,
	const struct oriel_host *host, GError **error);
/* The GPU is at home. */
gboolean oriel_handover_journal_remove(const struct oriel_handover_journal *journal,
	const struct oriel_host *host, GError **error);

#endif
