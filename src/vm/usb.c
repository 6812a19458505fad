/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/usb.h"

#include "vm/definition.h"
#include "vm/error.h"
#include "vm/run.h"

/* The device alone, as libvirt wants it for plugging. */
static char *describe(const struct oriel_vm_usb *usb)
{
	g_autoptr(xmlDoc) document = xmlNewDoc(BAD_CAST "1.0");
	xmlNode *devices = xmlNewDocNode(document, NULL, BAD_CAST "devices", NULL);
	xmlNode *device;

	xmlDocSetRootElement(document, devices);
	oriel_vm_definition_add_usb(devices, usb);
	device = oriel_vm_tree_next(devices, "hostdev", NULL);
	xmlUnlinkNode(device);
	xmlFreeNode(xmlDocSetRootElement(document, device));
	return oriel_vm_tree_to_text(document);
}

static bool has(virDomainPtr domain, const struct oriel_vm_usb *usb)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, NULL);

	return document && oriel_vm_definition_has_usb(document, usb);
}

/* Now, and from the next start on, as far as there is a now and a next start. */
static unsigned int get_flags(virDomainPtr domain)
{
	unsigned int flags = 0;

	if (virDomainIsActive(domain) == 1)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	if (virDomainIsPersistent(domain) == 1)
		flags |= VIR_DOMAIN_AFFECT_CONFIG;
	return flags;
}

bool oriel_vm_usb_attach(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_usb *usb, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	g_autofree char *text = describe(usb);

	if (!domain)
		return false;
	if (has(domain, usb))
		return oriel_vm_error_set(
			error, ORIEL_VM_ERROR_REFUSED, "'%s' has that USB device already", name);
	return virDomainAttachDeviceFlags(domain, text, get_flags(domain)) == 0 ||
	       oriel_vm_error_set_libvirt(error, "cannot plug the USB device into '%s'", name);
}

bool oriel_vm_usb_detach(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_usb *usb, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	g_autofree char *text = describe(usb);

	if (!domain)
		return false;
	if (!has(domain, usb))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"'%s' does not have that USB device; 'oriel usb list' shows what there is",
			name);
	return virDomainDetachDeviceFlags(domain, text, get_flags(domain)) == 0 ||
	       oriel_vm_error_set_libvirt(error, "cannot take the USB device out of '%s'", name);
}
