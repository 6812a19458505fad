/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of this computer can be tuned while a virtual machine runs, by name. Constant; any thread.
 */
#ifndef ORIEL_HOST_TUNINGS_H
#define ORIEL_HOST_TUNINGS_H

#include <glib.h>

/* In the order in which they are done. */
enum oriel_tuning {
	ORIEL_TUNING_HUGEPAGES, /* reserved for its memory */
	ORIEL_TUNING_THP,	/* transparent huge pages for who asks for them */
	ORIEL_TUNING_CPUS,	/* its processors kept free of the host's programs */
	ORIEL_TUNING_GOVERNOR,	/* its processors at their full clock */
	ORIEL_TUNING_IRQ,	/* interrupts of devices kept away from its processors */
	ORIEL_TUNING_COUNT
};

/* "cpus" and so on. */
const char *oriel_tunings_get_name(enum oriel_tuning tuning);
/* Bits 1 << tuning of a text as "cpus,irq"; "" is none. FALSE with G_IO_ERROR_INVALID_ARGUMENT and
 * the names there are. */
gboolean oriel_tunings_parse(const char *text, guint *ret_tunings, GError **error);
/* The same text; free with g_free(). */
char *oriel_tunings_format(guint tunings);

#endif
