/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ring.h"

#define RT_LINES 64

struct rt_line {
	enum oriel_log_level level;
	char text[241];
};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static const char *program_name = "oriel";
static _Atomic int most_verbose_level = ORIEL_LOG_INFO;
static oriel_log_sink current_sink;
static void *current_sink_data;

/* From the frame path to flush; NULL until the program named itself. */
static struct oriel_ring *rt_ring;
static _Atomic unsigned rt_dropped, rt_count;

void oriel_log_set_program(const char *name)
{
	program_name = name;
	if (!rt_ring)
		rt_ring = oriel_ring_create(sizeof(struct rt_line), RT_LINES);
}

void oriel_log_set_level(enum oriel_log_level most_verbose)
{
	atomic_store(&most_verbose_level, (int)most_verbose);
}

void oriel_log_set_sink(oriel_log_sink sink, void *data)
{
	current_sink_data = data;
	current_sink = sink;
}

static bool is_wanted(enum oriel_log_level level)
{
	return (int)level <= atomic_load_explicit(&most_verbose_level, memory_order_relaxed);
}

static void emit(enum oriel_log_level level, const char *line)
{
	if (current_sink)
		current_sink(current_sink_data, level, line);
	else
		fprintf(stderr, "%s: %s: %s\n", program_name, level_names[level], line);
}

void oriel_log(enum oriel_log_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (!is_wanted(level))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	emit(level, line);
}

void oriel_log_rt(enum oriel_log_level level, const char *format, ...)
{
	struct rt_line line = {.level = level};
	va_list args;

	if (!is_wanted(level))
		return;
	va_start(args, format);
	vsnprintf(line.text, sizeof line.text, format, args);
	va_end(args);
	if (!rt_ring || !oriel_ring_push_rt(rt_ring, &line))
		atomic_fetch_add(&rt_dropped, 1);
	atomic_fetch_add(&rt_count, 1);
}

unsigned oriel_log_count_rt(void)
{
	return atomic_load_explicit(&rt_count, memory_order_relaxed);
}

void oriel_log_flush(void)
{
	unsigned dropped = atomic_exchange(&rt_dropped, 0);
	struct rt_line line;

	while (rt_ring && oriel_ring_pop_rt(rt_ring, &line))
		emit(line.level, line.text);
	if (dropped)
		oriel_log(ORIEL_LOG_WARNING, "%u lines of the frame path were dropped", dropped);
}
