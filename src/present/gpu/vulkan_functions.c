/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "present/gpu/vulkan_functions.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Of the one loader there is in a process, which sends each call to the driver of its device. */
static PFN_vkGetInstanceProcAddr find_function;
static PFN_vkGetDeviceProcAddr find_of_driver;
static PFN_vkGetPhysicalDeviceSurfaceFormatsKHR list_all_formats;
static PFN_vkDeviceWaitIdle wait_idle;
static PFN_vkDestroySemaphore destroy_now;

/* ---- eight bits or ten --------------------------------------------------------------------------
 *
 * libplacebo takes the format with the most bits that a window can have. For pictures of eight bits
 * that shows nothing more and cannot be copied to: it is told of windows of the bits that are
 * wanted only, where there are such.
 */

#define FORMATS_MAX 256u

static _Thread_local bool lists_deep;

void oriel_vulkan_functions_list_deep(bool is_deep)
{
	lists_deep = is_deep;
}

static bool has_eight_bits(const VkSurfaceFormatKHR *format)
{
	return format->format == VK_FORMAT_B8G8R8A8_UNORM ||
	       format->format == VK_FORMAT_R8G8B8A8_UNORM;
}

/* For the colours that pictures of eight bits have, too. */
static bool has_ten_bits(const VkSurfaceFormatKHR *format)
{
	return format->colorSpace == VK_COLOR_SPACE_SRGB_NONLINEAR_KHR &&
	       (format->format == VK_FORMAT_A2R10G10B10_UNORM_PACK32 ||
		       format->format == VK_FORMAT_A2B10G10R10_UNORM_PACK32);
}

static VKAPI_ATTR VkResult VKAPI_CALL list_formats(
	VkPhysicalDevice device, VkSurfaceKHR surface, uint32_t *count, VkSurfaceFormatKHR *formats)
{
	VkResult result = list_all_formats(device, surface, count, formats);
	uint32_t kept = 0;

	for (uint32_t i = 0; formats && i < *count; i++)
		if (lists_deep ? has_ten_bits(&formats[i]) : has_eight_bits(&formats[i]))
			formats[kept++] = formats[i];
	*count = kept ? kept : *count;
	return result;
}

bool oriel_vulkan_functions_has_deep(VkPhysicalDevice device, VkSurfaceKHR surface)
{
	VkSurfaceFormatKHR formats[FORMATS_MAX];
	uint32_t count = FORMATS_MAX;

	if (list_all_formats(device, surface, &count, formats) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (has_ten_bits(&formats[i]))
			return true;
	return false;
}

/* ---- semaphores ---------------------------------------------------------------------------------
 *
 * Mesa's Vulkan on the processor, 22.3 at least, has a thread that tells the end of a submission
 * before it is done with the semaphores. libplacebo destroys them along with a texture, which with
 * one that is still in use takes the process along or leaves it waiting. That thread has let go of
 * all of them when the device is idle.
 */

static VKAPI_ATTR void VKAPI_CALL destroy_when_idle(
	VkDevice device, VkSemaphore semaphore, const VkAllocationCallbacks *allocator)
{
	if (semaphore)
		wait_idle(device);
	destroy_now(device, semaphore, allocator);
}

/* ---- how they are found -------------------------------------------------------------------------
 */

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL find_for_device(VkDevice device, const char *name);

static const struct {
	const char *name;
	PFN_vkVoidFunction ours;
} wrappers[] = {
	{"vkGetDeviceProcAddr", (PFN_vkVoidFunction)find_for_device},
	{"vkGetPhysicalDeviceSurfaceFormatsKHR", (PFN_vkVoidFunction)list_formats},
	{"vkDestroySemaphore", (PFN_vkVoidFunction)destroy_when_idle},
};

static PFN_vkVoidFunction wrap(const char *name, PFN_vkVoidFunction found)
{
	for (size_t i = 0; found && i < sizeof wrappers / sizeof wrappers[0]; i++)
		if (!strcmp(name, wrappers[i].name))
			return wrappers[i].ours;
	return found;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL find_for_device(VkDevice device, const char *name)
{
	return wrap(name, find_of_driver(device, name));
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL find_for_instance(
	VkInstance instance, const char *name)
{
	return wrap(name, find_function(instance, name));
}

PFN_vkGetInstanceProcAddr oriel_vulkan_functions_wrap(
	PFN_vkGetInstanceProcAddr find, VkInstance instance)
{
	find_function = find;
	find_of_driver = (PFN_vkGetDeviceProcAddr)find(instance, "vkGetDeviceProcAddr");
	list_all_formats = (PFN_vkGetPhysicalDeviceSurfaceFormatsKHR)find(
		instance, "vkGetPhysicalDeviceSurfaceFormatsKHR");
	wait_idle = (PFN_vkDeviceWaitIdle)find(instance, "vkDeviceWaitIdle");
	destroy_now = (PFN_vkDestroySemaphore)find(instance, "vkDestroySemaphore");
	return find_for_instance;
}
