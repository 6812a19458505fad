/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual serial ports of the test's guest, and sums of what goes through them. */
#ifndef ORIEL_TESTS_SPICE_PORT_H
#define ORIEL_TESTS_SPICE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The port with that name; -1: there is none. */
int port_open(const char *name);
void port_write(int fd, const void *data, size_t size);
/* False: nobody is at the other end. */
bool port_read(int fd, void *data, size_t size);

#define SUM_BEGIN UINT64_C(0xcbf29ce484222325)

/* FNV-1a. */
uint64_t add_sum(uint64_t sum, const void *data, size_t size);

#endif
