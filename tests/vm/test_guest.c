/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest's agent answers about its devices: an ordinary Windows, and every kind of answer
 * that is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "vm/guest.h"

#define WINDOWS "{\"return\":{\"id\":\"mswindows\",\"name\":\"Microsoft Windows\"}}"
#define STARTED "{\"return\":{\"pid\":4711}}"
#define RUNNING "{\"return\":{\"exited\":false}}"
#define FAILED "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"disabled\"}}"

/* An agent that answers from a list, the last answer for ever. */
struct agent {
	const char *const *answers;
	guint asked, pauses;
	char *commands[4];
};

static char *ask(void *data, const char *command)
{
	struct agent *agent = data;
	const char *answer = *agent->answers;

	if (agent->asked < G_N_ELEMENTS(agent->commands))
		agent->commands[agent->asked] = g_strdup(command);
	agent->asked++;
	if (answer && agent->answers[1])
		agent->answers++;
	return answer && *answer ? strdup(answer) : NULL;
}

static void wait_a_moment(void *data)
{
	((struct agent *)data)->pauses++;
}

static struct oriel_domain *read_guest(struct agent *agent, const char *const *answers)
{
	const struct oriel_vm_guest_line line = {ask, wait_a_moment, agent};
	struct oriel_domain *domain = oriel_domain_create("win");

	agent->answers = answers;
	oriel_vm_guest_read(&line, domain);
	return domain;
}

static void finish(struct agent *agent, struct oriel_domain *domain)
{
	for (guint i = 0; i < G_N_ELEMENTS(agent->commands); i++)
		g_free(agent->commands[i]);
	oriel_domain_free(domain);
}

static char *make_end(int code, const char *output)
{
	g_autofree char *data = g_base64_encode((const guchar *)output, strlen(output));

	return g_strdup_printf(
		"{\"return\":{\"exited\":true,\"exitcode\":%d,\"out-data\":\"%s\"}}", code, data);
}

static void test_windows(void **state)
{
	g_autofree char *end =
		make_end(0, "43|Display|PCI\\VEN_10DE&DEV_2484|NVIDIA | "
			    "Card\r\n0|System|PCI\\VEN_1AF4&DEV_1110|"
			    "IVSHMEM\r\n\r\nrubbish\r\n99999999|a|b|c\r\n-1|a|b|c\r\n");
	const char *const answers[] = {WINDOWS, STARTED, RUNNING, RUNNING, end, NULL};
	struct agent agent = {0};
	struct oriel_domain *domain = read_guest(&agent, answers);
	const struct oriel_domain_guest_device *first, *second;

	assert_non_null(domain->guest_devices);
	assert_int_equal(domain->guest_devices->len, 2);
	first = g_ptr_array_index(domain->guest_devices, 0);
	second = g_ptr_array_index(domain->guest_devices, 1);
	assert_int_equal(first->problem, 43);
	assert_string_equal(first->class_name, "Display");
	assert_string_equal(first->id, "PCI\\VEN_10DE&DEV_2484");
	assert_string_equal(first->name, "NVIDIA | Card");
	assert_int_equal(second->problem, 0);
	assert_int_equal(agent.pauses, 3);
	assert_non_null(strstr(agent.commands[0], "guest-get-osinfo"));
	assert_non_null(strstr(agent.commands[1], "ConfigManagerErrorCode"));
	assert_non_null(strstr(agent.commands[1], "\"capture-output\":true"));
	assert_non_null(strstr(agent.commands[2], "{\"pid\":4711}"));
	finish(&agent, domain);
}

/* Whatever comes instead leaves the devices unknown, and comes to an end. */
static void test_no_answer_is_no_device(void **state)
{
	g_autofree char *failed = make_end(1, "43|Display|x|y");
	static const char linux_guest[] = "{\"return\":{\"id\":\"debian\"}}";
	static const char *const no_output = "{\"return\":{\"exited\":true,\"exitcode\":0}}";
	static const char *const odd = "{\"return\":{\"exited\":true,\"exitcode\":\"0\","
				       "\"out-data\":7}}";
	const char *const cases[][5] = {
		{"", NULL},
		{"rubbish", NULL},
		{"[]", NULL},
		{"{\"return\":7}", NULL},
		{"{\"return\":{\"id\":7}}", NULL},
		{linux_guest, NULL},
		{WINDOWS, FAILED, NULL},
		{WINDOWS, "{\"return\":{\"pid\":\"x\"}}", NULL},
		{WINDOWS, STARTED, RUNNING, NULL},
		{WINDOWS, STARTED, "", NULL},
		{WINDOWS, STARTED, FAILED, NULL},
		{WINDOWS, STARTED, failed, NULL},
		{WINDOWS, STARTED, no_output, NULL},
		{WINDOWS, STARTED, odd, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct agent agent = {0};
		struct oriel_domain *domain = read_guest(&agent, cases[i]);

		assert_null(domain->guest_devices);
		assert_true(agent.pauses <= ORIEL_VM_GUEST_POLLS);
		finish(&agent, domain);
	}
}

static void test_too_much_is_cut(void **state)
{
	g_autoptr(GString) many = g_string_new(NULL);
	g_autofree char *end = NULL;
	g_autofree char *huge = NULL;
	struct agent agent = {0};
	struct oriel_domain *domain;

	for (guint i = 0; i < 2000; i++)
		g_string_append(many, "0|Display|x|y\n");
	end = make_end(0, many->str);
	domain = read_guest(&agent, (const char *const[]){WINDOWS, STARTED, end, NULL});
	assert_int_equal(domain->guest_devices->len, ORIEL_VM_GUEST_DEVICES_MAX);
	finish(&agent, domain);
	for (guint i = 0; i < 10000; i++)
		g_string_append(many, "0|Display|x|y\n");
	huge = make_end(0, many->str);
	agent = (struct agent){0};
	domain = read_guest(&agent, (const char *const[]){WINDOWS, STARTED, huge, NULL});
	assert_null(domain->guest_devices);
	finish(&agent, domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_no_answer_is_no_device),
		cmocka_unit_test(test_too_much_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
