/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define VK_USE_PLATFORM_XCB_KHR
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <stdlib.h>
#include <xcb/xcb.h>

#include "present/gpu/surface.h"

static void note_visual(struct oriel_gpu_surface *surface)
{
	xcb_get_window_attributes_reply_t *reply = xcb_get_window_attributes_reply(
		surface->connection,
		xcb_get_window_attributes(surface->connection, surface->native.x11.window), NULL);

	surface->visual = reply ? reply->visual : 0;
	free(reply);
}

static bool open(struct oriel_gpu_surface *surface)
{
	surface->connection = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(surface->connection))
		return false;
	note_visual(surface);
	return surface->visual;
}

static void close(struct oriel_gpu_surface *surface)
{
	if (surface->connection)
		xcb_disconnect(surface->connection);
}

static bool make_vulkan(const struct oriel_gpu_surface *surface, VkInstance instance,
	PFN_vkGetInstanceProcAddr get, VkSurfaceKHR *ret_vulkan)
{
	PFN_vkCreateXcbSurfaceKHR make =
		(PFN_vkCreateXcbSurfaceKHR)get(instance, "vkCreateXcbSurfaceKHR");
	VkXcbSurfaceCreateInfoKHR info = {.sType = VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR,
		.connection = surface->connection,
		.window = surface->native.x11.window};

	return make && make(instance, &info, NULL, ret_vulkan) == VK_SUCCESS;
}

static void *get_egl_display(const struct oriel_gpu_surface *surface)
{
	return surface->connection;
}

/* The display takes pictures of the window's own visual only. */
static bool takes_egl_config(
	const struct oriel_gpu_surface *surface, EGLDisplay display, EGLConfig config)
{
	EGLint id = 0;

	eglGetConfigAttrib(display, config, EGL_NATIVE_VISUAL_ID, &id);
	return (uint32_t)id == surface->visual;
}

static void *make_egl_window(struct oriel_gpu_surface *surface)
{
	surface->egl_window = &surface->native.x11.window;
	return surface->egl_window;
}

const struct oriel_gpu_surface_ops oriel_gpu_surface_x11 = {
	.kind = ORIEL_NATIVE_X11,
	.open = open,
	.close = close,
	.vulkan_extension = VK_KHR_XCB_SURFACE_EXTENSION_NAME,
	.make_vulkan = make_vulkan,
	.egl_platform = EGL_PLATFORM_XCB_EXT,
	.get_egl_display = get_egl_display,
	.takes_egl_config = takes_egl_config,
	.make_egl_window = make_egl_window,
};
