/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A graphics driver and the window it draws on, one implementation per programming interface:
 * Vulkan, OpenGL. Internal to src/present/gpu.
 *
 * Opened on one thread and then used on another, one at a time: everything that touches gpu or
 * swapchain stands between bind_rt() and unbind_rt().
 */
#ifndef ORIEL_PRESENT_GPU_DEVICE_H
#define ORIEL_PRESENT_GPU_DEVICE_H

#include <libplacebo/gpu.h>
#include <libplacebo/log.h>
#include <libplacebo/swapchain.h>
#include <stdbool.h>

#include "base/error.h"
#include "present/gpu/surface.h"
#include "present/present.h"
#include "window/window.h"

struct oriel_gpu_device {
	const struct oriel_gpu_device_ops *ops;
	pl_log log;
	pl_gpu gpu;
	struct oriel_gpu_surface window;
	pl_swapchain swapchain; /* NULL: the window has no surface */
	char model[256];	/* as the driver calls it */
	char complaint[200];	/* the last thing the driver said against it */
	bool is_opaque;		/* the window, whatever is in the fourth byte of a pixel */
	bool is_processor;	/* that draws */
	bool has_deep_window;	/* one of ten bits a channel can be had */
	bool is_open;		/* complaints are told at once from then on */
	bool is_asked;		/* whether it can do something; to refuse that is no complaint */
};

struct oriel_gpu_device_ops {
	const char *name;
	/* copy_to_window_rt() has an eye on the order of components. */
	bool copies_any_order;

	/* native: of a kind that oriel_gpu_surface_takes(). Blocks on the driver and the display
	 * server. Bound when it returns 0. */
	int (*open)(struct oriel_gpu_device **ret_device, const struct oriel_native *native,
		const struct oriel_present_options *options, struct oriel_error *error);
	/* While bound. NULL is fine. */
	void (*close)(struct oriel_gpu_device *device);

	/* Has texture, of the format bgra8 and still empty, stored as windows of this driver are,
	 * so that one can be copied to the other. While bound. NULL: it is so anyway. */
	void (*store_as_window)(struct oriel_gpu_device *device, pl_tex texture);

	/* Copies a part of a texture to the window, or to the texture that stands for it, without
	 * scaling; both hold the same values, in the same order unless copies_any_order. While
	 * bound. */
	void (*copy_to_window_rt)(
		const struct oriel_gpu_device *device, const struct pl_tex_blit_params *params);

	/* The window gets pictures of ten bits a channel from now on, or of eight. While bound;
	 * with a window that can be had so. False: the device failed. NULL: the window has one
	 * depth. */
	bool (*set_depth)(struct oriel_gpu_device *device, bool is_deep);

	/* The window has this size now. While bound. NULL: it sees that by itself. */
	void (*resize)(struct oriel_gpu_device *device, uint32_t width_px, uint32_t height_px);

	/* The calling thread is the one that uses the device until unbind_rt(). */
	void (*bind_rt)(struct oriel_gpu_device *device);
	void (*unbind_rt)(struct oriel_gpu_device *device);
};

extern const struct oriel_gpu_device_ops oriel_gpu_device_vulkan;
extern const struct oriel_gpu_device_ops oriel_gpu_device_opengl;

/* Until the device has done with buffer. While bound. False: not before deadline_ns. */
bool oriel_gpu_device_wait_rt(pl_gpu gpu, pl_buf buffer, uint64_t deadline_ns);

/* What both begin and end with. */
void oriel_gpu_device_init(struct oriel_gpu_device *device, const struct oriel_gpu_device_ops *ops);
void oriel_gpu_device_finish(struct oriel_gpu_device *device);
/* Fills error: what failed, and the driver's own words for it. Returns -ENODEV. */
int oriel_gpu_device_refuse(
	const struct oriel_gpu_device *device, const char *what, struct oriel_error *error);

#endif
