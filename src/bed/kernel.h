/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Linux kernel that a throw-away guest boots, and its modules. Thread: any. Reads files. */
#ifndef ORIEL_BED_KERNEL_H
#define ORIEL_BED_KERNEL_H

#include <glib.h>

struct oriel_kernel {
	char *release; /* as uname -r says it */
	char *image;   /* path of the kernel, an ELF file or a bzImage */
	char *modules; /* path of the folder with modules.dep */
};

/*
 * Looks for a kernel with modules: in folder as tools/fetch-kernel lays it out (folder may be
 * NULL), then among the installed ones (/boot/vmlinuz-RELEASE with /lib/modules/RELEASE), the
 * running one first. NULL and error set when there is none; the message says how to get one.
 */
struct oriel_kernel *oriel_kernel_find(const char *folder, GError **error);
void oriel_kernel_destroy(struct oriel_kernel *kernel);

/*
 * The files of the modules named and of what they need, in the order in which they have to be
 * loaded, as paths below kernel->modules; modules built into the kernel are left out. NULL and
 * error set when one is unknown.
 */
GPtrArray *oriel_kernel_get_modules(
	const struct oriel_kernel *kernel, const char *const *names, GError **error);

#endif
