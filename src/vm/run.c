/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/run.h"

#include "base/fd.h"
#include "vm/definition.h"
#include "vm/error.h"
#include "vm/journal.h"
#include "vm/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- looking -------------------------------------------------------------------------------- */

enum oriel_vm_state oriel_vm_run_get_state(virDomainPtr domain)
{
	int state = VIR_DOMAIN_NOSTATE;

	virDomainGetState(domain, &state, NULL, 0);
	return state < ORIEL_VM_STATE_COUNT ? (enum oriel_vm_state)state : ORIEL_VM_NOSTATE;
}

xmlDoc *oriel_vm_run_get_definition(virDomainPtr domain, GError **error)
{
	g_autofree char *what = g_strdup_printf("the definition of '%s'", virDomainGetName(domain));
	char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
	xmlDoc *document;

	if (!text) {
		oriel_vm_error_set_libvirt(error, "cannot read %s", what);
		return NULL;
	}
	document = oriel_vm_tree_parse(text, what, error);
	free(text);
	return document;
}

static struct oriel_vm_info *make_info(virDomainPtr domain)
{
	struct oriel_vm_info *info = g_new0(struct oriel_vm_info, 1);

	info->name = g_strdup(virDomainGetName(domain));
	info->state = oriel_vm_run_get_state(domain);
	return info;
}

void oriel_vm_info_free(struct oriel_vm_info *info)
{
	if (!info)
		return;
	g_free(info->name);
	g_free(info->uuid);
	g_free(info->title);
	g_free(info->relay_name);
	g_free(info->relay_path);
	g_free(info->profile);
	g_clear_pointer(&info->disks, g_ptr_array_unref);
	g_free(info);
}

static int compare_infos(const void *a, const void *b)
{
	const struct oriel_vm_info *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

GPtrArray *oriel_vm_run_list(struct oriel_vm_connection *connection, GError **error)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, error);
	virDomainPtr *domains = NULL;
	GPtrArray *list;
	int count;

	if (!handle)
		return NULL;
	count = virConnectListAllDomains(handle, &domains, 0);
	if (count < 0) {
		oriel_vm_error_set_libvirt(error, "cannot list the machines at %s",
			oriel_vm_connection_get_uri(connection));
		return NULL;
	}
	list = g_ptr_array_new_with_free_func((GDestroyNotify)oriel_vm_info_free);
	for (int i = 0; i < count; i++) {
		g_ptr_array_add(list, make_info(domains[i]));
		virDomainFree(domains[i]);
	}
	free(domains);
	g_ptr_array_sort(list, compare_infos);
	return list;
}

static char *get_relay_path(const struct oriel_vm_relay_facts *relay)
{
	if (relay->server)
		return g_strdup(relay->server);
	if (relay->kind == ORIEL_VM_RELAY_KVMFR)
		return g_strdup(relay->name);
	return relay->name ? oriel_vm_shm_get_path(relay->name) : NULL;
}

static void read_definition(struct oriel_vm_info *info, xmlDoc *document)
{
	g_autoptr(GArray) hostdevs = oriel_vm_definition_list_hostdevs(document, false);
	xmlNode *own = oriel_vm_tree_get_own(document, false);
	struct oriel_vm_relay_facts relay;

	info->title =
		oriel_vm_tree_read_text(oriel_vm_tree_get(xmlDocGetRootElement(document), "title"));
	info->gpus = hostdevs->len;
	info->disks = oriel_vm_definition_list_disks(document);
	info->ours = own != NULL;
	info->profile = oriel_vm_tree_read(own, "profile");
	info->tune = oriel_vm_definition_read_tune(document);
	oriel_vm_definition_read_relay(document, &relay);
	info->relay = oriel_vm_relay_get_name(relay.kind);
	info->relay_bytes = relay.size_bytes;
	info->relay_path = get_relay_path(&relay);
	info->relay_name = g_steal_pointer(&relay.name);
	oriel_vm_relay_facts_finish(&relay);
}

struct oriel_vm_info *oriel_vm_run_look(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);
	g_autoptr(xmlDoc) document = domain ? oriel_vm_run_get_definition(domain, error) : NULL;
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	struct oriel_vm_info *info;
	virDomainInfo facts = {0};
	int autostart = 0;

	if (!document)
		return NULL;
	info = make_info(domain);
	virDomainGetUUIDString(domain, uuid);
	virDomainGetInfo(domain, &facts);
	virDomainGetAutostart(domain, &autostart);
	info->uuid = g_strdup(uuid);
	info->memory_bytes = (guint64)facts.maxMem * 1024;
	info->cpus = facts.nrVirtCpu;
	info->autostart = autostart;
	read_definition(info, document);
	return info;
}

virDomainPtr oriel_vm_run_find_for(struct oriel_vm_connection *connection, const char *name,
	enum oriel_vm_request request, GError **error)
{
	virDomainPtr domain = oriel_vm_connection_find(connection, name, error);
	struct oriel_vm_life life;

	if (!domain)
		return NULL;
	oriel_vm_life_init(&life, virDomainGetName(domain), oriel_vm_run_get_state(domain));
	if (!oriel_vm_life_check(&life, request, error))
		g_clear_pointer(&domain, virDomainFree);
	oriel_vm_life_finish(&life);
	return domain;
}

/* ---- one call each -------------------------------------------------------------------------- */

static bool pause_domain(virDomainPtr domain)
{
	return virDomainSuspend(domain) == 0;
}

static bool resume_domain(virDomainPtr domain)
{
	if (oriel_vm_run_get_state(domain) == ORIEL_VM_PMSUSPENDED)
		return virDomainPMWakeup(domain, 0) == 0;
	return virDomainResume(domain) == 0;
}

static bool reset_domain(virDomainPtr domain)
{
	return virDomainReset(domain, 0) == 0;
}

static bool reboot_domain(virDomainPtr domain)
{
	return virDomainReboot(domain, 0) == 0;
}

/* A guest may end by itself just then: that is what was asked for. */
static bool destroy_domain(virDomainPtr domain)
{
	return virDomainDestroy(domain) == 0 || virDomainIsActive(domain) == 0;
}

static bool request(struct oriel_vm_connection *connection, const char *name,
	enum oriel_vm_request what, const char *verb, bool (*call)(virDomainPtr domain),
	GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_run_find_for(connection, name, what, error);

	if (!domain)
		return false;
	return call(domain) || oriel_vm_error_set_libvirt(error, "cannot %s '%s'", verb, name);
}

bool oriel_vm_run_pause(struct oriel_vm_connection *connection, const char *name, GError **error)
{
	return request(connection, name, ORIEL_VM_PAUSE, "pause", pause_domain, error);
}

bool oriel_vm_run_resume(struct oriel_vm_connection *connection, const char *name, GError **error)
{
	return request(connection, name, ORIEL_VM_RESUME, "resume", resume_domain, error);
}

bool oriel_vm_run_reset(struct oriel_vm_connection *connection, const char *name, GError **error)
{
	return request(connection, name, ORIEL_VM_RESET, "reset", reset_domain, error);
}

bool oriel_vm_run_reboot(struct oriel_vm_connection *connection, const char *name, GError **error)
{
	return request(connection, name, ORIEL_VM_REBOOT, "reboot", reboot_domain, error);
}

/* What this machine's run had made outside of libvirt. A file that another machine maps stays:
 * libvirt leaves it to us, and an open mapping keeps its memory anyway. */
static void clear_relay(virDomainPtr domain)
{
	g_autoptr(xmlDoc) document = oriel_vm_run_get_definition(domain, NULL);
	struct oriel_vm_relay_facts relay;

	if (!document)
		return;
	oriel_vm_definition_read_relay(document, &relay);
	if (relay.kind == ORIEL_VM_RELAY_PLAIN && oriel_vm_tree_get_own(document, false))
		oriel_vm_shm_delete(relay.name, NULL);
	oriel_vm_relay_facts_finish(&relay);
}

void oriel_vm_run_settle(struct oriel_vm_connection *connection, const char *uuid)
{
	oriel_vm_journal_commit(oriel_vm_journal_begin_run(connection, uuid, NULL));
}

static void clear_up(struct oriel_vm_connection *connection, virDomainPtr domain)
{
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	g_autoptr(virDomain) now = NULL;

	if (!oriel_vm_connection_is_local(connection))
		return;
	virDomainGetUUIDString(domain, uuid);
	oriel_vm_run_settle(connection, uuid);
	/* That handle may be one of a connection that was lost meanwhile. */
	now = oriel_vm_connection_find(connection, uuid, NULL);
	if (now)
		clear_relay(now);
}

bool oriel_vm_run_force_stop(
	struct oriel_vm_connection *connection, const char *name, GError **error)
{
	g_autoptr(virDomain) domain = NULL;

	if (!request(connection, name, ORIEL_VM_FORCE_STOP, "force off", destroy_domain, error))
		return false;
	domain = oriel_vm_connection_find(connection, name, NULL);
	if (domain)
		clear_up(connection, domain);
	return true;
}

bool oriel_vm_run_set_autostart(
	struct oriel_vm_connection *connection, const char *name, bool on, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_connection_find(connection, name, error);

	if (!domain)
		return false;
	return virDomainSetAutostart(domain, on) == 0 ||
	       oriel_vm_error_set_libvirt(error, "cannot change the autostart of '%s'", name);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Between events the state is asked for: some drivers tell of a change late or not at all. */
#define LOOK_AGAIN_MS 250

static gboolean wake(void *data)
{
	return G_SOURCE_CONTINUE;
}

bool oriel_vm_run_is_off(struct oriel_vm_connection *connection, const char *uuid)
{
	virConnectPtr handle = oriel_vm_connection_get(connection, NULL);
	g_autoptr(virDomain) domain = handle ? virDomainLookupByUUIDString(handle, uuid) : NULL;

	if (domain)
		return virDomainIsActive(domain) == 0;
	return handle && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

/* A lost connection is opened again on the way: that it was lost says nothing about the machine. */
static bool wait_for_end(struct oriel_vm_connection *connection, virDomainPtr domain,
	guint timeout_s, GCancellable *cancellable, GError **error)
{
	gint64 end_us = g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC;
	guint timer = g_timeout_add(LOOK_AGAIN_MS, wake, NULL);
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	bool is_off;

	virDomainGetUUIDString(domain, uuid);
	while (!(is_off = oriel_vm_run_is_off(connection, uuid)) &&
		g_get_monotonic_time() < end_us && !g_cancellable_is_cancelled(cancellable))
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	if (is_off)
		return true;
	if (g_cancellable_is_cancelled(cancellable))
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_CANCELLED,
			"no longer waiting for the end of '%s'", virDomainGetName(domain));
	return oriel_vm_error_set(error, ORIEL_VM_ERROR_TIMED_OUT,
		"the guest in '%s' did not shut down within %u s; wait longer with --timeout, or "
		"pull the plug with --force",
		virDomainGetName(domain), timeout_s);
}

static void on_event(const struct oriel_vm_event *event, void *data)
{
}

#define LOOK_AT_LEAST_S 5

bool oriel_vm_run_wait_until_off(
	struct oriel_vm_connection *connection, const char *uuid, GCancellable *cancellable)
{
	guint timer = g_timeout_add_seconds(LOOK_AT_LEAST_S, wake, NULL);
	bool is_off;

	/* An event only wakes the loop. Where the connection is lost, it is registered again with
	 * the next one. */
	oriel_vm_connection_listen(connection, on_event, NULL, NULL);
	while (!(is_off = oriel_vm_run_is_off(connection, uuid)) &&
		!g_cancellable_is_cancelled(cancellable))
		g_main_context_iteration(NULL, TRUE);
	oriel_vm_connection_listen(connection, NULL, NULL, NULL);
	g_source_remove(timer);
	return is_off;
}

bool oriel_vm_run_stop(struct oriel_vm_connection *connection, const char *name, guint timeout_s,
	GCancellable *cancellable, GError **error)
{
	g_autoptr(virDomain) domain = oriel_vm_run_find_for(connection, name, ORIEL_VM_STOP, error);

	if (!domain)
		return false;
	if (oriel_vm_run_get_state(domain) != ORIEL_VM_SHUTDOWN && virDomainShutdown(domain) < 0)
		return oriel_vm_error_set_libvirt(error, "cannot ask '%s' to shut down", name);
	if (!wait_for_end(connection, domain, timeout_s, cancellable, error))
		return false;
	clear_up(connection, domain);
	return true;
}

/* ---- a picture ------------------------------------------------------------------------------ */

static int write_chunk(virStreamPtr stream, const char *bytes, size_t count, void *data)
{
	return oriel_fd_write_all(*(int *)data, bytes, count) ? -1 : (int)count;
}

static bool receive(
	virDomainPtr domain, virStreamPtr stream, int fd, char **ret_type, GError **error)
{
	const char *name = virDomainGetName(domain);
	char *type = virDomainScreenshot(domain, stream, 0, 0);

	if (!type)
		return oriel_vm_error_set_libvirt(error, "cannot take a picture of '%s'", name);
	*ret_type = g_strdup(type);
	free(type);
	if (virStreamRecvAll(stream, write_chunk, &fd) == 0 && virStreamFinish(stream) == 0)
		return true;
	g_clear_pointer(ret_type, g_free);
	return oriel_vm_error_set_libvirt(error, "the picture of '%s' did not arrive whole", name);
}

bool oriel_vm_run_screenshot(struct oriel_vm_connection *connection, const char *name,
	const char *path, char **ret_type, GError **error)
{
	g_autoptr(virDomain) domain =
		oriel_vm_run_find_for(connection, name, ORIEL_VM_SCREENSHOT, error);
	int fd ORIEL_FD_AUTO = -1;
	virStreamPtr stream;
	bool ok;

	if (!domain)
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return oriel_vm_error_set(error, ORIEL_VM_ERROR_REFUSED, "cannot write %s: %s",
			path, g_strerror(errno));
	stream = virStreamNew(virDomainGetConnect(domain), 0);
	ok = stream && receive(domain, stream, fd, ret_type, error);
	if (stream)
		virStreamFree(stream);
	if (!ok)
		unlink(path);
	return ok;
}
