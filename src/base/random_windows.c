/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rand_s() is declared only where this is defined before the first header. */
#define _CRT_RAND_S
#include <stdlib.h>

#include "base/random.h"
#include "base/time.h"

uint32_t oriel_random_u32(void)
{
	unsigned int bits = 0;

	if (rand_s(&bits))
		bits = (unsigned int)oriel_time_now_ns();
	return bits ? bits : 1;
}
