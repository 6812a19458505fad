/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a machine, by libvirt: look, start, pause, stop and so on. Each request is checked
 * against the state machine (vm/state.h) before libvirt is asked.
 *
 * Thread: the connection's. Blocks on libvirt; functions that wait iterate the default main context
 * until their wall-clock end.
 */
#ifndef ORIEL_VM_RUN_H
#define ORIEL_VM_RUN_H

#include "vm/connection.h"
#include "vm/state.h"

#include <gio/gio.h>

struct oriel_vm_info {
	char *name, *uuid, *title;
	enum oriel_vm_state state;
	guint64 memory_bytes;
	guint cpus;
	bool autostart;
	guint gpus;	   /* PCI devices of the host given to it */
	const char *relay; /* "none", "plain", "doorbell", "kvmfr" */
	guint64 relay_bytes;
	char *relay_name;
	char *relay_path; /* what a viewer opens: a file, a device, or the server's socket */
	char *profile;
	guint tune;	  /* bits 1 << enum oriel_tuning (host/tunings.h) */
	GPtrArray *disks; /* char * */
	bool ours;	  /* Oriel's settings are in its metadata */
};

/* What the list needs, and only that: no definition is read. Sorted by name. Owned by the caller
 * (struct oriel_vm_info *). */
GPtrArray *oriel_vm_run_list(struct oriel_vm_connection *connection, GError **error);
/* Everything. */
struct oriel_vm_info *oriel_vm_run_look(
	struct oriel_vm_connection *connection, const char *name, GError **error);
void oriel_vm_info_free(struct oriel_vm_info *info);

struct oriel_vm_start_options {
	bool paused;
	const char *sysfs; /* "/sys" */
	/* Has vfio-pci drive that GPU ("0000:01:00.0") with its whole slot, for that machine.
	 * NULL: a machine whose GPU is not handed over yet is refused. */
	bool (*hand_over)(const char *gpu, const char *vm, GError **error);
	/* Takes it home again where the machine does not start. */
	void (*take_home)(const char *gpu);
	/* Starts the server of a doorbell machine's memory, or takes one that has that size;
	 * returns once it serves. NULL: refused. */
	bool (*serve)(const char *socket, guint64 size_bytes, const void *data, GError **error);
	/* Starts the process that sees to the machine until it is off (journal_fd: see
	 * vm/journal.h), and hands it the run's journal; returns once it has noted that it does.
	 * NULL: what the run had made is cleared away by the first command after its end. */
	bool (*supervise)(const char *uuid, int journal_fd, const void *data, GError **error);
	const void *data; /* for serve and supervise */
};

/* Shared memory, then the devices, then the machine, then its supervisor; on failure
 * everything before the failed step is taken back. */
bool oriel_vm_run_start(struct oriel_vm_connection *connection, const char *name,
	const struct oriel_vm_start_options *options, GError **error);

/* False also where libvirt does not answer. */
bool oriel_vm_run_is_off(struct oriel_vm_connection *connection, const char *uuid);
/* Waits until the machine is off, by events, through lost connections. False: cancelled. */
bool oriel_vm_run_wait_until_off(
	struct oriel_vm_connection *connection, const char *uuid, GCancellable *cancellable);
/* After its end: waits until its supervisor has taken everything down, at most ten seconds, and
 * clears away what a supervisor that was killed had left. */
void oriel_vm_run_settle(struct oriel_vm_connection *connection, const char *uuid);

bool oriel_vm_run_pause(struct oriel_vm_connection *connection, const char *name, GError **error);
bool oriel_vm_run_resume(struct oriel_vm_connection *connection, const char *name, GError **error);
bool oriel_vm_run_reset(struct oriel_vm_connection *connection, const char *name, GError **error);
bool oriel_vm_run_reboot(struct oriel_vm_connection *connection, const char *name, GError **error);

/* Presses the power button and waits; TIMED_OUT when the guest is still up then: it is never
 * forced. */
bool oriel_vm_run_stop(struct oriel_vm_connection *connection, const char *name, guint timeout_s,
	GCancellable *cancellable, GError **error);
/* Pulls the plug. */
bool oriel_vm_run_force_stop(
	struct oriel_vm_connection *connection, const char *name, GError **error);

bool oriel_vm_run_set_autostart(
	struct oriel_vm_connection *connection, const char *name, bool on, GError **error);

/* A picture of the guest's first screen, written to path in the format libvirt gives; ret_type: its
 * MIME type, owned by the caller. path must be free. */
bool oriel_vm_run_screenshot(struct oriel_vm_connection *connection, const char *name,
	const char *path, char **ret_type, GError **error);

/* The machine, checked for the request. Owned by the caller. */
virDomainPtr oriel_vm_run_find_for(struct oriel_vm_connection *connection, const char *name,
	enum oriel_vm_request request, GError **error);
enum oriel_vm_state oriel_vm_run_get_state(virDomainPtr domain);
/* The definition for the next start, as a tree. */
struct _xmlDoc *oriel_vm_run_get_definition(virDomainPtr domain, GError **error);

#endif
