/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processors whose C library chooses the stores by itself. */
#include "relay/copy_kinds.h"

#include <string.h>

static void copy_plain(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
}

oriel_copy_function *oriel_copy_find_stream(void)
{
	return copy_plain;
}
