/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder that the viewer shares, by WebDAV over a port, as spice-webdavd reaches it. */
#ifndef ORIEL_TESTS_SPICE_DAV_H
#define ORIEL_TESTS_SPICE_DAV_H

#include <stddef.h>
#include <stdint.h>

/* Status of HTTP; -1: nobody answers. */
int dav_put(const char *name, const void *data, size_t size);
/* The sum of a file's content; 0: it cannot be had. */
uint64_t dav_sum(const char *name);

#endif
