/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libplacebo is told of Vulkan's functions: the driver's own, but for a few that stand between
 * the two. Internal to src/present/gpu.
 */
#ifndef ORIEL_PRESENT_GPU_VULKAN_FUNCTIONS_H
#define ORIEL_PRESENT_GPU_VULKAN_FUNCTIONS_H

#include <stdbool.h>
#include <vulkan/vulkan.h>

/* Whether windows are listed with ten bits a channel from now on, or with eight, on this thread. */
void oriel_vulkan_functions_list_deep(bool is_deep);
/* Whether the surface can be had so. After oriel_vulkan_functions_wrap(). */
bool oriel_vulkan_functions_has_deep(VkPhysicalDevice device, VkSurfaceKHR surface);

/* find: the loader's, of which there is one in a process. Returns what to give libplacebo for it.
 */
PFN_vkGetInstanceProcAddr oriel_vulkan_functions_wrap(
	PFN_vkGetInstanceProcAddr find, VkInstance instance);

#endif
