/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/hold.h"

void oriel_hold_begin_rt(struct oriel_hold *ret_hold)
{
	ret_hold->unused = 0;
}

void oriel_hold_end_rt(const struct oriel_hold *hold)
{
}
