/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a hand-over does to the computer. The real one writes below /sys, loads modules and asks the
 * service manager; a test has one that plays the kernel on a made-up tree.
 *
 * Each call ends: what the kernel does not answer within its time fails with G_IO_ERROR_TIMED_OUT,
 * and goes on in a process of its own that nobody waits for. One thread.
 */
#ifndef ORIEL_HANDOVER_KERNEL_H
#define ORIEL_HANDOVER_KERNEL_H

#include "host/pci.h"

struct oriel_kernel_ops {
	/* attribute: "driver_override" of the device; value NULL empties it. */
	gboolean (*set_override)(void *kernel, const struct oriel_pci_address *address,
		const char *driver, GError **error);
	/* Takes the device's driver away; one without a driver is fine. */
	gboolean (*unbind)(void *kernel, const struct oriel_pci_address *address, GError **error);
	/* Has the kernel look for a driver for a device that has none. */
	gboolean (*probe)(void *kernel, const struct oriel_pci_address *address, GError **error);
	/* name with underscores, from the fixed list of handover.c. */
	gboolean (*load_module)(void *kernel, const char *name, GError **error);
	/* Refused by the kernel while it is used; one that is not loaded is fine. */
	gboolean (*unload_module)(void *kernel, const char *name, GError **error);
	/* unit: of services.h. */
	gboolean (*stop_service)(void *kernel, const char *unit, GError **error);
	gboolean (*start_service)(void *kernel, const char *unit, GError **error);
	/* path: below /sys or /proc, of a tuning's plan. */
	gboolean (*write_file)(void *kernel, const char *path, const char *text, GError **error);
	/* Processors that a unit of the service manager may use, as "0-3"; "": no limit is set.
	 * NULL with error. Free with g_free(). */
	char *(*get_unit_cpus)(void *kernel, const char *unit, GError **error);
	gboolean (*set_unit_cpus)(void *kernel, const char *unit, const char *cpus, GError **error);
	/* Waits a little before it is looked again. */
	void (*pause)(void *kernel, guint ms);
	/* A clock that only goes forward. */
	gint64 (*get_time_ms)(void *kernel);
};

struct oriel_kernel {
	const struct oriel_kernel_ops *ops;
	void *data;
};

/* This computer's. */
extern const struct oriel_kernel oriel_kernel_sysfs;

#endif
