/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <libplacebo/vulkan.h>
#include <stdio.h>
#include <stdlib.h>

#include "present/gpu/device.h"
#include "present/gpu/vulkan_functions.h"

struct vulkan {
	struct oriel_gpu_device base;
	pl_vk_inst instance;
	pl_vulkan vulkan;
	VkSurfaceKHR surface; /* none: there is no window */
	VkPresentModeKHR mode;
};

static const VkPresentModeKHR modes[] = {
	[ORIEL_SWAP_MAILBOX] = VK_PRESENT_MODE_MAILBOX_KHR,
	[ORIEL_SWAP_VSYNC] = VK_PRESENT_MODE_FIFO_KHR,
	[ORIEL_SWAP_IMMEDIATE] = VK_PRESENT_MODE_IMMEDIATE_KHR,
};

static bool open_instance(struct vulkan *vulkan)
{
	const char *extensions[] = {
		VK_KHR_SURFACE_EXTENSION_NAME, vulkan->base.window.ops->vulkan_extension};

	vulkan->instance = pl_vk_inst_create(
		vulkan->base.log, pl_vk_inst_params(.extensions = extensions,
					  .num_extensions = extensions[1] ? 2 : 0));
	return vulkan->instance;
}

static bool open_surface(struct vulkan *vulkan)
{
	return !vulkan->base.window.ops->make_vulkan ||
	       vulkan->base.window.ops->make_vulkan(&vulkan->base.window,
		       vulkan->instance->instance, vulkan->instance->get_proc_addr,
		       &vulkan->surface);
}

static bool open_device(struct vulkan *vulkan, const struct oriel_present_options *options)
{
	vulkan->vulkan = pl_vulkan_create(vulkan->base.log,
		pl_vulkan_params(.instance = vulkan->instance->instance,
			.get_proc_addr = oriel_vulkan_functions_wrap(
				vulkan->instance->get_proc_addr, vulkan->instance->instance),
			.surface = vulkan->surface, .allow_software = !options->hardware_only));
	if (vulkan->vulkan)
		vulkan->base.gpu = vulkan->vulkan->gpu;
	return vulkan->vulkan;
}

static void note_model(struct vulkan *vulkan)
{
	PFN_vkGetPhysicalDeviceProperties get =
		(PFN_vkGetPhysicalDeviceProperties)(void (*)(void))vulkan->instance->get_proc_addr(
			vulkan->instance->instance, "vkGetPhysicalDeviceProperties");
	VkPhysicalDeviceProperties properties;

	get(vulkan->vulkan->phys_device, &properties);
	snprintf(vulkan->base.model, sizeof vulkan->base.model, "%s", properties.deviceName);
	vulkan->base.is_processor = properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
}

/* In Wayland a picture is shown at the next refresh whatever one asks for, and a driver that has
 * them wait for their turn waits without an end where nobody sees the window. */
static VkPresentModeKHR choose_mode(
	const struct vulkan *vulkan, const struct oriel_present_options *options)
{
	bool is_wayland = vulkan->base.window.native.kind == ORIEL_NATIVE_WAYLAND;

	return is_wayland ? VK_PRESENT_MODE_MAILBOX_KHR : modes[options->swap];
}

static bool set_depth(struct oriel_gpu_device *device, bool is_deep)
{
	struct vulkan *vulkan = (struct vulkan *)device;

	pl_swapchain_destroy(&device->swapchain);
	oriel_vulkan_functions_list_deep(is_deep);
	device->swapchain = pl_vulkan_create_swapchain(
		vulkan->vulkan, pl_vulkan_swapchain_params(.surface = vulkan->surface,
					.present_mode = vulkan->mode, .swapchain_depth = 1));
	return device->swapchain;
}

static bool open_swapchain(struct vulkan *vulkan, const struct oriel_present_options *options)
{
	if (!vulkan->surface)
		return true;
	vulkan->mode = choose_mode(vulkan, options);
	vulkan->base.has_deep_window =
		oriel_vulkan_functions_has_deep(vulkan->vulkan->phys_device, vulkan->surface);
	return set_depth(&vulkan->base, false);
}

static void close_surface(struct vulkan *vulkan)
{
	PFN_vkDestroySurfaceKHR unmake;

	if (!vulkan->surface)
		return;
	unmake = (PFN_vkDestroySurfaceKHR)(void (*)(void))vulkan->instance->get_proc_addr(
		vulkan->instance->instance, "vkDestroySurfaceKHR");
	unmake(vulkan->instance->instance, vulkan->surface, NULL);
}

static void close_device(struct oriel_gpu_device *device)
{
	struct vulkan *vulkan = (struct vulkan *)device;

	if (!vulkan)
		return;
	pl_swapchain_destroy(&vulkan->base.swapchain);
	pl_vulkan_destroy(&vulkan->vulkan);
	close_surface(vulkan);
	pl_vk_inst_destroy(&vulkan->instance);
	oriel_gpu_surface_close(&vulkan->base.window);
	oriel_gpu_device_finish(&vulkan->base);
	free(vulkan);
}

static void copy_to_window_rt(
	const struct oriel_gpu_device *device, const struct pl_tex_blit_params *params)
{
	pl_tex_blit(device->gpu, params);
}

static const char *open_parts(struct vulkan *vulkan, const struct oriel_native *native,
	const struct oriel_present_options *options)
{
	if (!oriel_gpu_surface_open(&vulkan->base.window, native))
		return "there is no window";
	if (!open_instance(vulkan))
		return "no driver is installed";
	if (!open_surface(vulkan))
		return "the window cannot be drawn on";
	if (!open_device(vulkan, options))
		return "no device that can draw on the window";
	note_model(vulkan);
	vulkan->base.is_opaque = native->kind != ORIEL_NATIVE_WAYLAND;
	return open_swapchain(vulkan, options) ? NULL : "pictures cannot be put on the window";
}

static int open(struct oriel_gpu_device **ret_device, const struct oriel_native *native,
	const struct oriel_present_options *options, struct oriel_error *error)
{
	struct vulkan *vulkan = calloc(1, sizeof *vulkan);
	const char *failed;
	int result;

	if (!vulkan)
		return oriel_error_set_errno(error, -ENOMEM, "Vulkan");
	oriel_gpu_device_init(&vulkan->base, &oriel_gpu_device_vulkan);
	failed = open_parts(vulkan, native, options);
	if (!failed) {
		vulkan->base.is_open = true;
		*ret_device = &vulkan->base;
		return 0;
	}
	result = oriel_gpu_device_refuse(&vulkan->base, failed, error);
	close_device(&vulkan->base);
	return result;
}

/* Any thread may use it. */
static void bind_rt(struct oriel_gpu_device *device)
{
}

const struct oriel_gpu_device_ops oriel_gpu_device_vulkan = {
	.name = "Vulkan",
	.open = open,
	.close = close_device,
	.copy_to_window_rt = copy_to_window_rt,
	.set_depth = set_depth,
	.bind_rt = bind_rt,
	.unbind_rt = bind_rt,
};
