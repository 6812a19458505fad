/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The figures of a run, as a table for people and as JSON for programs. One thread. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

enum bench_target {
	BENCH_TARGET_NONE, /* for information */
	BENCH_TARGET_VALUE_AT_MOST,
	BENCH_TARGET_VALUE_AT_LEAST,
	BENCH_TARGET_RATIO_AT_MOST,
	BENCH_TARGET_RATIO_AT_LEAST,
};

/* Pointers are borrowed for the life of the table. */
struct bench_row {
	char figure[48];
	double value;
	const char *unit;
	double compared; /* in the same unit and from the same run; 0: nothing to compare with */
	const char *compared_with;
	double spread; /* distance of the quartiles, as a share of the median; 0: not known */
	enum bench_target target;
	double limit;
	const char *stock; /* documented figure of the stock B7 client, never measured here */
};

struct bench_table {
	struct bench_row *rows;
	size_t count;
	struct {
		const char *name, *reason;
	} skipped[16];
	size_t skipped_count;
};

/* row.figure is filled from the format. */
void bench_table_add(struct bench_table *table, struct bench_row row, const char *format, ...)
	ORIEL_PRINTF(3, 4);
void bench_table_skip(struct bench_table *table, const char *name, const char *reason);
void bench_table_finish(struct bench_table *table);

void bench_table_print(const struct bench_table *table, FILE *out);
/* 0 or a negative errno. */
int bench_table_write_json(const struct bench_table *table, const char *path);

#endif
