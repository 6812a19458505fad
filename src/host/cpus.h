/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of processors and the kernel's way to write them. Values; any thread. */
#ifndef ORIEL_HOST_CPUS_H
#define ORIEL_HOST_CPUS_H

#include "host/host.h"

#define ORIEL_CPUS_MAX 4096
/* Those that there are or can be plugged in. */
#define ORIEL_CPUS_POSSIBLE "/sys/devices/system/cpu/possible"

struct oriel_cpus {
	guint64 words[ORIEL_CPUS_MAX / 64];
};

/* "0-3,8", and as libvirt writes it "0-3,^2"; an empty text is the empty set. FALSE: anything else,
 * or a processor above the most. */
gboolean oriel_cpus_parse(const char *text, struct oriel_cpus *ret_cpus);
/* "0-3,8"; free with g_free(). */
char *oriel_cpus_format(const struct oriel_cpus *cpus);
/* Of a file below the host's root; FALSE: not there, or no such list. */
gboolean oriel_cpus_read(
	const struct oriel_host *host, const char *path, struct oriel_cpus *ret_cpus);

gboolean oriel_cpus_has(const struct oriel_cpus *cpus, guint cpu);
void oriel_cpus_set(struct oriel_cpus *cpus, guint cpu, gboolean on);
gboolean oriel_cpus_is_empty(const struct oriel_cpus *cpus);
gboolean oriel_cpus_meet(const struct oriel_cpus *left, const struct oriel_cpus *right);
/* All of left are in right too. */
gboolean oriel_cpus_are_in(const struct oriel_cpus *left, const struct oriel_cpus *right);
void oriel_cpus_add(struct oriel_cpus *cpus, const struct oriel_cpus *more);
void oriel_cpus_take(struct oriel_cpus *cpus, const struct oriel_cpus *away);

#endif
