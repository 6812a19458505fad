/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to tuning*.c: the parts of a tuning. */
#ifndef ORIEL_HANDOVER_TUNING_PLAN_H
#define ORIEL_HANDOVER_TUNING_PLAN_H

#include "handover/tuning.h"

struct oriel_tuning_work {
	const struct oriel_kernel *kernel;
	const struct oriel_host *host;
	const struct oriel_tuning_wish *wish;
	struct oriel_tuning_journal *journal;
	struct oriel_cpus online;
	GPtrArray *notes; /* char * */
};

void oriel_tuning_note(const struct oriel_tuning_work *work, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

/* Add settings to the journal, or a note why there is nothing to set. */
gboolean oriel_tuning_plan_hugepages(struct oriel_tuning_work *work, GError **error);
gboolean oriel_tuning_plan_thp(struct oriel_tuning_work *work, GError **error);
gboolean oriel_tuning_plan_cpus(struct oriel_tuning_work *work, GError **error);
gboolean oriel_tuning_plan_governor(struct oriel_tuning_work *work, GError **error);
gboolean oriel_tuning_plan_irq(struct oriel_tuning_work *work, GError **error);

/* The machine's processors are there, and leave the host one. */
gboolean oriel_tuning_check_cpus(struct oriel_tuning_work *work, GError **error);

/* The whole of the journal; on failure some of it may be set. */
gboolean oriel_tuning_set(const struct oriel_tuning_work *work, GError **error);
/* In reverse; from whatever step it was interrupted at, and as often as need be. */
gboolean oriel_tuning_undo(const struct oriel_tuning_work *work, GError **error);

#endif
