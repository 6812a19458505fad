/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of keys, for people and configuration files. Keys are numbers of
 * linux/input-event-codes.h; names are compared without regard to case. Pure.
 */
#ifndef ORIEL_VIEW_KEY_H
#define ORIEL_VIEW_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of all keys and buttons: KEY_CNT. */
#define ORIEL_KEY_COUNT 0x300u
#define ORIEL_KEY_COMBINATION_MAX 4

/* Keys that are held at the same time; one alone is the usual case. */
struct oriel_key_combination {
	uint32_t keys[ORIEL_KEY_COMBINATION_MAX];
	int count;
};

/* NULL: it has none. */
const char *oriel_key_get_name(uint32_t key);
/* name: one of those, or code:NUMBER. 0 or -EINVAL. */
int oriel_key_find(const char *name, uint32_t *ret_key, struct oriel_error *error);

/* text: names joined by +. 0 or -EINVAL. */
int oriel_key_parse_combination(
	struct oriel_key_combination *ret_combination, const char *text, struct oriel_error *error);
/* The text that parses to it, as much as size has room for. */
void oriel_key_print_combination(
	const struct oriel_key_combination *combination, char *ret_text, size_t size);

#endif
