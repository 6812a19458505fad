/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * No more than so many pictures a second: those that come too soon wait, and the newest one is
 * taken then. Pure arithmetic on times passed in. One thread.
 */
#ifndef ORIEL_VIEW_LIMIT_H
#define ORIEL_VIEW_LIMIT_H

#include <stdint.h>

struct oriel_limit {
	uint64_t period_ns; /* 0: there is no limit */
	uint64_t due_ns;    /* of the next picture, at the earliest */
};

/* pictures_per_second 0: no limit. */
void oriel_limit_init(struct oriel_limit *limit, uint32_t pictures_per_second);
/* How long the next picture has to wait; 0: not any more. */
uint64_t oriel_limit_get_wait_ns(const struct oriel_limit *limit, uint64_t now_ns);
/* One is shown. */
void oriel_limit_note(struct oriel_limit *limit, uint64_t now_ns);

#endif
