/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/share/format.h"

#include <string.h>

#include <spa/buffer/buffer.h>
#include <spa/param/buffers.h>

/* What stands there is taken for opacity by some. */
#define OPAQUE 0xff000000u
/* Each of two programs may hold some, and one is being filled. */
#define BUFFERS 4
#define BUFFERS_MIN 2
#define BUFFERS_MAX 16
#define RATE 60
#define RATE_MAX 1000

const struct spa_pod *oriel_share_format_offer(
	struct spa_pod_builder *builder, uint32_t width_px, uint32_t height_px)
{
	struct spa_rectangle size = {width_px, height_px};
	/* Pictures come when they change: any rate that a program wants is true enough. */
	struct spa_fraction rate = {RATE, 1}, slowest = {0, 1}, fastest = {RATE_MAX, 1};

	return spa_pod_builder_add_object(builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat,
		SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
		SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format,
		SPA_POD_CHOICE_ENUM_Id(5, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRx,
			SPA_VIDEO_FORMAT_BGRA, SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_RGBA),
		SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
		SPA_POD_CHOICE_RANGE_Fraction(&rate, &slowest, &fastest));
}

const struct spa_pod *oriel_share_format_describe_buffers(
	struct spa_pod_builder *builder, uint32_t width_px, uint32_t height_px)
{
	int32_t stride = (int32_t)width_px * 4;

	return spa_pod_builder_add_object(builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers,
		SPA_PARAM_BUFFERS_buffers,
		SPA_POD_CHOICE_RANGE_Int(BUFFERS, BUFFERS_MIN, BUFFERS_MAX),
		SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
		SPA_POD_Int(stride * (int32_t)height_px), SPA_PARAM_BUFFERS_stride,
		SPA_POD_Int(stride), SPA_PARAM_BUFFERS_dataType,
		SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd | 1 << SPA_DATA_MemPtr));
}

static void copy_bgr(uint32_t *to, const uint32_t *from, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++)
		to[i] = from[i] | OPAQUE;
}

static void copy_rgb(uint32_t *to, const uint32_t *from, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++)
		to[i] = OPAQUE | (from[i] & 0xff00u) | (from[i] & 0xffu) << 16 |
			(from[i] >> 16 & 0xffu);
}

void oriel_share_format_copy(
	uint8_t *to, const struct oriel_tap_slot *slot, enum spa_video_format format)
{
	bool is_bgr = format == SPA_VIDEO_FORMAT_BGRx || format == SPA_VIDEO_FORMAT_BGRA;
	size_t pixels = (size_t)slot->width_px * slot->height_px;
	uint32_t *out = (uint32_t *)(void *)to;
	const uint32_t *in = (const uint32_t *)(const void *)slot->pixels;

	if (is_bgr)
		copy_bgr(out, in, pixels);
	else
		copy_rgb(out, in, pixels);
}
