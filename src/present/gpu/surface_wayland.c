/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers attach and commit by themselves, on queues of their own of the window's connection.
 */
#define VK_USE_PLATFORM_WAYLAND_KHR
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <errno.h>
#include <wayland-client.h>
#include <wayland-egl-core.h>

#include "present/gpu/surface.h"

static bool open(struct oriel_gpu_surface *surface)
{
	surface->queue = wl_display_create_queue(surface->native.wayland.display);
	if (surface->queue)
		surface->display = wl_proxy_create_wrapper(surface->native.wayland.display);
	if (surface->display)
		wl_proxy_set_queue((struct wl_proxy *)surface->display, surface->queue);
	return surface->display;
}

static void close(struct oriel_gpu_surface *surface)
{
	if (surface->egl_window)
		wl_egl_window_destroy(surface->egl_window);
	if (surface->taken_over)
		wl_callback_destroy(surface->taken_over);
	if (surface->display)
		wl_proxy_wrapper_destroy(surface->display);
	if (surface->queue)
		wl_event_queue_destroy(surface->queue);
}

/* ---- at the compositor's pace -------------------------------------------------------------------
 */

static void on_taken_over(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct oriel_gpu_surface *surface = data;

	wl_callback_destroy(callback);
	surface->taken_over = NULL;
}

static const struct wl_callback_listener callback_listener = {on_taken_over};

/* Its answer comes after the releases of the pictures before. */
static void note_put_rt(struct oriel_gpu_surface *surface)
{
	if (surface->taken_over)
		return;
	surface->taken_over = wl_display_sync(surface->display);
	if (surface->taken_over)
		wl_callback_add_listener(surface->taken_over, &callback_listener, surface);
	wl_display_flush(surface->native.wayland.display);
}

static bool is_busy_rt(const struct oriel_gpu_surface *surface)
{
	return surface->taken_over;
}

/* The window reads the connection. */
static int dispatch_rt(struct oriel_gpu_surface *surface)
{
	struct wl_display *display = surface->native.wayland.display;

	return wl_display_dispatch_queue_pending(display, surface->queue) < 0 ? -EPIPE : 0;
}

/* ---- what the drivers want ----------------------------------------------------------------------
 */

static bool make_vulkan(const struct oriel_gpu_surface *surface, VkInstance instance,
	PFN_vkGetInstanceProcAddr get, VkSurfaceKHR *ret_vulkan)
{
	PFN_vkCreateWaylandSurfaceKHR make =
		(PFN_vkCreateWaylandSurfaceKHR)get(instance, "vkCreateWaylandSurfaceKHR");
	VkWaylandSurfaceCreateInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR,
		.display = surface->native.wayland.display,
		.surface = surface->native.wayland.surface};

	return make && make(instance, &info, NULL, ret_vulkan) == VK_SUCCESS;
}

static void *get_egl_display(const struct oriel_gpu_surface *surface)
{
	return surface->native.wayland.display;
}

/* The guest's fourth byte has no meaning: the compositor must not take it for how much of the
 * desktop is to shine through. */
static bool takes_egl_config(
	const struct oriel_gpu_surface *surface, EGLDisplay display, EGLConfig config)
{
	EGLint red = 0, alpha = 0;

	eglGetConfigAttrib(display, config, EGL_RED_SIZE, &red);
	eglGetConfigAttrib(display, config, EGL_ALPHA_SIZE, &alpha);
	return red == 8 && !alpha;
}

/* It gets its size before anything is drawn. */
static void *make_egl_window(struct oriel_gpu_surface *surface)
{
	surface->egl_window = wl_egl_window_create(surface->native.wayland.surface, 1, 1);
	return surface->egl_window;
}

static void resize_egl_window(
	struct oriel_gpu_surface *surface, uint32_t width_px, uint32_t height_px)
{
	wl_egl_window_resize(surface->egl_window, (int)width_px, (int)height_px, 0, 0);
}

const struct oriel_gpu_surface_ops oriel_gpu_surface_wayland = {
	.kind = ORIEL_NATIVE_WAYLAND,
	.open = open,
	.close = close,
	.note_put_rt = note_put_rt,
	.is_busy_rt = is_busy_rt,
	.dispatch_rt = dispatch_rt,
	.vulkan_extension = VK_KHR_WAYLAND_SURFACE_EXTENSION_NAME,
	.make_vulkan = make_vulkan,
	.egl_platform = EGL_PLATFORM_WAYLAND_EXT,
	.get_egl_display = get_egl_display,
	.takes_egl_config = takes_egl_config,
	.make_egl_window = make_egl_window,
	.resize_egl_window = resize_egl_window,
};
