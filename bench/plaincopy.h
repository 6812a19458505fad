/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain copies that the producer is compared with. */
#ifndef BENCH_PLAINCOPY_H
#define BENCH_PLAINCOPY_H

#include <stdbool.h>
#include <stddef.h>

struct bench_plaincopy {
	const char *name;
	bool (*is_supported)(void);
	/* 64-byte aligned addresses, a multiple of 64 bytes; fenced when it returns. */
	void (*copy)(void *to, const void *from, size_t bytes);
};

#define BENCH_PLAINCOPIES_MAX 4u

/* Ends with a name that is NULL. */
extern const struct bench_plaincopy bench_plaincopies[];

#endif
