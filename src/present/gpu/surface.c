/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/surface.h"

#include <stddef.h>

static const struct oriel_gpu_surface_ops *const kinds[] = {
	&oriel_gpu_surface_headless,
	&oriel_gpu_surface_x11,
#ifdef ORIEL_HAVE_WAYLAND
	&oriel_gpu_surface_wayland,
#endif
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static const struct oriel_gpu_surface_ops *find(const struct oriel_native *native)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->kind == native->kind)
			return kinds[i];
	return NULL;
}

bool oriel_gpu_surface_takes(const struct oriel_native *native)
{
	return find(native);
}

bool oriel_gpu_surface_open(
	struct oriel_gpu_surface *ret_surface, const struct oriel_native *native)
{
	*ret_surface = (struct oriel_gpu_surface){.ops = find(native), .native = *native};
	return ret_surface->ops->open(ret_surface);
}

void oriel_gpu_surface_close(struct oriel_gpu_surface *surface)
{
	if (surface->ops)
		surface->ops->close(surface);
	*surface = (struct oriel_gpu_surface){0};
}
