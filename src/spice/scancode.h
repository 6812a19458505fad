/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys as a PC keyboard says them, PS/2 set 1. Thread: any. Never blocks. */
#ifndef ORIEL_SPICE_SCANCODE_H
#define ORIEL_SPICE_SCANCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORIEL_SPICE_SCANCODES_MAX 3

/*
 * What the library has to be told as pressed when the key (KEY_… of linux/input-event-codes.h) goes
 * down or up, one after the other: a code that comes after the prefix E0 is 0x100 more, as the
 * library wants it. Returns how many; 0: a PC keyboard has no such key.
 */
size_t oriel_spice_scancode_get(
	uint32_t key, bool pressed, uint32_t ret_codes[ORIEL_SPICE_SCANCODES_MAX]);

#endif
