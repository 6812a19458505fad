/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host/machines.h"

#include "vm/connection.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

static void add_version(JsonBuilder *facts, const char *name, int failed, unsigned long version)
{
	g_autofree char *text = g_strdup_printf(
		"%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);

	oriel_json_add_text(facts, name, failed ? NULL : text);
}

static void add_versions(JsonBuilder *facts, virConnectPtr handle)
{
	unsigned long version = 0;
	int failed = virConnectGetLibVersion(handle, &version);

	add_version(facts, "libvirt", failed, version);
	failed = virConnectGetVersion(handle, &version);
	add_version(facts, "qemu", failed, version);
}

/* libvirt leaves the passwords out by itself. */
static void add_definition(struct oriel_bundle *bundle, virDomainPtr domain)
{
	g_autofree char *name = g_strdup_printf("vm/%s.xml", virDomainGetName(domain));
	char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);

	if (text)
		oriel_bundle_add(bundle, name, text, strlen(text));
	else
		oriel_bundle_add_missing(bundle, name, virGetLastErrorMessage());
	free(text);
}

static void add_all(struct oriel_bundle *bundle, virConnectPtr handle)
{
	virDomainPtr *domains = NULL;
	int count = virConnectListAllDomains(handle, &domains, 0);

	if (count < 0)
		oriel_bundle_add_missing(bundle, "vm", virGetLastErrorMessage());
	for (int i = 0; i < count; i++) {
		add_definition(bundle, domains[i]);
		virDomainFree(domains[i]);
	}
	free(domains);
}

void oriel_machines_add(
	struct oriel_bundle *bundle, const struct oriel_call *call, JsonBuilder *facts)
{
	const char *uri = oriel_call_get_text(call, "connect");
	g_autoptr(GError) error = NULL;
	struct oriel_vm_connection *connection =
		oriel_vm_connection_open(uri ? uri : g_getenv("ORIEL_CONNECT"), &error);
	virConnectPtr handle = connection ? oriel_vm_connection_get(connection, &error) : NULL;

	if (handle) {
		add_versions(facts, handle);
		add_all(bundle, handle);
	} else {
		oriel_bundle_add_missing(bundle, "vm", error->message);
	}
	oriel_vm_connection_close(connection);
}
