/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/hold.h"

#include <pthread.h>

void oriel_hold_begin_rt(struct oriel_hold *ret_hold)
{
	static const int faults[] = {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
	sigset_t kept;

	sigfillset(&kept);
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		sigdelset(&kept, faults[i]);
	pthread_sigmask(SIG_BLOCK, &kept, &ret_hold->before);
}

void oriel_hold_end_rt(const struct oriel_hold *hold)
{
	pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
}
