/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy.h"

#include <string.h>

#include "relay/copy_kinds.h"

/*
 * What the last-level cache is taken for where the system does not tell, and at most. A virtual
 * machine is shown the cache of a whole processor, of which others use the greater part; with more
 * than this, frames of 3840x2160 would pass for cached ones and arrive a fifth later.
 */
#define FALLBACK_CACHE_BYTES (16u * 1024 * 1024)
#define MAX_CACHE_BYTES (32u * 1024 * 1024)

/* Both are found once; two threads that find them at the same time find the same. */
static size_t cache_bytes;
static oriel_copy_function *stream_function;

static size_t get_cache_bytes(void)
{
	size_t bytes = __atomic_load_n(&cache_bytes, __ATOMIC_RELAXED);

	if (bytes)
		return bytes;
	bytes = oriel_copy_read_cache_bytes();
	if (!bytes)
		bytes = FALLBACK_CACHE_BYTES;
	if (bytes > MAX_CACHE_BYTES)
		bytes = MAX_CACHE_BYTES;
	__atomic_store_n(&cache_bytes, bytes, __ATOMIC_RELAXED);
	return bytes;
}

static oriel_copy_function *get_stream_function(void)
{
	oriel_copy_function *function = __atomic_load_n(&stream_function, __ATOMIC_RELAXED);

	if (function)
		return function;
	function = oriel_copy_find_stream();
	__atomic_store_n(&stream_function, function, __ATOMIC_RELAXED);
	return function;
}

enum oriel_copy_kind oriel_copy_choose(size_t working_set_bytes, bool target_write_combined)
{
	if (target_write_combined || working_set_bytes > get_cache_bytes())
		return ORIEL_COPY_STREAM;
	return ORIEL_COPY_CACHED;
}

void oriel_copy_rt(enum oriel_copy_kind kind, void *to, const void *from, size_t bytes)
{
	if (kind == ORIEL_COPY_STREAM)
		get_stream_function()(to, from, bytes);
	else
		memcpy(to, from, bytes);
}

void oriel_copy_rows_rt(enum oriel_copy_kind kind, uint8_t *to, size_t to_pitch_bytes,
	const uint8_t *from, size_t from_pitch_bytes, size_t row_bytes, size_t rows)
{
	if (row_bytes == to_pitch_bytes && row_bytes == from_pitch_bytes) {
		oriel_copy_rt(kind, to, from, row_bytes * rows);
		return;
	}
	for (size_t row = 0; row < rows; row++)
		oriel_copy_rt(
			kind, to + row * to_pitch_bytes, from + row * from_pitch_bytes, row_bytes);
}
