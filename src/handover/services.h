/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services that hold cards and can be stopped and started again without harm. Constant. */
#ifndef ORIEL_HANDOVER_SERVICES_H
#define ORIEL_HANDOVER_SERVICES_H

#include <glib.h>

struct oriel_service {
	const char *unit;    /* "nvidia-persistenced.service" */
	const char *command; /* name of its process, as /proc/PID/comm shows it */
};

/* NULL: no process of that name belongs to a known service. */
const struct oriel_service *oriel_services_find_by_command(const char *command);
gboolean oriel_services_is_known(const char *unit);

#endif
