/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine lacks to boot a guest, for the tests that skip then. */
#ifndef ORIEL_TESTS_BED_OBSTACLE_H
#define ORIEL_TESTS_BED_OBSTACLE_H

/* Owned by the caller; NULL: nothing. ORIEL_BED_KERNEL names the folder of the kernel. */
char *guest_find_obstacle(void);

#endif
