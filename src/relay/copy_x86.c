/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy_kinds.h"

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* Below this the head and tail of a streamed copy weigh more than what it saves. */
#define STREAM_MIN_BYTES 512u

/* Streamed stores want whole, aligned cache lines: copies what comes before the first one. */
static size_t copy_head(void *to, const void *from)
{
	size_t head = -(uintptr_t)to & 63;

	memcpy(to, from, head);
	return head;
}

__attribute__((target("avx2"))) static void copy_avx2(void *to, const void *from, size_t bytes)
{
	size_t at;

	if (bytes < STREAM_MIN_BYTES) {
		memcpy(to, from, bytes);
		return;
	}
	at = copy_head(to, from);
	for (; at + 128 <= bytes; at += 128) {
		const uint8_t *source = (const uint8_t *)from + at;
		uint8_t *target = (uint8_t *)to + at;
		__m256i a = _mm256_loadu_si256((const void *)source);
		__m256i b = _mm256_loadu_si256((const void *)(source + 32));
		__m256i c = _mm256_loadu_si256((const void *)(source + 64));
		__m256i d = _mm256_loadu_si256((const void *)(source + 96));

		_mm256_stream_si256((void *)target, a);
		_mm256_stream_si256((void *)(target + 32), b);
		_mm256_stream_si256((void *)(target + 64), c);
		_mm256_stream_si256((void *)(target + 96), d);
	}
	memcpy((uint8_t *)to + at, (const uint8_t *)from + at, bytes - at);
}

__attribute__((target("avx512f"))) static void copy_avx512(void *to, const void *from, size_t bytes)
{
	size_t at;

	if (bytes < STREAM_MIN_BYTES) {
		memcpy(to, from, bytes);
		return;
	}
	at = copy_head(to, from);
	for (; at + 256 <= bytes; at += 256) {
		const uint8_t *source = (const uint8_t *)from + at;
		uint8_t *target = (uint8_t *)to + at;
		__m512i a = _mm512_loadu_si512(source);
		__m512i b = _mm512_loadu_si512(source + 64);
		__m512i c = _mm512_loadu_si512(source + 128);
		__m512i d = _mm512_loadu_si512(source + 192);

		_mm512_stream_si512((void *)target, a);
		_mm512_stream_si512((void *)(target + 64), b);
		_mm512_stream_si512((void *)(target + 128), c);
		_mm512_stream_si512((void *)(target + 192), d);
	}
	memcpy((uint8_t *)to + at, (const uint8_t *)from + at, bytes - at);
}

static void copy_plain(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
}

oriel_copy_function *oriel_copy_find_stream(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		return copy_avx512;
	if (__builtin_cpu_supports("avx2"))
		return copy_avx2;
	return copy_plain;
}
