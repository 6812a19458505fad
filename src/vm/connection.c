/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/connection.h"

#include "base/log.h"
#include "vm/advice.h"
#include "vm/embed.h"
#include "vm/error.h"
#include "vm/event_glue.h"

#include <libvirt/virterror.h>
#include <string.h>

#define DEFAULT_URI "qemu:///system"
#define KEEPALIVE_S 5
#define KEEPALIVE_COUNT 6

struct oriel_vm_connection {
	char *uri;
	virConnectPtr handle;
	gint lost; /* atomic: libvirt tells from any thread */
	unsigned int reopened;
	const struct oriel_vm_tuner *tuner;
	oriel_vm_listener listener;
	void *listener_data;
	int lifecycle_id, reboot_id; /* libvirt's callbacks, -1 while not registered */
};

static void ignore_error(void *data, virErrorPtr error)
{
}

static void on_closed(virConnectPtr handle, int reason, void *data)
{
	struct oriel_vm_connection *connection = data;

	oriel_log(ORIEL_LOG_DEBUG, "libvirt at %s closed the connection, reason %d",
		connection->uri, reason);
	g_atomic_int_set(&connection->lost, 1);
}

static void tell(struct oriel_vm_connection *connection, virDomainPtr domain, int kind, int detail)
{
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	struct oriel_vm_event event = {
		.name = virDomainGetName(domain), .uuid = uuid, .kind = kind, .detail = detail};

	virDomainGetUUIDString(domain, uuid);
	if (connection->listener)
		connection->listener(&event, connection->listener_data);
}

static int on_lifecycle(virConnectPtr handle, virDomainPtr domain, int kind, int detail, void *data)
{
	tell(data, domain, kind, detail);
	return 0;
}

static void on_reboot(virConnectPtr handle, virDomainPtr domain, void *data)
{
	tell(data, domain, ORIEL_VM_EVENT_REBOOTED, 0);
}

static bool register_events(struct oriel_vm_connection *connection, GError **error)
{
	connection->lifecycle_id = virConnectDomainEventRegisterAny(connection->handle, NULL,
		VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), connection,
		NULL);
	if (connection->lifecycle_id < 0)
		return oriel_vm_error_set_libvirt(
			error, "cannot follow the machines at %s", connection->uri);
	/* Not every driver tells of reboots; what follows does not depend on it. */
	connection->reboot_id = virConnectDomainEventRegisterAny(connection->handle, NULL,
		VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot), connection, NULL);
	return true;
}

static void deregister_events(struct oriel_vm_connection *connection)
{
	int *ids[] = {&connection->lifecycle_id, &connection->reboot_id};

	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		if (*ids[i] >= 0 && connection->handle)
			virConnectDomainEventDeregisterAny(connection->handle, *ids[i]);
		*ids[i] = -1;
	}
}

static void drop(struct oriel_vm_connection *connection)
{
	if (!connection->handle)
		return;
	deregister_events(connection);
	virConnectUnregisterCloseCallback(connection->handle, on_closed);
	virConnectClose(connection->handle);
	connection->handle = NULL;
}

static bool open_handle(struct oriel_vm_connection *connection, GError **error)
{
	connection->handle = virConnectOpenAuth(connection->uri, virConnectAuthPtrDefault, 0);
	if (!connection->handle) {
		g_autofree char *advice = oriel_vm_advice_for_uri(connection->uri);
		const char *reason = virGetLastErrorMessage();

		return oriel_vm_error_set(error, ORIEL_VM_ERROR_UNAVAILABLE,
			"cannot connect to libvirt at %s: %s; %s", connection->uri, reason, advice);
	}
	g_atomic_int_set(&connection->lost, 0);
	/* Both are refused by drivers that live in this process, which cannot be lost. */
	virConnectRegisterCloseCallback(connection->handle, on_closed, connection, NULL);
	virConnectSetKeepAlive(connection->handle, KEEPALIVE_S, KEEPALIVE_COUNT);
	return !connection->listener || register_events(connection, error);
}

static const char *const schemes[] = {"qemu", "test"};
static const char *const transports[] = {
	"", "+ssh", "+unix", "+tls", "+tcp", "+libssh", "+libssh2"};

static bool is_known_scheme(const char *scheme)
{
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(transports); k++)
			if (g_str_has_prefix(scheme, schemes[i]) &&
				g_str_equal(scheme + strlen(schemes[i]), transports[k]))
				return true;
	return false;
}

static bool check_uri(const char *uri, GError **error)
{
	g_autofree char *scheme = g_uri_parse_scheme(uri);
	const char *query = strchr(uri, '?');

	if (!scheme || !is_known_scheme(scheme))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"connection '%.200s' is not an address of QEMU machines: use "
			"qemu:///system, "
			"qemu:///session, qemu:///embed?root=DIRECTORY, qemu+ssh://HOST/system or "
			"test:///default",
			uri);
	if (oriel_vm_embed_is_meant(uri) && (!query || !g_str_has_prefix(query, "?root=/")))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_INVALID,
			"connection '%.200s' names no directory: write "
			"qemu:///embed?root=DIRECTORY with a full path",
			uri);
	return true;
}

struct oriel_vm_connection *oriel_vm_connection_open(const char *uri, GError **error)
{
	struct oriel_vm_connection *connection;

	if (!uri)
		uri = DEFAULT_URI;
	if (!check_uri(uri, error))
		return NULL;
	/* The library would write each error between our lines, which carry it anyway. */
	g_setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", FALSE);
	oriel_vm_event_glue_install();
	if (oriel_vm_embed_is_meant(uri))
		oriel_vm_embed_prepare(uri);
	virSetErrorFunc(NULL, ignore_error);
	connection = g_new0(struct oriel_vm_connection, 1);
	connection->uri = g_strdup(uri);
	connection->lifecycle_id = connection->reboot_id = -1;
	if (!open_handle(connection, error)) {
		oriel_vm_connection_close(connection);
		return NULL;
	}
	return connection;
}

void oriel_vm_connection_close(struct oriel_vm_connection *connection)
{
	if (!connection)
		return;
	drop(connection);
	g_free(connection->uri);
	g_free(connection);
}

virConnectPtr oriel_vm_connection_get(struct oriel_vm_connection *connection, GError **error)
{
	if (connection->handle && !g_atomic_int_get(&connection->lost) &&
		virConnectIsAlive(connection->handle) == 1)
		return connection->handle;
	drop(connection);
	if (!open_handle(connection, error)) {
		drop(connection);
		return NULL;
	}
	connection->reopened++;
	return connection->handle;
}

unsigned int oriel_vm_connection_get_reopened(const struct oriel_vm_connection *connection)
{
	return connection->reopened;
}

void oriel_vm_connection_set_tuner(
	struct oriel_vm_connection *connection, const struct oriel_vm_tuner *tuner)
{
	connection->tuner = tuner;
}

const struct oriel_vm_tuner *oriel_vm_connection_get_tuner(
	const struct oriel_vm_connection *connection)
{
	return connection->tuner;
}

const char *oriel_vm_connection_get_uri(const struct oriel_vm_connection *connection)
{
	return connection->uri;
}

bool oriel_vm_connection_is_local(const struct oriel_vm_connection *connection)
{
	return strstr(connection->uri, ":///") != NULL;
}

bool oriel_vm_connection_is_mock(const struct oriel_vm_connection *connection)
{
	return g_str_has_prefix(connection->uri, "test");
}

bool oriel_vm_connection_listen(struct oriel_vm_connection *connection, oriel_vm_listener listener,
	void *data, GError **error)
{
	if (!oriel_vm_connection_get(connection, error))
		return false;
	deregister_events(connection);
	connection->listener = listener;
	connection->listener_data = data;
	return !listener || register_events(connection, error);
}

virDomainPtr oriel_vm_connection_find(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	virDomainPtr domain;

	if (!handle)
		return NULL;
	domain = virDomainLookupByName(handle, name);
	if (!domain && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN && g_uuid_string_is_valid(name))
		domain = virDomainLookupByUUIDString(handle, name);
	if (domain)
		return domain;
	if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
		oriel_vm_error_set(error, ORIEL_VM_ERROR_NOT_FOUND,
			"there is no virtual machine '%.100s' at %s", name, connection->uri);
	else
		oriel_vm_error_set_libvirt(error, "cannot look for virtual machine '%.100s'", name);
	return NULL;
}
