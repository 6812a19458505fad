/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways in which a compositor is handed the guest's memory: dma-bufs, which its graphics device
 * reads, and a wl_shm pool, which the compositor maps. Internal to src/present/direct; the
 * presenter's thread.
 */
#ifndef ORIEL_PRESENT_DIRECT_WAY_H
#define ORIEL_PRESENT_DIRECT_WAY_H

#include "base/frame.h"
#include "present/maker.h"
#include "present/direct/server.h"

/* Refusals complete "frames are copied, since "; NULL is none. */
struct oriel_direct_way {
	const struct oriel_direct_way_ops *ops;
	const struct oriel_direct_server *server;
};

struct oriel_direct_way_ops {
	/* Of what buffers are made now. Only with a memory that it took. */
	const char *(*get_name)(const struct oriel_direct_way *way);
	/* Of a format, in wl_shm's words, which but for two are DRM's. */
	const char *(*refuse_format)(const struct oriel_direct_way *way, uint32_t format);
	/* The memory of the frames to come, from now on. Looks at it, which may block on the file
	 * system. */
	const char *(*take_memory)(struct oriel_direct_way *way, const struct oriel_memory *memory);
	/* A buffer on a frame of that memory, all of it inside. NULL: not so, *ret_refusal says
	 * why. May wait for the compositor's answer, for a limited time. */
	struct wl_buffer *(*make)(struct oriel_direct_way *way, const struct oriel_frame *frame,
		uint32_t format, const char **ret_refusal);
	/* Buffers that were made stay. Fine on one that took none. */
	void (*finish)(struct oriel_direct_way *way);
};

struct oriel_direct_shm {
	struct oriel_direct_way base;
	struct wl_shm_pool *pool; /* of the whole memory; NULL: none was taken */
};

void oriel_direct_shm_init(struct oriel_direct_shm *shm, const struct oriel_direct_server *server);

struct oriel_direct_dmabuf {
	struct oriel_direct_way base;
	const struct oriel_maker_ops *const *makers;
	const struct oriel_maker_ops *maker; /* for the memory; NULL: none was taken */
	uint64_t answer_limit_ns;	     /* for the compositor's */
	char name[48];
	char refusal[96];
};

/* makers: ends with NULL; for as long as it lives. */
void oriel_direct_dmabuf_init(struct oriel_direct_dmabuf *dmabuf,
	const struct oriel_direct_server *server, const struct oriel_maker_ops *const *makers);

#endif
