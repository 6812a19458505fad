/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of sound.c where there is no PipeWire to build with. */
#include "measure.h"

void bench_measure_sound(struct bench_run *run)
{
	bench_table_skip(run->table, "sound", "built without -Daudio (libpipewire-0.3-dev)");
}
