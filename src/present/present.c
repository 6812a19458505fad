/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/present.h"

#include <stddef.h>

static int wait_rt(
	void *data, const struct oriel_frame *frame, size_t bytes, size_t *ret_arrived_bytes)
{
	*ret_arrived_bytes = frame->size_bytes;
	return 0;
}

const struct oriel_arrival oriel_present_arrived = {wait_rt, NULL};

const struct oriel_presenter_ops *const oriel_presenters[] = {
	&oriel_presenter_soft,
#ifdef ORIEL_HAVE_WAYLAND
	&oriel_presenter_direct,
#endif
#ifdef ORIEL_HAVE_GPU
	&oriel_presenter_gpu,
	&oriel_presenter_vulkan,
	&oriel_presenter_opengl,
#endif
	&oriel_presenter_null,
	NULL,
};
