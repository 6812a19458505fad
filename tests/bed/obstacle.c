/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bed/obstacle.h"

#include "bed/kernel.h"

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
