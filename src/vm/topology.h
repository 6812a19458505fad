/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the host's processors a machine's virtual processors are pinned to: whole cores with
 * their threads side by side, behind one L3 cache where they fit, near the GPU, and never all of
 * the host.
 *
 * Thread: any. Reads /sys.
 */
#ifndef ORIEL_VM_TOPOLOGY_H
#define ORIEL_VM_TOPOLOGY_H

#include <glib.h>

struct oriel_vm_pinning {
	guint threads;	 /* of one core, as the guest should see it */
	GArray *cpus;	 /* guint: host processor of virtual processor 0, 1, ... */
	char *host_cpus; /* what is left to the host, as "0-1,8": for the emulator's own threads */
	int node;	 /* the memory of all of them; -1 when they are spread */
};

/* sysfs: "/sys" or a recorded tree. near_node: the GPU's NUMA node, -1 where there is none. NULL
 * and REFUSED when so many do not fit beside the host's own two (one on small computers) cores. */
struct oriel_vm_pinning *oriel_vm_topology_plan(
	const char *sysfs, guint cpus, int near_node, GError **error);
void oriel_vm_pinning_free(struct oriel_vm_pinning *pinning);

#endif
