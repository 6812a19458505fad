/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/error.h"
#include "vm/state.h"

#include <libvirt/libvirt.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* What may be asked for in each state, written down a second time: one row per request, one column
 * per state in the order of enum oriel_vm_state (no, run, block, pause, down, off, crash, sleep).
 */
static const struct {
	enum oriel_vm_request request;
	const char *allowed;
} wanted[] = {
	{ORIEL_VM_START, ".....++."},
	{ORIEL_VM_PAUSE, "+++....."},
	{ORIEL_VM_RESUME, "+..+...+"},
	{ORIEL_VM_RESET, "++++..+."},
	{ORIEL_VM_REBOOT, "+++....."},
	{ORIEL_VM_STOP, "+++.+..."},
	{ORIEL_VM_FORCE_STOP, "+++++.++"},
	{ORIEL_VM_DELETE, ".....++."},
	{ORIEL_VM_CLONE, ".....++."},
	{ORIEL_VM_SNAPSHOT, "++++.++."},
	{ORIEL_VM_CONSOLE, "+++++..+"},
	{ORIEL_VM_SCREENSHOT, "++++...."},
};

static void test_every_request_in_every_state(void **state)
{
	assert_int_equal(G_N_ELEMENTS(wanted), ORIEL_VM_REQUEST_COUNT);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
		for (int at = 0; at < ORIEL_VM_STATE_COUNT; at++) {
			struct oriel_vm_life life = {.name = (char *)"x", .state = at};
			g_autoptr(GError) error = NULL;
			bool ok = oriel_vm_life_check(&life, wanted[i].request, &error);

			if (ok != (wanted[i].allowed[at] == '+'))
				fail_msg("request %d in state %d: %d", wanted[i].request, at, ok);
			if (ok)
				continue;
			assert_true(g_error_matches(error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_REFUSED));
			assert_non_null(strstr(error->message, oriel_vm_state_get_name(at)));
		}
}

static void test_a_life(void **state)
{
	static const struct {
		int event, detail;
		enum oriel_vm_state after;
	} steps[] = {
		{VIR_DOMAIN_EVENT_DEFINED, 0, ORIEL_VM_SHUTOFF},
		{VIR_DOMAIN_EVENT_STARTED, 0, ORIEL_VM_RUNNING},
		{VIR_DOMAIN_EVENT_SUSPENDED, 0, ORIEL_VM_PAUSED},
		{VIR_DOMAIN_EVENT_RESUMED, 0, ORIEL_VM_RUNNING},
		{VIR_DOMAIN_EVENT_PMSUSPENDED, 0, ORIEL_VM_PMSUSPENDED},
		{VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_WAKEUP, ORIEL_VM_RUNNING},
		{VIR_DOMAIN_EVENT_SHUTDOWN, 0, ORIEL_VM_SHUTDOWN},
		{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, ORIEL_VM_SHUTOFF},
		{VIR_DOMAIN_EVENT_STARTED, 0, ORIEL_VM_RUNNING},
		{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, ORIEL_VM_CRASHED},
		{VIR_DOMAIN_EVENT_STARTED, 0, ORIEL_VM_RUNNING},
		{VIR_DOMAIN_EVENT_CRASHED, 0, ORIEL_VM_CRASHED},
		{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, ORIEL_VM_CRASHED},
		{12345, 0, ORIEL_VM_CRASHED},
	};
	struct oriel_vm_life life;

	oriel_vm_life_init(&life, "x", ORIEL_VM_SHUTOFF);
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		enum oriel_vm_state before = life.state;

		assert_int_equal(oriel_vm_life_follow(&life, steps[i].event, steps[i].detail),
			before != steps[i].after);
		assert_int_equal(life.state, steps[i].after);
	}
	oriel_vm_life_finish(&life);
	oriel_vm_life_finish(&life);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_request_in_every_state),
		cmocka_unit_test(test_a_life),
	};

	return cmocka_run_group_tests_name("vm-state", tests, NULL, NULL);
}
