/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of input.c where there is no SPICE to build with. */
#include "measure.h"

void bench_measure_input(struct bench_run *run)
{
	bench_table_skip(run->table, "input", "built without SPICE or without the viewer");
}
