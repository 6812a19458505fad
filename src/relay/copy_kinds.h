/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What relay/copy.c asks of the processor and the system it runs on. Internal to src/relay. */
#ifndef ORIEL_RELAY_COPY_KINDS_H
#define ORIEL_RELAY_COPY_KINDS_H

#include <stddef.h>

typedef void oriel_copy_function(void *to, const void *from, size_t bytes);

/* The best non-temporal copy of this processor; memcpy's own stores where there is none. */
oriel_copy_function *oriel_copy_find_stream(void);

/* Size of the last-level cache as the system tells it, 0 when it does not. Reads files on Linux:
 * not for the frame path. */
size_t oriel_copy_read_cache_bytes(void);

#endif
