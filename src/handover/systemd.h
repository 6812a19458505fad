/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service manager systemd, asked over the system bus. Any thread; blocks for at most some
 * seconds each. Nothing of it outlives the next start of the computer. */
#ifndef ORIEL_HANDOVER_SYSTEMD_H
#define ORIEL_HANDOVER_SYSTEMD_H

#include <glib.h>

gboolean oriel_systemd_stop(const char *unit, GError **error);
gboolean oriel_systemd_start(const char *unit, GError **error);

/* Its AllowedCPUs as "0-3"; "": no limit is set. NULL with error. Free with g_free(). */
char *oriel_systemd_get_cpus(const char *unit, GError **error);
gboolean oriel_systemd_set_cpus(const char *unit, const char *cpus, GError **error);

#endif
