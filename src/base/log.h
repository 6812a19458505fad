/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Diagnostics of a program, one line each.
 *
 * Only programs choose where lines go (oriel_log_set_sink); the default sink writes
 * "program: level: text" to standard error. Thread: any. The plain functions may block on the sink;
 * the frame path uses oriel_log_rt(), which only puts the line into a fixed ring that
 * oriel_log_flush() empties later on an ordinary thread; lines that do not fit are counted and the
 * count is reported by the next flush.
 */
#ifndef ORIEL_BASE_LOG_H
#define ORIEL_BASE_LOG_H

#include "base/error.h"

enum oriel_log_level {
	ORIEL_LOG_ERROR,
	ORIEL_LOG_WARNING,
	ORIEL_LOG_INFO,
	ORIEL_LOG_DEBUG,
};

typedef void (*oriel_log_sink)(void *data, enum oriel_log_level level, const char *line);

/* Name in front of each line of the default sink; text is borrowed for ever. Also makes the ring of
 * oriel_log_rt(): call it first thing in main(). */
void oriel_log_set_program(const char *name);
void oriel_log_set_level(enum oriel_log_level most_verbose);
/* sink NULL: back to standard error. Call before other threads log. */
void oriel_log_set_sink(oriel_log_sink sink, void *data);

void oriel_log(enum oriel_log_level level, const char *format, ...) ORIEL_PRINTF(2, 3);
/* Lock-free for one writing thread at a time per process; text beyond 240 bytes is cut. */
void oriel_log_rt(enum oriel_log_level level, const char *format, ...) ORIEL_PRINTF(2, 3);
void oriel_log_flush(void);
/* How many lines oriel_log_rt() took so far: with more than before there is something to flush. */
unsigned oriel_log_count_rt(void);

#endif
