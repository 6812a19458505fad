/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Display devices with everything that belongs to them: the other functions of their slot, their
 * DRM nodes and outputs. One thread; may block on the file system.
 */
#ifndef ORIEL_HOST_GPU_H
#define ORIEL_HOST_GPU_H

#include "host/pci.h"

struct oriel_gpu_output {
	char *name;	    /* "HDMI-A-1" */
	gboolean connected; /* a monitor is plugged in */
	gboolean enabled;   /* it shows a picture now */
};

struct oriel_gpu {
	const struct oriel_pci_device *device; /* owned by the device list */
	GPtrArray *
		functions; /* const struct oriel_pci_device *: all of the slot, this one included */
	GPtrArray *outputs; /* struct oriel_gpu_output * */
	GPtrArray *nodes;   /* char *: "/dev/dri/card0", "/dev/dri/renderD128" */
	gboolean is_integrated;
	const struct oriel_pci_device *twin; /* another device with the same ids, or NULL */
};

/* Display devices of a list made by oriel_pci_list(), which must outlive the result. Elements are
 * struct oriel_gpu, freed with the array. */
GPtrArray *oriel_gpu_list(const struct oriel_host *host, const GPtrArray *devices);
/* NULL when the list has none at that slot; any function of the slot names it. */
const struct oriel_gpu *oriel_gpu_find(
	const GPtrArray *gpus, const struct oriel_pci_address *address);

gboolean oriel_gpu_is_boot(const struct oriel_gpu *gpu);
/* At least one output with a monitor. */
gboolean oriel_gpu_is_connected(const struct oriel_gpu *gpu);

/* Ordered by how little the host loses by giving the GPU away. */
enum oriel_gpu_fitness {
	ORIEL_GPU_FIT,	    /* recommended */
	ORIEL_GPU_POSSIBLE, /* works, at a price that reason names */
	ORIEL_GPU_UNFIT,    /* only with the user's typed confirmation */
};

/* How fit a GPU is to be handed to a VM. Appends sentences (char *) to ret_reasons. */
enum oriel_gpu_fitness oriel_gpu_rate(
	const struct oriel_gpu *gpu, const GPtrArray *gpus, GPtrArray *ret_reasons);
/* Sentences (char *) against giving that GPU away; empty: none. gpus: of devices. */
GPtrArray *oriel_gpu_list_objections(const struct oriel_host *host, const GPtrArray *devices,
	const GPtrArray *gpus, const struct oriel_gpu *gpu);
/* "recommended"; static. */
const char *oriel_gpu_fitness_get_name(enum oriel_gpu_fitness fitness);

#endif
