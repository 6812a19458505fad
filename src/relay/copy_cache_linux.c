/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy_kinds.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"

#define CACHE_LEVELS_MAX 8

/* "32768K" in bytes; 0 when it is not such a text. */
static size_t parse_size(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*end == 'K')
		number *= 1024;
	else if (*end == 'M')
		number *= 1024 * 1024;
	return (size_t)number;
}

/* The kernel lists the caches of processor 0 one folder each; the largest is the last level. */
size_t oriel_copy_read_cache_bytes(void)
{
	size_t largest = 0;

	for (int index = 0; index < CACHE_LEVELS_MAX; index++) {
		char path[80], text[32];
		size_t bytes;

		snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size",
			index);
		if (oriel_fd_read_file(path, text, sizeof text) < 0)
			break;
		bytes = parse_size(text);
		if (bytes > largest)
			largest = bytes;
	}
	return largest;
}
