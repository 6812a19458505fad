/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What will be handed to vfio-pci at the next start: the "ids" options of modprobe.d and of the
 * kernel's parameters, and those parameters as the boot loader has them. One thread; reads files.
 */
#ifndef ORIEL_HOST_BINDINGS_H
#define ORIEL_HOST_BINDINGS_H

#include "host/host.h"

struct oriel_binding {
	char *source; /* "/etc/modprobe.d/vfio.conf" or "/proc/cmdline" */
	guint16 vendor, device;
};

/* Elements are struct oriel_binding, freed with the array; malformed ids are left out. */
GPtrArray *oriel_bindings_list(const struct oriel_host *host);

/* The kernel's parameters as the boot loader will give them; NULL where they are not known.
 * *ret_source: the file. Free both with g_free(). */
char *oriel_bindings_read_parameters(const struct oriel_host *host, char **ret_source);

#endif
