/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/time.h"

#include <windows.h>

uint64_t oriel_time_now_ns(void)
{
	LARGE_INTEGER count, per_second;
	uint64_t seconds, rest;

	QueryPerformanceCounter(&count);
	QueryPerformanceFrequency(&per_second);
	seconds = (uint64_t)count.QuadPart / (uint64_t)per_second.QuadPart;
	rest = (uint64_t)count.QuadPart % (uint64_t)per_second.QuadPart;
	return seconds * ORIEL_NS_PER_S + rest * ORIEL_NS_PER_S / (uint64_t)per_second.QuadPart;
}

void oriel_time_sleep_until_ns(uint64_t deadline_ns)
{
	uint64_t now_ns;

	while ((now_ns = oriel_time_now_ns()) < deadline_ns)
		Sleep((DWORD)((deadline_ns - now_ns) / ORIEL_NS_PER_MS));
}

void oriel_time_sharpen(void)
{
	/* Process-wide there (timeBeginPeriod); a viewer does not run on Windows. */
}
