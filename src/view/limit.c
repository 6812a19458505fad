/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/limit.h"

#include "base/time.h"

void oriel_limit_init(struct oriel_limit *limit, uint32_t pictures_per_second)
{
	*limit = (struct oriel_limit){
		.period_ns = pictures_per_second ? ORIEL_NS_PER_S / pictures_per_second : 0,
	};
}

uint64_t oriel_limit_get_wait_ns(const struct oriel_limit *limit, uint64_t now_ns)
{
	return now_ns < limit->due_ns ? limit->due_ns - now_ns : 0;
}

/* One that came a little late does not put off those behind it, else the rate would be missed. */
void oriel_limit_note(struct oriel_limit *limit, uint64_t now_ns)
{
	if (now_ns < limit->due_ns + limit->period_ns)
		limit->due_ns += limit->period_ns;
	else
		limit->due_ns = now_ns + limit->period_ns;
}
