/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/watch.h"

bool oriel_watch_look(struct oriel_watch *watch, unsigned beat)
{
	bool is_at_work = beat % 2;

	if (!is_at_work || beat != watch->beat)
		watch->looks = 0;
	else if (watch->looks < ORIEL_WATCH_LOOKS)
		watch->looks++;
	watch->beat = beat;
	return watch->looks == ORIEL_WATCH_LOOKS;
}
