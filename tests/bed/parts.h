/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guests of tests are booted from: ORIEL_BED_KERNEL names the folder of their kernel,
 * ORIEL_BED_INIT the script that is their first process.
 */
#ifndef ORIEL_TESTS_BED_PARTS_H
#define ORIEL_TESTS_BED_PARTS_H

#include "bed/kernel.h"

/* What this machine lacks for that, for the tests that skip then. Owned by the caller; NULL:
 * nothing. */
char *guest_find_obstacle(void);

/* An initramfs with that script, these modules and those programs; both lists end with NULL. Its
 * descriptor is the caller's. -1 and error set: it could not be made. */
int guest_pack(const struct oriel_kernel *kernel, const char *const *modules,
	const char *const *programs, GError **error);

#endif
