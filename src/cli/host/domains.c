/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machines' definitions, by libvirt. */
#include "cli/host/checkup.h"

#include "vm/domain.h"

#include <string.h>

static void ask_guest(struct oriel_vm_connection *connection, GPtrArray *domains, const char *vm)
{
	for (guint i = 0; i < domains->len; i++) {
		struct oriel_domain *domain = g_ptr_array_index(domains, i);

		if (!strcmp(domain->name, vm))
			oriel_vm_domain_ask_guest(connection, domain);
	}
}

GPtrArray *oriel_checkup_list_domains(
	const struct oriel_call *call, const GPtrArray *devices, const char *vm, GError **error)
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
	if (domains && vm)
		ask_guest(connection, domains, vm);
	oriel_vm_connection_close(connection);
	return domains;
}
