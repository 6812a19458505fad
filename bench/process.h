/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processes a measurement consists of. Everything started here ends with oriel-bench: children
 * get SIGTERM from the kernel when their parent is gone, however it went, and the memory they share
 * has no name in any file system. Main thread only.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Says why on standard error and ends the program with status 1. */
void bench_die(const char *format, ...) ORIEL_PRINTF(1, 2) __attribute__((noreturn));

struct bench_process {
	pid_t pid;     /* 0: not running */
	int output_fd; /* unnamed file with its standard output, -1: none */
	char *output;  /* after stop: that text, owned */
};

/* Runs a function of this program in a child, which ends with it. shared: what the two say to each
 * other through, from bench_share(). */
void bench_process_fork(struct bench_process *ret_process, void (*run)(void *shared), void *shared);
/* Runs a program. display: value of DISPLAY, of WAYLAND_DISPLAY without a colon in front, or NULL
 * for none. keep_fd: stays open in the child
 * with the same number, -1: none. Its standard error is dropped unless ORIEL_BENCH_VERBOSE is set.
 */
void bench_process_exec(
	struct bench_process *ret_process, char *const argv[], const char *display, int keep_fd);
/* When the program started last was about to become itself (as oriel_time_now_ns()); 0: not yet. */
uint64_t bench_process_get_exec_ns(void);
/* True while it runs; one that ended is reaped. */
bool bench_process_is_running(struct bench_process *process);
/* SIGTERM, a second later SIGKILL; reaps. Returns the wait status, 0 when nothing ran. */
int bench_process_stop(struct bench_process *process);
/* Waits for it to end by itself, a second at most, then stops it. */
int bench_process_join(struct bench_process *process);
/* stop, and frees. A zeroed one is fine. */
void bench_process_finish(struct bench_process *process);
/* Memory that it holds now, shared with others or not; 0: it has ended. */
size_t bench_process_get_resident_bytes(const struct bench_process *process);
/* CPU seconds of all its threads since its start. */
double bench_process_get_cpu_s(const struct bench_process *process);

/* Zeroed memory shared with children that are forked later. */
void *bench_share(size_t bytes);
void bench_unshare(void *memory, size_t bytes);

/* True when name is in a folder of PATH or, with a slash, executable. */
bool bench_program_exists(const char *name);

#endif
