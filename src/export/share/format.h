/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pixel formats of a shared picture, as PipeWire names them. Pure. */
#ifndef ORIEL_EXPORT_SHARE_FORMAT_H
#define ORIEL_EXPORT_SHARE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <spa/param/video/format-utils.h>

#include "export/tap.h"

/* What pictures of this size are offered as. Builds into builder's memory. */
const struct spa_pod *oriel_share_format_offer(
	struct spa_pod_builder *builder, uint32_t width_px, uint32_t height_px);
/* What buffers hold such pictures in. */
const struct spa_pod *oriel_share_format_describe_buffers(
	struct spa_pod_builder *builder, uint32_t width_px, uint32_t height_px);
/* The whole picture into rows of slot's width without a gap. format: one of those offered. */
void oriel_share_format_copy(
	uint8_t *to, const struct oriel_tap_slot *slot, enum spa_video_format format);

#endif
