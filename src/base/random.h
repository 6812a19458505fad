/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that two processes do not pick alike: session ids, client ids. Thread: any. Not for
 * secrets. */
#ifndef ORIEL_BASE_RANDOM_H
#define ORIEL_BASE_RANDOM_H

#include <stdint.h>

/* 32 random bits, never 0. Never blocks and never fails: before the system has gathered entropy (an
 * initramfs) the clock and the process are mixed instead. */
uint32_t oriel_random_u32(void);

#endif
