/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For headless windows: pixels stay in memory. */
#include <errno.h>
#include <stdlib.h>

#include "present/soft/target.h"

static bool takes(const struct oriel_native *native)
{
	return native->kind == ORIEL_NATIVE_HEADLESS;
}

static int create(struct oriel_soft_target **ret_target, const struct oriel_native *native,
	struct oriel_error *error)
{
	struct oriel_soft_target *target = calloc(1, sizeof *target);

	if (!target)
		return oriel_error_set_errno(error, -ENOMEM, "cannot make a picture in memory");
	target->ops = &oriel_soft_target_memory;
	target->format = PIXMAN_x8r8g8b8;
	*ret_target = target;
	return 0;
}

static void destroy(struct oriel_soft_target *target)
{
	if (target)
		free(target->pixels);
	free(target);
}

static int resize(struct oriel_soft_target *target, uint32_t width_px, uint32_t height_px,
	struct oriel_error *error)
{
	size_t pitch_bytes = (size_t)width_px * 4;
	uint8_t *pixels = calloc(height_px, pitch_bytes);

	if (!pixels)
		return oriel_error_set_errno(error, -ENOMEM,
			"cannot make a picture of %u x %u pixels in memory", width_px, height_px);
	free(target->pixels);
	target->pixels = target->buffers[0] = pixels;
	target->buffer_count = 1;
	target->untouched = true;
	target->pitch_bytes = pitch_bytes;
	target->width_px = width_px;
	target->height_px = height_px;
	return 0;
}

static void put_rt(struct oriel_soft_target *target, const struct oriel_rect *rects, uint32_t count)
{
}

static int get_fd(const struct oriel_soft_target *target)
{
	return -1;
}

static int dispatch_rt(struct oriel_soft_target *target)
{
	return 0;
}

const struct oriel_soft_target_ops oriel_soft_target_memory = {
	.name = "memory",
	.takes = takes,
	.create = create,
	.destroy = destroy,
	.resize = resize,
	.put_rt = put_rt,
	.get_fd = get_fd,
	.dispatch_rt = dispatch_rt,
};
