/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel drivers that make a dma-buf, which a graphics device reads by itself, of a part of the
 * guest's memory. Internal to src/present; thread: any.
 */
#ifndef ORIEL_PRESENT_MAKER_H
#define ORIEL_PRESENT_MAKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/frame.h"

struct oriel_maker_ops {
	const char *name; /* completes "dma-bufs of " */
	/* NULL: memory is of the kind that it is for; otherwise completes "it is left out, as ". */
	const char *(*refuse)(const struct oriel_memory *memory);
	/* A part of it, in whole pages. 0: *ret_fd is the caller's; or a negative errno. */
	int (*make)(
		const struct oriel_memory *memory, size_t offset_bytes, size_t bytes, int *ret_fd);
};

/* A device of the kvmfr module, which makes them itself. */
extern const struct oriel_maker_ops oriel_maker_kvmfr;
/* The kernel's /dev/udmabuf, of a memfd that cannot shrink: that of an ivshmem-doorbell server. */
extern const struct oriel_maker_ops oriel_maker_udmabuf;

/* Both, ends with NULL. */
extern const struct oriel_maker_ops *const oriel_makers[];

/* The first of makers (ends with NULL) that memory is of the kind for. NULL: none, *ret_refusal is
 * what the last one said. */
const struct oriel_maker_ops *oriel_maker_choose(const struct oriel_maker_ops *const *makers,
	const struct oriel_memory *memory, const char **ret_refusal);

/* The whole pages that a frame lies on. False: not all of them are its memory's. */
bool oriel_maker_get_pages(
	const struct oriel_frame *frame, size_t *ret_offset_bytes, size_t *ret_bytes);

#endif
