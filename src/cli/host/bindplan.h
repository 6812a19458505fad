/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of binding at the start, for people and for scripts. Thread: main. Prints. */
#ifndef ORIEL_CLI_HOST_BINDPLAN_H
#define ORIEL_CLI_HOST_BINDPLAN_H

#include "bind/plan.h"

/* objections: char *, reasons against it. */
void oriel_bindplan_print(const struct oriel_bind_plan *plan, const GPtrArray *objections);
void oriel_bindplan_print_json(const struct oriel_bind_plan *plan, const GPtrArray *objections);

#endif
