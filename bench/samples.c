/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"

void bench_samples_add(struct bench_samples *samples, double value)
{
	if (samples->count == samples->room) {
		samples->room = samples->room ? samples->room * 2 : 256;
		samples->values =
			realloc(samples->values, samples->room * sizeof(*samples->values));
		if (!samples->values)
			bench_die("no memory for %zu samples", samples->room);
	}
	samples->values[samples->count++] = value;
}

void bench_samples_finish(struct bench_samples *samples)
{
	free(samples->values);
	*samples = (struct bench_samples){0};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_samples_get_quantile(const struct bench_samples *samples, double share)
{
	if (!samples->count)
		return NAN;
	/* Sorting in place: the order of arrival is of no use to anybody. */
	qsort(samples->values, samples->count, sizeof(*samples->values), compare);
	return samples->values[(size_t)lround(share * (double)(samples->count - 1))];
}

double bench_samples_get_median(const struct bench_samples *samples)
{
	return bench_samples_get_quantile(samples, 0.5);
}

double bench_samples_get_spread(const struct bench_samples *samples)
{
	double median = bench_samples_get_median(samples);

	return (bench_samples_get_quantile(samples, 0.75) -
		       bench_samples_get_quantile(samples, 0.25)) /
	       median;
}
