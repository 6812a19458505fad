/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an initramfs is told to load vfio-pci before the drivers of GPUs. One table entry each. */
#ifndef ORIEL_BIND_INITRAMFS_H
#define ORIEL_BIND_INITRAMFS_H

#include "bind/plan.h"

struct oriel_bind_initramfs_ops {
	enum oriel_machine_initramfs initramfs;
	gboolean (*add_modules)(struct oriel_bind_plan *plan, GError **error);
	/* The program that makes the images anew, with arguments, ending with NULL; NULL: none. */
	const char *const *rebuild;
};

/* Never NULL: the null one writes nothing and says what to do by hand. */
const struct oriel_bind_initramfs_ops *oriel_bind_initramfs_find(
	enum oriel_machine_initramfs initramfs);

#endif
