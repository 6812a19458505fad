/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first root of a throw-away guest: busybox, kernel modules, programs with the libraries that
 * they need, and a script that the kernel starts. Thread: one at a time. Reads files, starts ldd.
 */
#ifndef ORIEL_BED_INITRAMFS_H
#define ORIEL_BED_INITRAMFS_H

#include "bed/kernel.h"

struct oriel_initramfs_plan {
	const struct oriel_kernel *kernel;
	const char *const *modules;  /* names, ends with NULL; needed ones are added */
	const char *const *programs; /* paths here, end with NULL; they land in /bin */
	GBytes *init;		     /* the script for /bin/sh, process 1 */
};

/* /etc/modules in it lists the modules' files in the order to load. Returns a descriptor of an
 * anonymous file, or -1 and error set. */
int oriel_initramfs_build(const struct oriel_initramfs_plan *plan, GError **error);

#endif
