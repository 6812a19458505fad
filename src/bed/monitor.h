/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's monitor (QMP) on a socket pair: for what only a running machine can be asked. Thread: one.
 * Every wait has an end.
 */
#ifndef ORIEL_BED_MONITOR_H
#define ORIEL_BED_MONITOR_H

#include <glib.h>
#include <stdbool.h>

struct oriel_monitor {
	int fd;	      /* ours; -1: none */
	bool is_open; /* QEMU and we have agreed to speak */
};

#define ORIEL_MONITOR_NONE ((struct oriel_monitor){-1, false})

/* *ret_qemu_fd: the other end, which QEMU is to inherit; the caller closes it then. */
bool oriel_monitor_open(struct oriel_monitor *ret_monitor, int *ret_qemu_fd, GError **error);
void oriel_monitor_close(struct oriel_monitor *monitor);

/* A connection to QEMU's SPICE server, one for each channel; owned by the caller. -1 and error set
 * when there is none. */
int oriel_monitor_connect_spice(struct oriel_monitor *monitor, GError **error);

#endif
