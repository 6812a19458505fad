/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tuning the computer for a virtual machine while it runs, and giving back every value as it was
 * found. Each thing is off until it is asked for.
 *
 * What this computer cannot do (no cpufreq, cgroups of version 1) is told in a note and left out;
 * what fails is undone as a whole. Of two machines that want the same thing otherwise, the later
 * one's value stays until it ends, and then the value comes back that the first one had found.
 *
 * Errors are of G_IO_ERROR: INVALID_ARGUMENT (processors that there are not, or all of them),
 * NOT_SUPPORTED (not enough memory), NOT_FOUND (not tuned for that machine), TIMED_OUT, FAILED.
 * One thread, one process at a time (others are waited for); blocks.
 */
#ifndef ORIEL_HANDOVER_TUNING_H
#define ORIEL_HANDOVER_TUNING_H

#include "handover/kernel.h"
#include "handover/tuning_journal.h"
#include "host/cpus.h"

#define ORIEL_TUNING_NODE_ANY (-1)
#define ORIEL_TUNING_NODE_MAX 1023

struct oriel_tuning_wish {
	guint tunings;		/* bits 1 << enum oriel_tuning */
	struct oriel_cpus cpus; /* that the machine's processors are pinned to */
	guint64 memory_bytes;	/* of the machine, for huge pages */
	int node;		/* on which NUMA node its memory is to be, or ANY */
};

/* Of a machine's definition, as libvirt writes it; tunings 0: it wants none. ret_vm: its name, free
 * with g_free(). */
gboolean oriel_tuning_wish_read(
	const char *definition, struct oriel_tuning_wish *ret_wish, char **ret_vm, GError **error);

/* What would be set, with nothing done; is not on the disk. Owned by the caller. notes: sentences
 * (char *) are added. */
struct oriel_tuning_journal *oriel_tuning_plan(const struct oriel_kernel *kernel,
	const struct oriel_host *host, const char *vm, const struct oriel_tuning_wish *wish,
	GPtrArray *notes, GError **error);

/* What is tuned for that machine already, in the same way, is fine. */
gboolean oriel_tuning_apply(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, const struct oriel_tuning_wish *wish, GPtrArray *notes, GError **error);
gboolean oriel_tuning_revert(const struct oriel_kernel *kernel, const struct oriel_host *host,
	const char *vm, GError **error);

/* Undoes every tuning that did not come to its end, or whose machine has ended without anybody
 * seeing to it. ret_count: how many. The first error is kept; the others are tried all the same. */
gboolean oriel_tuning_repair(const struct oriel_kernel *kernel, const struct oriel_host *host,
	guint *ret_count, GError **error);

#endif
