/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handover/services.h"

#include <string.h>

/* comm has fifteen letters. */
static const struct oriel_service services[] = {
	{"nvidia-persistenced.service", "nvidia-persiste"},
	{"nvidia-powerd.service", "nvidia-powerd"},
	{"ollama.service", "ollama"},
	{"coolercontrold.service", "coolercontrold"},
	{"lactd.service", "lact"},
};

const struct oriel_service *oriel_services_find_by_command(const char *command)
{
	for (guint i = 0; i < G_N_ELEMENTS(services); i++)
		if (!strcmp(services[i].command, command))
			return &services[i];
	return NULL;
}

gboolean oriel_services_is_known(const char *unit)
{
	for (guint i = 0; i < G_N_ELEMENTS(services); i++)
		if (!strcmp(services[i].unit, unit))
			return TRUE;
	return FALSE;
}
