/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROOM_BYTES 8192u
#define GUARD 0xa5u

static uint8_t from[ROOM_BYTES + 128] __attribute__((aligned(64)));
static uint8_t to[ROOM_BYTES + 256] __attribute__((aligned(64)));

static const enum oriel_copy_kind kinds[] = {ORIEL_COPY_CACHED, ORIEL_COPY_STREAM};

/* Exactly these bytes, whatever the alignment of either side, and none beside them. */
static void check_copy(enum oriel_copy_kind kind, size_t to_at, size_t from_at, size_t bytes)
{
	memset(to, GUARD, sizeof to);
	oriel_copy_rt(kind, to + 64 + to_at, from + from_at, bytes);
	assert_memory_equal(to + 64 + to_at, from + from_at, bytes);
	for (size_t i = 0; i < 64 + to_at; i++)
		assert_int_equal(to[i], GUARD);
	for (size_t i = 64 + to_at + bytes; i < sizeof to; i++)
		assert_int_equal(to[i], GUARD);
}

static void test_any_alignment_and_size(void **state)
{
	static const size_t sizes[] = {0, 1, 31, 64, 255, 511, 512, 513, 640, 1023, 4096, 8000};

	for (size_t i = 0; i < sizeof from; i++)
		from[i] = (uint8_t)(i * 37 + i / 251);
	for (unsigned kind = 0; kind < 2; kind++)
		for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
			for (size_t at = 0; at < 64; at += 7)
				check_copy(kinds[kind], at, (at * 5) % 64, sizes[size]);
}

static void check_rows(enum oriel_copy_kind kind, size_t to_pitch, size_t from_pitch, size_t bytes)
{
	memset(to, GUARD, sizeof to);
	oriel_copy_rows_rt(kind, to, to_pitch, from, from_pitch, bytes, 5);
	for (size_t row = 0; row < 5; row++) {
		assert_memory_equal(to + row * to_pitch, from + row * from_pitch, bytes);
		for (size_t i = row * to_pitch + bytes; i < (row + 1) * to_pitch; i++)
			assert_int_equal(to[i], GUARD);
	}
}

static void test_rows(void **state)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		check_rows(kinds[kind], 1024, 1024, 1024);
		check_rows(kinds[kind], 1024, 1000, 1000);
		check_rows(kinds[kind], 1024, 1024, 1001);
		check_rows(kinds[kind], 1024, 1500, 3);
	}
}

static void test_choice(void **state)
{
	const size_t frame_4k = (size_t)3840 * 2160 * 4;

	assert_int_equal(oriel_copy_choose(0, false), ORIEL_COPY_CACHED);
	assert_int_equal(oriel_copy_choose(64 * 1024, false), ORIEL_COPY_CACHED);
	assert_int_equal(oriel_copy_choose(3 * frame_4k, false), ORIEL_COPY_STREAM);
	assert_int_equal(oriel_copy_choose(0, true), ORIEL_COPY_STREAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_alignment_and_size),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
