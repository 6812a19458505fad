/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"

void bench_table_add(struct bench_table *table, struct bench_row row, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(row.figure, sizeof(row.figure), format, args);
	va_end(args);
	table->rows = realloc(table->rows, (table->count + 1) * sizeof(*table->rows));
	if (!table->rows)
		bench_die("no memory for the table");
	table->rows[table->count++] = row;
}

void bench_table_skip(struct bench_table *table, const char *name, const char *reason)
{
	table->skipped[table->skipped_count].name = name;
	table->skipped[table->skipped_count++].reason = reason;
}

void bench_table_finish(struct bench_table *table)
{
	free(table->rows);
	*table = (struct bench_table){0};
}

static bool is_about_ratio(const struct bench_row *row)
{
	return row->target == BENCH_TARGET_RATIO_AT_MOST ||
	       row->target == BENCH_TARGET_RATIO_AT_LEAST;
}

static bool is_at_most(const struct bench_row *row)
{
	return row->target == BENCH_TARGET_RATIO_AT_MOST ||
	       row->target == BENCH_TARGET_VALUE_AT_MOST;
}

static const char *judge(const struct bench_row *row)
{
	double value = is_about_ratio(row) ? row->value / row->compared : row->value;

	if (row->target == BENCH_TARGET_NONE)
		return "";
	/* A figure that is no number was not reached. */
	if (is_at_most(row))
		return value <= row->limit ? "ok" : "MISSED";
	return value >= row->limit ? "ok" : "MISSED";
}

static void print_target(const struct bench_row *row, char *ret_text, size_t size)
{
	const char *sign = is_at_most(row) ? "<=" : ">=";

	ret_text[0] = '\0';
	if (is_about_ratio(row))
		snprintf(ret_text, size, "ratio %s %.2f", sign, row->limit);
	else if (row->target != BENCH_TARGET_NONE)
		snprintf(ret_text, size, "%s %g %s", sign, row->limit, row->unit);
}

static void print_row(const struct bench_row *row, FILE *out)
{
	char value[32], compared[48] = "", ratio[16] = "", target[32], spread[16] = "";

	snprintf(value, sizeof(value), "%.3f %s", row->value, row->unit);
	print_target(row, target, sizeof(target));
	if (row->compared > 0) {
		snprintf(
			compared, sizeof(compared), "%.3f (%s)", row->compared, row->compared_with);
		snprintf(ratio, sizeof(ratio), "%.3f", row->value / row->compared);
	}
	if (row->spread > 0)
		snprintf(spread, sizeof(spread), "%.0f %%", 100 * row->spread);
	fprintf(out, "%-42s %14s  %-22s %7s  %-14s %-7s %6s  %s\n", row->figure, value, compared,
		ratio, target, judge(row), spread, row->stock ? row->stock : "");
}

void bench_table_print(const struct bench_table *table, FILE *out)
{
	fprintf(out, "%-42s %14s  %-22s %7s  %-14s %-7s %6s  %s\n", "figure", "value",
		"compared, same run", "ratio", "target", "", "spread", "stock B7 (documented)");
	for (size_t i = 0; i < table->count; i++)
		print_row(&table->rows[i], out);
	for (size_t i = 0; i < table->skipped_count; i++)
		fprintf(out, "%-42s not measured: %s\n", table->skipped[i].name,
			table->skipped[i].reason);
}

/* JSON has no NaN. */
static void write_number(FILE *out, const char *key, double value)
{
	if (isfinite(value))
		fprintf(out, ", \"%s\": %.6g", key, value);
	else
		fprintf(out, ", \"%s\": null", key);
}

/* Texts in the table are our own and hold nothing that JSON would want escaped. */
static void write_row(FILE *out, const struct bench_row *row)
{
	char target[32];

	print_target(row, target, sizeof(target));
	fprintf(out, "    {\"figure\": \"%s\", \"unit\": \"%s\"", row->figure, row->unit);
	write_number(out, "value", row->value);
	if (row->compared > 0) {
		fprintf(out, ", \"compared_with\": \"%s\"", row->compared_with);
		write_number(out, "compared", row->compared);
		write_number(out, "ratio", row->value / row->compared);
	}
	if (row->spread > 0)
		write_number(out, "spread", row->spread);
	if (row->target != BENCH_TARGET_NONE)
		fprintf(out, ", \"target\": \"%s\", \"verdict\": \"%s\"", target, judge(row));
	fputs("}", out);
}

int bench_table_write_json(const struct bench_table *table, const char *path)
{
	FILE *out = fopen(path, "we");

	if (!out)
		return -errno;
	fputs("{\n  \"figures\": [\n", out);
	for (size_t i = 0; i < table->count; i++) {
		write_row(out, &table->rows[i]);
		fputs(i + 1 < table->count ? ",\n" : "\n", out);
	}
	fputs("  ],\n  \"skipped\": [\n", out);
	for (size_t i = 0; i < table->skipped_count; i++)
		fprintf(out, "    {\"name\": \"%s\", \"reason\": \"%s\"}%s\n",
			table->skipped[i].name, table->skipped[i].reason,
			i + 1 < table->skipped_count ? "," : "");
	fputs("  ]\n}\n", out);
	return fclose(out) == 0 ? 0 : -errno;
}
