/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every event in every state of the connection, and when it is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "spice/link.h"

#define NOW UINT64_C(1000000000000)

static const enum oriel_spice_state L = ORIEL_SPICE_LOST, C = ORIEL_SPICE_CONNECTING,
				    U = ORIEL_SPICE_CONNECTED, D = ORIEL_SPICE_DEGRADED;

static void test_every_event(void **state)
{
	/* by state, by event: BEGIN READY PARTLY CLOSED REFUSED TIME (not due) */
	const enum oriel_spice_state next[4][6] = {
		[ORIEL_SPICE_LOST] = {C, L, L, L, L, L},
		[ORIEL_SPICE_CONNECTING] = {C, U, D, L, L, C},
		[ORIEL_SPICE_CONNECTED] = {U, U, D, L, L, U},
		[ORIEL_SPICE_DEGRADED] = {D, U, D, L, L, D},
	};

	for (int from = 0; from < 4; from++) {
		for (int event = 0; event < 6; event++) {
			struct oriel_spice_link link = {
				.state = (enum oriel_spice_state)from, .since_ns = NOW};
			enum oriel_spice_action action = oriel_spice_link_handle(
				&link, (enum oriel_spice_event)event, NOW + 1);
			enum oriel_spice_action wanted = ORIEL_SPICE_NOTHING;

			if (from == ORIEL_SPICE_LOST && event == ORIEL_SPICE_BEGIN)
				wanted = ORIEL_SPICE_OPEN;
			if (from != ORIEL_SPICE_LOST && link.state == ORIEL_SPICE_LOST)
				wanted = ORIEL_SPICE_DROP;
			assert_int_equal(link.state, next[from][event]);
			assert_int_equal(action, wanted);
		}
	}
}

static void test_pauses(void **state)
{
	struct oriel_spice_link link;
	uint64_t now_ns = NOW, pause_ns = ORIEL_SPICE_PAUSE_NS;

	oriel_spice_link_init(&link);
	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, now_ns);
	for (int i = 0; i < 10; i++) {
		oriel_spice_link_handle(&link, ORIEL_SPICE_CLOSED, now_ns);
		assert_int_equal(link.deadline_ns - now_ns, pause_ns);
		assert_int_equal(
			oriel_spice_link_handle(&link, ORIEL_SPICE_TIME, link.deadline_ns - 1),
			ORIEL_SPICE_NOTHING);
		now_ns = link.deadline_ns;
		assert_int_equal(
			oriel_spice_link_handle(&link, ORIEL_SPICE_TIME, now_ns), ORIEL_SPICE_OPEN);
		if (pause_ns < ORIEL_SPICE_PAUSE_MAX_NS)
			pause_ns *= 2;
	}
	assert_int_equal(pause_ns, ORIEL_SPICE_PAUSE_MAX_NS);
}

/* A server that takes everyone and throws them out at once is not asked more often for that. */
static void test_short_connections(void **state)
{
	struct oriel_spice_link link;

	oriel_spice_link_init(&link);
	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_CLOSED, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_READY, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_CLOSED, NOW + 1);
	assert_int_equal(link.deadline_ns - (NOW + 1), 2 * ORIEL_SPICE_PAUSE_NS);

	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_READY, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_PARTLY, NOW + ORIEL_SPICE_SETTLED_NS - 1);
	oriel_spice_link_handle(&link, ORIEL_SPICE_CLOSED, NOW + ORIEL_SPICE_SETTLED_NS);
	assert_int_equal(link.deadline_ns - (NOW + ORIEL_SPICE_SETTLED_NS), ORIEL_SPICE_PAUSE_NS);
}

static void test_no_answer(void **state)
{
	struct oriel_spice_link link;

	oriel_spice_link_init(&link);
	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW);
	assert_int_equal(
		oriel_spice_link_handle(&link, ORIEL_SPICE_TIME, NOW + ORIEL_SPICE_ATTEMPT_NS),
		ORIEL_SPICE_DROP);
	assert_int_equal(link.state, ORIEL_SPICE_LOST);
}

static void test_refusal_lasts(void **state)
{
	struct oriel_spice_link link;

	oriel_spice_link_init(&link);
	oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW);
	oriel_spice_link_handle(&link, ORIEL_SPICE_REFUSED, NOW);
	assert_int_equal(
		oriel_spice_link_handle(&link, ORIEL_SPICE_TIME, UINT64_MAX), ORIEL_SPICE_NOTHING);
	assert_int_equal(oriel_spice_link_handle(&link, ORIEL_SPICE_BEGIN, NOW), ORIEL_SPICE_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_short_connections),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refusal_lasts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
