/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/present.h"

#include <stddef.h>

const struct oriel_presenter_ops *const oriel_presenters[] = {
	&oriel_presenter_soft,
#ifdef ORIEL_HAVE_GPU
	&oriel_presenter_gpu,
	&oriel_presenter_vulkan,
	&oriel_presenter_opengl,
#endif
	&oriel_presenter_null,
	NULL,
};
