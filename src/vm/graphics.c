/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/graphics.h"

#include "vm/error.h"
#include "vm/run.h"
#include "vm/tree.h"

#include <stdlib.h>

/* libvirt counts all the <graphics> of a machine. -1: none is SPICE. */
static int find_spice(virDomainPtr domain, GError **error)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, error);
	xmlNode *devices =
		document ? oriel_vm_tree_get(xmlDocGetRootElement(document), "devices") : NULL;
	xmlNode *graphics = NULL;
	int index = 0;

	if (!document)
		return -1;
	while (devices && (graphics = oriel_vm_tree_next(devices, "graphics", graphics))) {
		if (oriel_vm_tree_is(graphics, "type", "spice"))
			return index;
		index++;
	}
	oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
		"the machine '%s' has no SPICE server; give it one with: oriel vm edit %s "
		"--display socket",
		virDomainGetName(domain), virDomainGetName(domain));
	return -1;
}

bool oriel_vm_graphics_has_spice(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);

	return domain && find_spice(domain, error) >= 0;
}

int oriel_vm_graphics_open_spice(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	int index = domain ? find_spice(domain, error) : -1;
	int fd;

	if (index < 0)
		return -1;
	fd = virDomainOpenGraphicsFD(
		domain, (unsigned int)index, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH);
	if (fd < 0)
		oriel_vm_error_set_libvirt(error, "cannot reach the SPICE server of '%s'", name);
	return fd;
}

static char *read_address(xmlNode *graphics, guint *ret_port)
{
	g_autofree char *socket =
		oriel_vm_tree_read(oriel_vm_tree_get(graphics, "listen"), "socket");
	g_autofree char *port = oriel_vm_tree_read(graphics, "port");
	g_autofree char *host = oriel_vm_tree_read(graphics, "listen");

	if (socket) {
		*ret_port = 0;
		return g_steal_pointer(&socket);
	}
	if (!port || *port == '-')
		return NULL;
	*ret_port = g_ascii_strtoull(port, NULL, 10);
	return host ? g_steal_pointer(&host) : g_strdup("127.0.0.1");
}

char *oriel_vm_graphics_get_address(
	struct oriel_vm_connection *connection, const char *name, guint *ret_port, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	char *text = domain ? virDomainGetXMLDesc(domain, 0) : NULL;
	g_autoptr(xmlDoc) document = text ? oriel_vm_tree_parse(text, name, error) : NULL;
	xmlNode *graphics = NULL;
	char *address = NULL;

	free(text);
	if (!document)
		return NULL;
	graphics = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");
	graphics = graphics ? oriel_vm_tree_find(graphics, "graphics", "type", "spice") : NULL;
	address = graphics ? read_address(graphics, ret_port) : NULL;
	if (!address)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"'%s' has no SPICE server that listens now", name);
	return address;
}
