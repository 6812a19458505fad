/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which processes have a device open: those whose descriptors point at one of its nodes, or that
 * have one of them mapped. Without rights over other users' processes some cannot be looked into;
 * they are counted, so that "nobody" is never claimed wrongly.
 *
 * One thread; reads /proc once, which takes a few milliseconds per hundred processes.
 */
#ifndef ORIEL_HOST_HOLDERS_H
#define ORIEL_HOST_HOLDERS_H

#include "host/gpu.h"

struct oriel_holder {
	int pid;
	char *command; /* /proc/PID/comm */
	char *node;    /* what it holds: "/dev/dri/card0" */
};

struct oriel_holders {
	GPtrArray *list;  /* struct oriel_holder *, by pid; one per process and node */
	guint unreadable; /* processes that could not be looked into */
};

/* The device nodes of a GPU: DRM, the vendor's own, VFIO, and the sound nodes of its audio
 * function. Elements are char *. */
GPtrArray *oriel_holders_list_nodes(const struct oriel_host *host, const struct oriel_gpu *gpu);
/* nodes: char *; an entry that ends in '*' stands for all that begin so. */
struct oriel_holders *oriel_holders_scan(const struct oriel_host *host, const GPtrArray *nodes);
/* Whether a process of that name (/proc/PID/comm: 15 letters at most) runs. */
gboolean oriel_holders_is_running(const struct oriel_host *host, const char *command);
void oriel_holders_free(struct oriel_holders *holders);

#endif
