/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a build without libvirt no machine is known. */
#include "cli/host/checkup.h"

#include <gio/gio.h>

GPtrArray *oriel_checkup_list_domains(
	const struct oriel_call *call, const GPtrArray *devices, const char *vm, GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		"this oriel was built without libvirt and knows no virtual machines; build it with "
		"-Dvm=enabled");
	return NULL;
}
