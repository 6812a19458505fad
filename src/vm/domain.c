/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/domain.h"

#include "vm/definition.h"
#include "vm/error.h"
#include "vm/guest.h"
#include "vm/run.h"

#include <json-glib/json-glib.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#define AGENT_CHANNEL "org.qemu.guest_agent.0"
#define AGENT_TIMEOUT_S 1

/* ---- what it uses --------------------------------------------------------------------------- */

static gboolean is_medium(xmlNode *disk)
{
	return oriel_vm_tree_is(disk, "device", "cdrom") ||
	       oriel_vm_tree_is(disk, "device", "floppy");
}

static void read_disks(xmlNode *devices, struct oriel_domain *domain)
{
	xmlNode *disk = NULL;

	while ((disk = oriel_vm_tree_next(devices, "disk", disk))) {
		xmlNode *source = oriel_vm_tree_get(disk, "source");
		g_autofree char *file = oriel_vm_tree_read(source, "file");
		g_autofree char *device = oriel_vm_tree_read(source, "dev");
		gboolean is_shared =
			oriel_vm_tree_get(disk, "readonly") || oriel_vm_tree_get(disk, "shareable");

		if (file || device)
			oriel_domain_add_file(domain,
				is_medium(disk) ? ORIEL_DOMAIN_MEDIUM : ORIEL_DOMAIN_DISK,
				file ? file : device, is_shared);
	}
}

static guint read_number(xmlNode *node, const char *attribute)
{
	g_autofree char *text = oriel_vm_tree_read(node, attribute);

	return text ? (guint)g_ascii_strtoull(text, NULL, 0) : 0;
}

static void read_pci(xmlNode *hostdev, struct oriel_domain *domain)
{
	xmlNode *at = oriel_vm_tree_get(hostdev, "source/address");
	xmlNode *rom = oriel_vm_tree_get(hostdev, "rom");
	g_autofree char *file = oriel_vm_tree_read(rom, "file");
	struct oriel_domain_pci pci = {
		.address = {(guint16)read_number(at, "domain"), (guint8)read_number(at, "bus"),
			(guint8)read_number(at, "slot"), (guint8)read_number(at, "function")}};

	g_array_append_val(domain->pci, pci);
	if (file)
		oriel_domain_add_file(domain, ORIEL_DOMAIN_ROM, file, TRUE);
}

static void read_usb(xmlNode *hostdev, struct oriel_domain *domain)
{
	struct oriel_domain_usb usb = {
		(guint16)read_number(oriel_vm_tree_get(hostdev, "source/vendor"), "id"),
		(guint16)read_number(oriel_vm_tree_get(hostdev, "source/product"), "id")};

	if (usb.vendor)
		g_array_append_val(domain->usb, usb);
}

static void read_hostdevs(xmlNode *devices, struct oriel_domain *domain)
{
	xmlNode *hostdev = NULL;

	while ((hostdev = oriel_vm_tree_next(devices, "hostdev", hostdev))) {
		if (oriel_vm_tree_is(hostdev, "type", "pci"))
			read_pci(hostdev, domain);
		else if (oriel_vm_tree_is(hostdev, "type", "usb"))
			read_usb(hostdev, domain);
	}
}

static void read_relays(xmlNode *devices, struct oriel_domain *domain)
{
	xmlNode *shmem = NULL;

	while ((shmem = oriel_vm_tree_next(devices, "shmem", shmem)))
		g_ptr_array_add(domain->relays, oriel_vm_tree_read(shmem, "name"));
}

struct oriel_domain *oriel_vm_domain_read(xmlDoc *document, const struct oriel_vm_lint_host *host)
{
	xmlNode *root = xmlDocGetRootElement(document);
	xmlNode *devices = oriel_vm_tree_get(root, "devices");
	g_autofree char *name = oriel_vm_tree_read_text(oriel_vm_tree_get(root, "name"));
	struct oriel_domain *domain = oriel_domain_create(name);

	if (devices) {
		read_disks(devices, domain);
		read_hostdevs(devices, domain);
		read_relays(devices, domain);
	}
	oriel_vm_lint(document, host, domain);
	return domain;
}

/* ---- the guest's agent ---------------------------------------------------------------------- */

gboolean oriel_vm_domain_has_users(const char *answer)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root;
	JsonObject *object;

	if (!answer || !json_parser_load_from_data(parser, answer, -1, NULL))
		return FALSE;
	root = json_parser_get_root(parser);
	object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
	if (!object || !json_object_has_member(object, "return") ||
		!JSON_NODE_HOLDS_ARRAY(json_object_get_member(object, "return")))
		return FALSE;
	return json_array_get_length(json_object_get_array_member(object, "return")) > 0;
}

/* The answer, owned by the caller (free()); NULL: none in time. */
static char *ask_line(void *handle, const char *line)
{
	char *answer = virDomainQemuAgentCommand(handle, line, AGENT_TIMEOUT_S, 0);

	virResetLastError();
	return answer;
}

static char *ask(virDomainPtr handle, const char *command)
{
	g_autofree char *line = g_strdup_printf("{\"execute\":\"%s\"}", command);

	return ask_line(handle, line);
}

static void wait_a_moment(void *handle)
{
	g_usleep(ORIEL_VM_GUEST_POLL_MS * 1000);
}

void oriel_vm_domain_ask_guest(struct oriel_vm_connection *connection, struct oriel_domain *domain)
{
	g_autoptr(virDomain) handle = NULL;

	if (domain->agent != ORIEL_DOMAIN_AGENT_READY && domain->agent != ORIEL_DOMAIN_AGENT_NOBODY)
		return;
	handle = oriel_vm_connection_find(connection, domain->name, NULL);
	if (handle) {
		const struct oriel_vm_guest_line line = {ask_line, wait_a_moment, handle};

		oriel_vm_guest_read(&line, domain);
	}
}

/* libvirt knows whether somebody has the guest's end of the channel open. */
static xmlNode *find_channel(xmlDoc *document)
{
	xmlNode *devices = oriel_vm_tree_get(xmlDocGetRootElement(document), "devices");
	xmlNode *channel = NULL;

	while (devices && (channel = oriel_vm_tree_next(devices, "channel", channel))) {
		xmlNode *target = oriel_vm_tree_get(channel, "target");

		if (oriel_vm_tree_is(target, "name", AGENT_CHANNEL))
			return target;
	}
	return NULL;
}

static enum oriel_domain_agent ask_agent(virDomainPtr handle)
{
	char *pong = ask(handle, "guest-ping");
	char *users = pong ? ask(handle, "guest-get-users") : NULL;
	enum oriel_domain_agent agent = ORIEL_DOMAIN_AGENT_SILENT;

	if (pong)
		agent = oriel_vm_domain_has_users(users) ? ORIEL_DOMAIN_AGENT_READY
							 : ORIEL_DOMAIN_AGENT_NOBODY;
	free(pong);
	free(users);
	return agent;
}

static enum oriel_domain_agent find_agent(virDomainPtr handle, gboolean running)
{
	char *text = virDomainGetXMLDesc(handle, running ? 0 : VIR_DOMAIN_XML_INACTIVE);
	g_autoptr(xmlDoc) document = text ? oriel_vm_tree_parse(text, "a definition", NULL) : NULL;
	xmlNode *channel = document ? find_channel(document) : NULL;

	free(text);
	if (!channel)
		return ORIEL_DOMAIN_AGENT_NO_CHANNEL;
	if (!running)
		return ORIEL_DOMAIN_AGENT_OFF;
	if (!oriel_vm_tree_is(channel, "state", "connected"))
		return ORIEL_DOMAIN_AGENT_SILENT;
	return ask_agent(handle);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static struct oriel_domain *read_domain(
	virDomainPtr handle, const struct oriel_vm_lint_host *host, GError **error)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(handle, error);
	struct oriel_domain *domain;
	int autostart = 0;

	if (!document)
		return NULL;
	domain = oriel_vm_domain_read(document, host);
	domain->running = virDomainIsActive(handle) == 1;
	domain->autostart = virDomainGetAutostart(handle, &autostart) == 0 && autostart;
	domain->agent = find_agent(handle, domain->running);
	return domain;
}

/* One that was removed meanwhile is left out. */
static void add_domain(GPtrArray *domains, virDomainPtr handle,
	const struct oriel_vm_lint_host *host, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct oriel_domain *domain = read_domain(handle, host, &failure);

	if (domain)
		g_ptr_array_add(domains, domain);
	else if (!g_error_matches(failure, ORIEL_VM_ERROR, ORIEL_VM_ERROR_NOT_FOUND) && !*error)
		g_propagate_error(error, g_steal_pointer(&failure));
}

GPtrArray *oriel_vm_domain_list(struct oriel_vm_connection *connection,
	const struct oriel_vm_lint_host *host, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	g_autoptr(GPtrArray) domains = oriel_domain_list_create();
	g_autoptr(GError) failure = NULL;
	virDomainPtr *list = NULL;
	int count;

	if (!handle)
		return NULL;
	count = virConnectListAllDomains(handle, &list, 0);
	if (count < 0) {
		oriel_vm_error_set_libvirt(error, "cannot list the virtual machines");
		return NULL;
	}
	for (int i = 0; i < count; i++) {
		add_domain(domains, list[i], host, &failure);
		virDomainFree(list[i]);
	}
	free(list);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	return g_steal_pointer(&domains);
}
