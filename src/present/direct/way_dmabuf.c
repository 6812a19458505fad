/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dma-buf covers the pages of one frame, no more: drivers limit how large one may be, and the
 * compositor needs nothing else of the guest's. Whether a graphics device can read it as it lies (a
 * row of 4 x 1366 bytes, say, is not to every device's taste) is known only from the compositor's
 * answer, so that is waited for before the frame is shown.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux-dmabuf-unstable-v1-client-protocol.h>

#include "base/fd.h"
#include "base/time.h"
#include "present/direct/way.h"

/* A compositor that leaves a buffer unanswered for longer is handed the memory otherwise. */
#define ANSWER_LIMIT_NS (250 * ORIEL_NS_PER_MS)

#define DRM_FORMAT_XRGB8888 0x34325258u

static struct oriel_direct_dmabuf *dmabuf_of(const struct oriel_direct_way *way)
{
	return (struct oriel_direct_dmabuf *)way;
}

static const char *get_name(const struct oriel_direct_way *way)
{
	return dmabuf_of(way)->name;
}

static uint32_t to_drm(uint32_t shm_format)
{
	return shm_format == WL_SHM_FORMAT_XRGB8888 ? DRM_FORMAT_XRGB8888 : shm_format;
}

static const char *refuse_format(const struct oriel_direct_way *way, uint32_t format)
{
	uint64_t modifier;

	if (!way->server->dmabuf)
		return "the compositor takes no dma-bufs";
	return oriel_direct_server_has_dmabuf(way->server, to_drm(format), &modifier)
		       ? NULL
		       : "the compositor takes no dma-bufs of its pixel format";
}

static const char *take_memory(struct oriel_direct_way *way, const struct oriel_memory *memory)
{
	struct oriel_direct_dmabuf *dmabuf = dmabuf_of(way);
	const char *refusal = NULL;

	dmabuf->maker = oriel_maker_choose(dmabuf->makers, memory, &refusal);
	if (dmabuf->maker)
		snprintf(dmabuf->name, sizeof dmabuf->name, "dma-bufs of %s", dmabuf->maker->name);
	return refusal;
}

/* ---- the compositor's answer --------------------------------------------------------------------
 */

struct answer {
	bool is_there;
	struct wl_buffer *wl; /* NULL: no */
};

static void on_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *wl)
{
	*(struct answer *)data = (struct answer){true, wl};
}

static void on_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	*(struct answer *)data = (struct answer){true, NULL};
}

static const struct zwp_linux_buffer_params_v1_listener listener = {on_created, on_failed};

/* rest_bytes: where the frame begins in it. */
static struct wl_buffer *hand_over(const struct oriel_direct_dmabuf *dmabuf, int fd,
	uint32_t rest_bytes, const struct oriel_picture *picture, uint32_t format)
{
	const struct oriel_direct_server *server = dmabuf->base.server;
	struct zwp_linux_buffer_params_v1 *params =
		zwp_linux_dmabuf_v1_create_params(server->dmabuf);
	uint64_t modifier = ORIEL_DIRECT_LINEAR;
	struct answer answer = {0};

	oriel_direct_server_has_dmabuf(server, format, &modifier);
	zwp_linux_buffer_params_v1_add_listener(params, &listener, &answer);
	zwp_linux_buffer_params_v1_add(params, fd, 0, rest_bytes, picture->pitch_bytes,
		(uint32_t)(modifier >> 32), (uint32_t)modifier);
	zwp_linux_buffer_params_v1_create(
		params, (int32_t)picture->width_px, (int32_t)picture->height_px, format, 0);
	oriel_direct_server_wait(server, &answer.is_there, dmabuf->answer_limit_ns);
	zwp_linux_buffer_params_v1_destroy(params);
	return answer.wl;
}

static struct wl_buffer *make(struct oriel_direct_way *way, const struct oriel_frame *frame,
	uint32_t format, const char **ret_refusal)
{
	struct oriel_direct_dmabuf *dmabuf = dmabuf_of(way);
	size_t begin = 0, bytes = 0;
	struct wl_buffer *wl;
	int fd ORIEL_FD_AUTO = -1;
	int result = -EINVAL;

	if (oriel_maker_get_pages(frame, &begin, &bytes))
		result = dmabuf->maker->make(frame->memory, begin, bytes, &fd);
	*ret_refusal = dmabuf->refusal;
	if (result) {
		snprintf(dmabuf->refusal, sizeof dmabuf->refusal, "%s makes no dma-buf (%s)",
			dmabuf->maker->name, strerror(-result));
		return NULL;
	}
	wl = hand_over(dmabuf, fd, (uint32_t)(frame->offset_bytes - begin), &frame->picture,
		to_drm(format));
	if (!wl)
		snprintf(dmabuf->refusal, sizeof dmabuf->refusal,
			"the compositor takes no dma-buf of %s", dmabuf->maker->name);
	return wl;
}

/* Each buffer has what it needs. */
static void finish(struct oriel_direct_way *way)
{
	dmabuf_of(way)->maker = NULL;
}

static const struct oriel_direct_way_ops ops = {get_name, refuse_format, take_memory, make, finish};

void oriel_direct_dmabuf_init(struct oriel_direct_dmabuf *dmabuf,
	const struct oriel_direct_server *server, const struct oriel_maker_ops *const *makers)
{
	*dmabuf = (struct oriel_direct_dmabuf){
		.base = {&ops, server}, .makers = makers, .answer_limit_ns = ANSWER_LIMIT_NS};
}
