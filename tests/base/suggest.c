/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/suggest.h"

static void suggests_only_what_is_near(void **state)
{
	const char *const known[] = {"create", "delete", "list", NULL};

	assert_string_equal(oriel_suggest_nearest("creat", known), "create");
	assert_string_equal(oriel_suggest_nearest("lits", known), "list");
	assert_null(oriel_suggest_nearest("if", known));
	assert_string_equal(oriel_suggest_nearest("deletee", known), "delete");
	assert_null(oriel_suggest_nearest("banana", known));
	assert_null(oriel_suggest_nearest(
		"a-word-that-is-much-longer-than-any-command-could-be", known));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suggests_only_what_is_near),
	};

	return cmocka_run_group_tests_name("base-suggest", tests, NULL, NULL);
}
