/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#define RECORDS 20000u

static void test_refusals(void **state)
{
	assert_null(oriel_ring_create(4, 0));
	assert_null(oriel_ring_create(4, 3));
	assert_null(oriel_ring_create(0, 4));
	assert_null(oriel_ring_create(SIZE_MAX / 2, 4));
	oriel_ring_destroy(NULL);
}

static void test_full_and_empty(void **state)
{
	struct oriel_ring *ring = oriel_ring_create(sizeof(int), 4);
	int value = 77;

	assert_false(oriel_ring_pop_rt(ring, &value));
	assert_int_equal(value, 77);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 4; i++)
			assert_true(oriel_ring_push_rt(ring, &i));
		assert_false(oriel_ring_push_rt(ring, &value));
		for (int i = 0; i < 4; i++) {
			assert_true(oriel_ring_pop_rt(ring, &value));
			assert_int_equal(value, i);
		}
		assert_false(oriel_ring_pop_rt(ring, &value));
	}
	oriel_ring_destroy(ring);
}

static void *write_all(void *ring)
{
	for (uint32_t i = 0; i < RECORDS; i++) {
		const uint32_t record[3] = {i, i * 3, ~i};

		while (!oriel_ring_push_rt(ring, record))
			;
	}
	return NULL;
}

static void test_two_threads(void **state)
{
	struct oriel_ring *ring = oriel_ring_create(12, 8);
	uint32_t record[3];
	pthread_t writer;

	assert_int_equal(pthread_create(&writer, NULL, write_all, ring), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		while (!oriel_ring_pop_rt(ring, record))
			;
		assert_int_equal(record[0], i);
		assert_int_equal(record[1], i * 3);
		assert_int_equal(record[2], ~i);
	}
	pthread_join(writer, NULL);
	assert_false(oriel_ring_pop_rt(ring, record));
	oriel_ring_destroy(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
