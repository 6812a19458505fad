/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's memory as a buffer of the graphics device, which takes the pixels from there by
 * itself: the pages of a frame, imported as a dma-buf of the kernel's or as memory of this process,
 * whichever the driver takes first.
 *
 * What a driver takes it may still not read, or not read anew when the guest has written again: the
 * first frames that come by an import are looked at on the device and compared. A way that failed
 * once is not tried again before the memory has changed.
 *
 * An import is of one slot of the guest's, made for the first frame that comes to lie there and
 * used for those that follow; it keeps the memory. One thread, with the device bound. Internal to
 * src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_IMPORT_H
#define ORIEL_PRESENT_GPU_IMPORT_H

#include <libplacebo/gpu.h>

#include "base/frame.h"
#include "present/gpu/device.h"
#include "present/maker.h"

/* Two slots of a guest's, and those of the layout before. */
#define ORIEL_GPU_IMPORTS_MAX 4

struct oriel_gpu_import {
	pl_buf buffer; /* NULL: free */
	const struct oriel_memory *memory;
	size_t offset_bytes, bytes; /* of memory, in whole pages */
	uint64_t lease;		    /* of the frame that came last */
	uint32_t checks;	    /* frames that were looked at */
	uint32_t checks_telling;    /* with something to see */
	bool is_read;		    /* the device may still read it */
};

/* Where it is seen what the device reads. */
struct oriel_gpu_bench {
	pl_tex texture;
	pl_buf buffer;
};

struct oriel_gpu_importer {
	const struct oriel_maker_ops *const *makers; /* ends with NULL */
	size_t way;				     /* that is tried; beyond the last: none */
	uint64_t memory_id;			     /* of that memory */
	char name[64];				     /* of the way, once something was imported */
	char refusals[256];			     /* of the ways before */
	struct oriel_gpu_import imports[ORIEL_GPU_IMPORTS_MAX];
	struct oriel_gpu_bench bench;
};

/* makers: for as long as it lives. */
void oriel_gpu_importer_init(
	struct oriel_gpu_importer *importer, const struct oriel_maker_ops *const *makers);
void oriel_gpu_importer_finish(struct oriel_gpu_importer *importer, pl_gpu gpu);

/* Whether nothing is imported of frame's memory for textures of format, as far as is known by now;
 * the words complete "since ". NULL: it is to be tried. */
const char *oriel_gpu_importer_refuses(
	const struct oriel_gpu_importer *importer, const struct oriel_frame *frame, pl_fmt format);

/* The import of a frame that has arrived and was not refused. NULL: there is none, and
 * *ret_refusal says why (NULL: only just now). For one that has to be made or looked at, driver and
 * device may be waited for. */
struct oriel_gpu_import *oriel_gpu_importer_get(struct oriel_gpu_importer *importer,
	struct oriel_gpu_device *device, const struct oriel_frame *frame, pl_fmt format,
	const char **ret_refusal);

/* The import by which that very frame came; NULL: none, or another one came by it since. */
struct oriel_gpu_import *oriel_gpu_importer_find_rt(
	struct oriel_gpu_importer *importer, const struct oriel_frame *frame);
/* Whether the device may still read it. */
bool oriel_gpu_import_is_read_rt(struct oriel_gpu_import *import, pl_gpu gpu);
/* Until the device reads none any more. False: not before deadline_ns. */
bool oriel_gpu_importer_wait_rt(
	struct oriel_gpu_importer *importer, pl_gpu gpu, uint64_t deadline_ns);

#endif
