/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A growing list of measured values and what can be said of it. One thread. */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>

struct bench_samples {
	double *values;
	size_t count, room;
};

/* Zeroed is empty. Ends the program when memory is short. */
void bench_samples_add(struct bench_samples *samples, double value);
void bench_samples_finish(struct bench_samples *samples);
/* share: 0 smallest .. 0.5 median .. 1 largest; NAN when empty. */
double bench_samples_get_quantile(const struct bench_samples *samples, double share);
double bench_samples_get_median(const struct bench_samples *samples);
/* Distance from the lower to the upper quartile, as a share of the median: how noisy the run was.
 */
double bench_samples_get_spread(const struct bench_samples *samples);

#endif
