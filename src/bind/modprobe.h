/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of modprobe that give devices to vfio-pci before their own drivers come. */
#ifndef ORIEL_BIND_MODPROBE_H
#define ORIEL_BIND_MODPROBE_H

#include "bind/plan.h"

/* "10de:2484,10de:228b"; free with g_free(). */
char *oriel_bind_modprobe_list_ids(const struct oriel_bind_plan *plan);
gboolean oriel_bind_modprobe_add(struct oriel_bind_plan *plan, GError **error);

#endif
