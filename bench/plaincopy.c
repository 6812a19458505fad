/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plaincopy.h"

#include <string.h>

static bool always(void)
{
	return true;
}

static void copy_memcpy(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
}

#if defined(__x86_64__)
#include <immintrin.h>

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

__attribute__((target("avx2"))) static void copy_avx2(void *to, const void *from, size_t bytes)
{
	const __m256i *in = from;
	__m256i *out = to;

	for (size_t i = 0; i < bytes / 32; i += 2) {
		__m256i a = _mm256_load_si256(in + i), b = _mm256_load_si256(in + i + 1);

		_mm256_stream_si256(out + i, a);
		_mm256_stream_si256(out + i + 1, b);
	}
	_mm_sfence();
}

__attribute__((target("avx512f"))) static void copy_avx512(void *to, const void *from, size_t bytes)
{
	const __m512i *in = from;
	__m512i *out = to;

	for (size_t i = 0; i < bytes / 64; i++)
		_mm512_stream_si512(out + i, _mm512_load_si512(in + i));
	_mm_sfence();
}
#endif

const struct bench_plaincopy bench_plaincopies[] = {
	{"memcpy", always, copy_memcpy},
#if defined(__x86_64__)
	{"AVX2 NT", has_avx2, copy_avx2},
	{"AVX-512 NT", has_avx512, copy_avx512},
#endif
	{0},
};
