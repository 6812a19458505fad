/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a device draws on, one implementation per window system: what Vulkan and EGL have to be told
 * of a window. Internal to src/present/gpu; no driver is loaded by it.
 */
#ifndef ORIEL_PRESENT_GPU_SURFACE_H
#define ORIEL_PRESENT_GPU_SURFACE_H

#include <EGL/egl.h>
#include <stdbool.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

#include "window/window.h"

struct oriel_gpu_surface {
	const struct oriel_gpu_surface_ops *ops;
	struct oriel_native native;
	void *connection;		/* of its own, or NULL */
	void *egl_window;		/* NULL: none was made */
	uint32_t visual;		/* of an X11 window */
	struct wl_event_queue *queue;	/* Wayland: of its own */
	struct wl_display *display;	/* likewise: what it makes is on the queue */
	struct wl_callback *taken_over; /* likewise: to come; NULL: it has */
};

struct oriel_gpu_surface_ops {
	enum oriel_native_kind kind;

	/* native is there. False: there is no window. */
	bool (*open)(struct oriel_gpu_surface *surface);
	void (*close)(struct oriel_gpu_surface *surface);

	/* A picture was put on the window. It is busy until the display server has heard of it: its
	 * drivers have room for few pictures, and drop those that come too fast. Never blocks.
	 * NULL, all three: it does not get busy. */
	void (*note_put_rt)(struct oriel_gpu_surface *surface);
	bool (*is_busy_rt)(const struct oriel_gpu_surface *surface);
	/* 0, or -EPIPE: the display is gone. */
	int (*dispatch_rt)(struct oriel_gpu_surface *surface);

	/* NULL: there is nothing to draw on. */
	const char *vulkan_extension;
	bool (*make_vulkan)(const struct oriel_gpu_surface *surface, VkInstance instance,
		PFN_vkGetInstanceProcAddr get, VkSurfaceKHR *ret_vulkan);

	EGLenum egl_platform;
	void *(*get_egl_display)(const struct oriel_gpu_surface *surface);
	/* Whether pictures of this configuration can be shown as they are. */
	bool (*takes_egl_config)(
		const struct oriel_gpu_surface *surface, EGLDisplay display, EGLConfig config);
	/* What eglCreatePlatformWindowSurface() wants. NULL: there is nothing to draw on, or no
	 * memory. */
	void *(*make_egl_window)(struct oriel_gpu_surface *surface);
	/* EGL does not look by itself how large the window is. NULL: it does. */
	void (*resize_egl_window)(
		struct oriel_gpu_surface *surface, uint32_t width_px, uint32_t height_px);
};

/* Whether one of the implementations knows windows of this kind. */
bool oriel_gpu_surface_takes(const struct oriel_native *native);
/* Of a kind that it takes. False: there is no window. */
bool oriel_gpu_surface_open(
	struct oriel_gpu_surface *ret_surface, const struct oriel_native *native);
/* A zeroed one is fine. */
void oriel_gpu_surface_close(struct oriel_gpu_surface *surface);

extern const struct oriel_gpu_surface_ops oriel_gpu_surface_headless;
extern const struct oriel_gpu_surface_ops oriel_gpu_surface_x11;
extern const struct oriel_gpu_surface_ops oriel_gpu_surface_wayland;

#endif
