/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection to libvirt, which finds its way back after it was lost.
 *
 * A lost connection is opened anew before the next request, and the listeners are registered again.
 * A request that was under way when it was lost is never sent a second time: it fails with
 * ORIEL_VM_ERROR_UNAVAILABLE and says so.
 *
 * One connection belongs to one thread. All functions may block on libvirt; listeners run while the
 * default main context is iterated.
 */
#ifndef ORIEL_VM_CONNECTION_H
#define ORIEL_VM_CONNECTION_H

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

struct oriel_vm_connection;

/* Who tunes this computer for machines of a connection, and sets it back. */
struct oriel_vm_tuner {
	/* definition: the machine's, as libvirt writes it. */
	bool (*tune)(
		struct oriel_vm_connection *connection, const char *definition, GError **error);
	/* A machine that nothing is tuned for any more is fine. */
	bool (*untune)(const char *name, GError **error);
};

/* What happened to a machine. */
struct oriel_vm_event {
	const char *name; /* borrowed for the time of the call */
	const char *uuid; /* likewise */
	int kind;	  /* virDomainEventType, or ORIEL_VM_EVENT_REBOOTED */
	int detail;	  /* libvirt's detail of that kind */
};

#define ORIEL_VM_EVENT_REBOOTED 1000

typedef void (*oriel_vm_listener)(const struct oriel_vm_event *event, void *data);

/* uri: qemu:///system, qemu:///session, qemu:///embed?root=DIR, test:///default,
 * qemu+ssh://HOST/system and the like; NULL means qemu:///system. NULL and error set when it cannot
 * be opened; the message then says how to get libvirt running on this system. */
struct oriel_vm_connection *oriel_vm_connection_open(const char *uri, GError **error);
/* NULL is fine. */
void oriel_vm_connection_close(struct oriel_vm_connection *connection);

/* libvirt's handle, opened anew where it was lost. Borrowed: ask again before each request. */
virConnectPtr oriel_vm_connection_get(struct oriel_vm_connection *connection, GError **error);

/* How often it was opened anew. */
unsigned int oriel_vm_connection_get_reopened(const struct oriel_vm_connection *connection);
const char *oriel_vm_connection_get_uri(const struct oriel_vm_connection *connection);
/* The machines run on this computer, so that files and devices named in definitions are ours to
 * see. */
bool oriel_vm_connection_is_local(const struct oriel_vm_connection *connection);
/* test:///default and its like: a driver that only plays virtual machines. */
bool oriel_vm_connection_is_mock(const struct oriel_vm_connection *connection);

/* Borrowed for ever. NULL at first: machines that want tuning are refused their start. */
void oriel_vm_connection_set_tuner(
	struct oriel_vm_connection *connection, const struct oriel_vm_tuner *tuner);
const struct oriel_vm_tuner *oriel_vm_connection_get_tuner(
	const struct oriel_vm_connection *connection);

/* At most one listener at a time; NULL removes it. It outlives a lost connection. */
bool oriel_vm_connection_listen(struct oriel_vm_connection *connection, oriel_vm_listener listener,
	void *data, GError **error);

/* The machine of that name, or of that UUID. Owned by the caller (virDomainFree). */
virDomainPtr oriel_vm_connection_find(
	struct oriel_vm_connection *connection, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)

#endif
