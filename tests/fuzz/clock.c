/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the place of base's clock and chance in fuzz targets: the linker finds these first. */
#include "base/random.h"
#include "base/time.h"
#include "fuzz/target.h"

#define LOOK_NS (2 * ORIEL_NS_PER_MS)

static uint64_t clock_ns;
static uint32_t drawn;

void fuzz_set_clock_ns(uint64_t now_ns)
{
	clock_ns = now_ns;
	drawn = 0;
}

void fuzz_advance_clock_ns(uint64_t by_ns)
{
	clock_ns += by_ns;
}

uint64_t oriel_time_now_ns(void)
{
	clock_ns += LOOK_NS;
	return clock_ns;
}

void oriel_time_sleep_until_ns(uint64_t deadline_ns)
{
	if (clock_ns < deadline_ns)
		clock_ns = deadline_ns;
}

void oriel_time_sharpen(void)
{
}

uint32_t oriel_random_u32(void)
{
	return ++drawn * 2654435761u;
}
