/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user agrees to before a plan is carried out: the plan itself as it was shown. One thread;
 * never blocks. The reasons against it: oriel_gpu_list_objections(). */
#ifndef ORIEL_BIND_CONSENT_H
#define ORIEL_BIND_CONSENT_H

#include "bind/plan.h"

#define ORIEL_BIND_DIGEST_CHARS 64

/* It is the same for plans that do exactly the same, to files that are exactly as they were:
 * ORIEL_BIND_DIGEST_CHARS small hexadecimal digits. Free with g_free(). */
char *oriel_bind_consent_get_digest(const struct oriel_bind_plan *plan);

#endif
