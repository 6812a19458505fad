/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/time.h"

#include <errno.h>
#include <sys/prctl.h>
#include <time.h>

uint64_t oriel_time_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * ORIEL_NS_PER_S + (uint64_t)now.tv_nsec;
}

void oriel_time_sleep_until_ns(uint64_t deadline_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline_ns / ORIEL_NS_PER_S),
		.tv_nsec = (long)(deadline_ns % ORIEL_NS_PER_S),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

void oriel_time_sharpen(void)
{
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}
