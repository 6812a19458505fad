/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that runs beside this one and never outlives it: when this process ends, however it
 * ends (kill -9 included), the kernel kills the other. Thread: the one that started it has to live
 * as long as the program shall.
 */
#ifndef ORIEL_BED_PROCESS_H
#define ORIEL_BED_PROCESS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct oriel_process_plan {
	const char *const *argv; /* found on PATH when argv[0] has no slash; ends with NULL */
	int keep_fds[4]; /* descriptors that it inherits under their numbers; ends with -1 */
	int error_fd;	 /* where its standard error goes; -1: where ours goes */
	bool pipe_in;	 /* its standard input comes from us, else from /dev/null */
	bool pipe_out;	 /* its standard output comes to us, else goes where ours goes */
};

struct oriel_process {
	pid_t pid;	   /* 0: not running */
	int watch_fd;	   /* readable when it has ended */
	int in_fd, out_fd; /* our ends of its pipes, or -1 */
	int status;	   /* as waitpid() tells it, once it has ended */
};

#define ORIEL_PROCESS_NONE ((struct oriel_process){0, -1, -1, -1, 0})

/* False and error set when it cannot be started; ret_process is untouched then. */
bool oriel_process_start(
	const struct oriel_process_plan *plan, struct oriel_process *ret_process, GError **error);

/* Waits for its end until deadline_ns (monotonic) and collects it. False when it still runs. */
bool oriel_process_wait(struct oriel_process *process, uint64_t deadline_ns);

/* Asks it to end, kills it after grace_ns, collects it and closes the pipes. Harmless when repeated
 * and on one that was never started. */
void oriel_process_stop(struct oriel_process *process, uint64_t grace_ns);

/* "ended with 1", "was killed by signal 9". Owned by the caller. */
char *oriel_process_describe_end(const struct oriel_process *process);

/* The poll() timeout that ends at deadline_ns: -1 is never returned. */
int oriel_process_get_timeout_ms(uint64_t deadline_ns);

#endif
