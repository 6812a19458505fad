/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machines' definitions, by libvirt. */
#include "cli/host/checkup.h"

#include "vm/domain.h"

GPtrArray *oriel_checkup_list_domains(
	const struct oriel_call *call, const GPtrArray *devices, GError **error)
{
	const char *uri = oriel_call_get_text(call, "connect");
	struct oriel_vm_lint_host host = {.devices = NULL};
	struct oriel_vm_connection *connection =
		oriel_vm_connection_open(uri ? uri : g_getenv("ORIEL_CONNECT"), error);
	GPtrArray *domains;

	if (!connection)
		return NULL;
	if (oriel_vm_connection_is_local(connection))
		host = (struct oriel_vm_lint_host){devices, g_get_num_processors()};
	domains = oriel_vm_domain_list(connection, &host, error);
	oriel_vm_connection_close(connection);
	return domains;
}
