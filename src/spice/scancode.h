/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys as a PC keyboard says them, PS/2 set 1. Thread: any. Never blocks. */
#ifndef ORIEL_SPICE_SCANCODE_H
#define ORIEL_SPICE_SCANCODE_H

#include <stdint.h>

/* What the key (KEY_… of linux/input-event-codes.h) sends; 0x100 more for a code that comes after
 * the prefix E0, as the library wants it. 0: a PC keyboard has no such key. */
uint32_t oriel_spice_scancode_get(uint32_t key);

#endif
