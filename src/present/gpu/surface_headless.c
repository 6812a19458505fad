/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No window: pictures stay in the device's memory. */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <stddef.h>

#include "present/gpu/surface.h"

static bool open(struct oriel_gpu_surface *surface)
{
	return true;
}

static void close(struct oriel_gpu_surface *surface)
{
}

static void *get_egl_display(const struct oriel_gpu_surface *surface)
{
	return EGL_DEFAULT_DISPLAY;
}

static bool takes_egl_config(
	const struct oriel_gpu_surface *surface, EGLDisplay display, EGLConfig config)
{
	return true;
}

static void *make_egl_window(struct oriel_gpu_surface *surface)
{
	return NULL;
}

const struct oriel_gpu_surface_ops oriel_gpu_surface_headless = {
	.kind = ORIEL_NATIVE_HEADLESS,
	.open = open,
	.close = close,
	.egl_platform = EGL_PLATFORM_SURFACELESS_MESA,
	.get_egl_display = get_egl_display,
	.takes_egl_config = takes_egl_config,
	.make_egl_window = make_egl_window,
};
