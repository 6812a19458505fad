/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of keys, combinations and the table of bindings. */
#include <errno.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "view/bindings.h"

static void each_name_leads_back_to_its_key(void **state)
{
	unsigned named = 0;

	for (uint32_t key = 0; key < ORIEL_KEY_COUNT; key++) {
		const char *name = oriel_key_get_name(key);
		uint32_t found = UINT32_MAX;

		if (!name)
			continue;
		named++;
		assert_int_equal(oriel_key_find(name, &found, NULL), 0);
		if (found != key)
			fail_msg("%s names %u and %u", name, key, found);
	}
	assert_true(named > 120);
	assert_null(oriel_key_get_name(UINT32_MAX));
}

static void keys_have_names_and_numbers(void **state)
{
	uint32_t key = 0;

	assert_int_equal(oriel_key_find("SCROLLLOCK", &key, NULL), 0);
	assert_int_equal(key, KEY_SCROLLLOCK);
	assert_int_equal(oriel_key_find("1", &key, NULL), 0);
	assert_int_equal(key, KEY_1);
	assert_int_equal(oriel_key_find("code:70", &key, NULL), 0);
	assert_int_equal(key, KEY_SCROLLLOCK);
}

static void what_is_no_key_is_said_so(void **state)
{
	static const char *const bad[] = {"", "scroll", "code:", "code:0", "code:768", "code:1x",
		"code:-1", "code: 1", "code:99999999999999999999"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct oriel_error error = {0};
		uint32_t key = 12345;

		assert_int_equal(oriel_key_find(bad[i], &key, &error), -EINVAL);
		assert_int_equal(key, 12345);
		assert_non_null(strstr(error.message, bad[i]));
		assert_non_null(strstr(error.message, "ScrollLock"));
	}
}

static void combinations_are_joined_by_plus(void **state)
{
	static const char *const bad[] = {"", "+", "A+", "+A", "A+B+C+D+E", "A+a", "A B"};
	struct oriel_key_combination combination;
	char text[64];

	assert_int_equal(oriel_key_parse_combination(&combination, "rightctrl", NULL), 0);
	assert_int_equal(combination.count, 1);
	assert_int_equal(
		oriel_key_parse_combination(&combination, "leftctrl+code:600+f12", NULL), 0);
	assert_int_equal(combination.count, 3);
	assert_int_equal(combination.keys[2], KEY_F12);
	oriel_key_print_combination(&combination, text, sizeof text);
	assert_string_equal(text, "LeftCtrl+code:600+F12");
	oriel_key_print_combination(&combination, text, 6);
	assert_string_equal(text, "LeftC");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(oriel_key_parse_combination(&combination, bad[i], NULL), -EINVAL);
	assert_int_equal(combination.count, 3);
}

static void bindings_can_be_changed(void **state)
{
	struct oriel_bindings bindings;

	oriel_bindings_init(&bindings);
	assert_int_equal(bindings.actions[KEY_Q], ORIEL_ACTION_QUIT);
	assert_int_equal(bindings.actions[KEY_F12], ORIEL_ACTION_SEND_CTRL_ALT_KEY);
	assert_int_equal(oriel_bindings_set(&bindings, "q=none", NULL), 0);
	assert_int_equal(bindings.actions[KEY_Q], ORIEL_ACTION_NONE);
	assert_int_equal(oriel_bindings_set(&bindings, "F12=quit", NULL), 0);
	assert_int_equal(bindings.actions[KEY_F12], ORIEL_ACTION_QUIT);
}

static void a_bad_binding_changes_nothing(void **state)
{
	static const char *const bad[] = {"", "q", "=quit", "q=", "q=fly", "what=quit", "q=quit "};
	struct oriel_bindings bindings, before;

	oriel_bindings_init(&bindings);
	before = bindings;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct oriel_error error = {0};

		assert_int_equal(oriel_bindings_set(&bindings, bad[i], &error), -EINVAL);
		assert_true(error.message[0]);
		assert_memory_equal(&bindings, &before, sizeof bindings);
	}
}

static void each_action_says_what_it_does(void **state)
{
	for (int i = 0; i < ORIEL_ACTION_COUNT; i++) {
		assert_true(strlen(oriel_bindings_get_action_name((enum oriel_action)i)) > 2);
		assert_true(strlen(oriel_bindings_get_action_help((enum oriel_action)i)) > 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_leads_back_to_its_key),
		cmocka_unit_test(keys_have_names_and_numbers),
		cmocka_unit_test(what_is_no_key_is_said_so),
		cmocka_unit_test(combinations_are_joined_by_plus),
		cmocka_unit_test(bindings_can_be_changed),
		cmocka_unit_test(a_bad_binding_changes_nothing),
		cmocka_unit_test(each_action_says_what_it_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
