/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bed/parts.h"

#include "bed/initramfs.h"

#include <gio/gio.h>

char *guest_find_obstacle(void)
{
	g_autoptr(GError) error = NULL;
	struct oriel_kernel *kernel = oriel_kernel_find(g_getenv("ORIEL_BED_KERNEL"), &error);
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");

	oriel_kernel_destroy(kernel);
	if (!kernel)
		return g_strdup(error->message);
	return qemu ? NULL : g_strdup("there is no qemu-system-x86_64");
}

int guest_pack(const struct oriel_kernel *kernel, const char *const *modules,
	const char *const *programs, GError **error)
{
	g_autoptr(GBytes) init = NULL;
	char *text = NULL;
	gsize size;

	if (!g_file_get_contents(g_getenv("ORIEL_BED_INIT"), &text, &size, error))
		return -1;
	init = g_bytes_new_take(text, size);
	return oriel_initramfs_build(
		&(struct oriel_initramfs_plan){kernel, modules, programs, init}, error);
}
