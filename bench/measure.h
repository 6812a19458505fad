/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be measured, and what the measurements have in common. Main thread. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

struct bench_run {
	bool quick;	    /* fewer rounds: for a first look, not for keeping */
	const char *viewer; /* path of oriel-view */
	struct bench_table *table;
};

struct bench_measure {
	const char *name;
	const char *what;
	bool needs_screen; /* Xvfb and oriel-view */
	void (*run)(struct bench_run *run);
};

/* Ends with a name that is NULL. */
extern const struct bench_measure bench_measures[];

/* copy.c: the producer against plain copies; a small change against a whole frame. */
void bench_measure_copy(struct bench_run *run);
void bench_measure_damage(struct bench_run *run);
/* arrival.c: from post to seen. */
void bench_measure_arrival(struct bench_run *run);
/* rest.c: what oriel-view costs at rest and at its start. */
void bench_measure_idle(struct bench_run *run);
void bench_measure_start(struct bench_run *run);
/* latency.c, rate.c: against the floor. */
void bench_measure_latency(struct bench_run *run);
void bench_measure_rate(struct bench_run *run);
/* drivers.c: each presenter by its name. */
void bench_measure_drivers(struct bench_run *run);
/* record.c: what a recording costs the picture on the screen. */
void bench_measure_record(struct bench_run *run);
/* input.c: from a key of the window to the SPICE socket. */
void bench_measure_input(struct bench_run *run);
/* wayland.c: copied frames against those that the compositor reads itself. */
void bench_measure_wayland(struct bench_run *run);
/* machines.c: oriel vm against libvirt's own tools. */
void bench_measure_machines(struct bench_run *run);
/* sound.c: from the arrival of the guest's sound to the device. */
void bench_measure_sound(struct bench_run *run);

#endif
