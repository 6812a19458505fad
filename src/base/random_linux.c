/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/random.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/time.h"

/* Spreads clock and process id over all bits (the finaliser of a well-known 64-bit mixing step). */
static uint32_t mix_clock(void)
{
	uint64_t bits = oriel_time_now_ns() ^ ((uint64_t)getpid() << 40);

	bits ^= bits >> 33;
	bits *= UINT64_C(0xff51afd7ed558ccd);
	bits ^= bits >> 33;
	return (uint32_t)bits;
}

uint32_t oriel_random_u32(void)
{
	uint32_t bits = 0;

	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
		bits = mix_clock();
	return bits ? bits : 1;
}
