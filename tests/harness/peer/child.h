/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer program as the child of a test. */
#ifndef PEER_CHILD_H
#define PEER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct peer_child {
	pid_t pid;	   /* 0: not running */
	int fd;		   /* its standard input and output */
	char events[8192]; /* the "event" lines of the last answer, and those that came before it */
	size_t event_bytes;
};

/* argv[0] is a path. */
bool peer_child_start(struct peer_child *child, const char *const argv[]);
/* Sends one line and waits up to 10 s for its answer; true when that is "ok". */
bool peer_child_ask(struct peer_child *child, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Sends a line after which the program ends by itself; true when it ended with status 0. */
bool peer_child_end(struct peer_child *child, const char *line);
/* The number after "word " in the events of the last answer; missing words give -1. */
long peer_child_get(const struct peer_child *child, const char *word);
/* Kills it when it still runs. */
void peer_child_stop(struct peer_child *child);

/* A path for a mapping that no other test uses, in memory; removed at exit, if not before. */
void peer_make_path(char *path, size_t size);

#endif
