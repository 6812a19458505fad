/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness/peer/raw.h"

#include <stdio.h>
#include <stdlib.h>

void raw_lock(uint8_t *base, size_t offset)
{
	uint64_t end_ms = raw_now_ms() + 5000;

	while (!raw_try_lock(base, offset)) {
		if (raw_now_ms() > end_ms) {
			fprintf(stderr, "peer: the lock at %zu is held for ever\n", offset);
			exit(3);
		}
		raw_nap_us(20);
	}
}
