/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connected descriptors, handed out one at a time through a socket between two of our programs: who
 * asks may not be allowed to make them, or not know how.
 *
 * Thread: any, one at each end.
 */
#ifndef ORIEL_CONTROL_HANDOUT_H
#define ORIEL_CONTROL_HANDOUT_H

#include <glib.h>
#include <stdbool.h>

/* [0] for who hands out, [1] for who asks. False and error set when there are none to be had. */
bool oriel_handout_open(int ret_fds[2], GError **error);

/* One more, owned by the caller; -1 and error set with the other end's reason, or when it does not
 * answer within 2 s: blocks that long at most. */
int oriel_handout_ask(int fd, GError **error);

/* Answers, when fd is readable, with what make() gives (closed afterwards), or its error. False:
 * nobody will ask any more. Blocks as make() does. */
bool oriel_handout_answer(int fd, int (*make)(void *data, GError **error), void *data);

#endif
