/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"

static char folder[] = "/tmp/oriel-test-file-XXXXXX";
static char path[64], fresh[64];

static int make_folder(void **state)
{
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/file", folder);
	snprintf(fresh, sizeof fresh, "%s/file.new", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static void assert_content(const char *wanted)
{
	char text[20];

	assert_true(oriel_fd_read_file(path, text, sizeof text) >= 0);
	assert_string_equal(text, wanted);
	assert_int_equal(access(fresh, F_OK), -1);
}

static void test_a_file_is_replaced(void **state)
{
	struct oriel_file_owner owner = {0640, getuid(), getgid()};
	struct stat there;

	assert_int_equal(oriel_file_replace(path, fresh, "first", 5, NULL), 0);
	assert_content("first");
	assert_int_equal(stat(path, &there), 0);
	assert_int_equal(there.st_mode & 07777, 0600);
	assert_int_equal(oriel_file_replace(path, fresh, "2nd", 3, &owner), 0);
	assert_content("2nd");
	assert_int_equal(stat(path, &there), 0);
	assert_int_equal(there.st_mode & 07777, 0640);
}

static void test_what_a_cut_left_is_written_over(void **state)
{
	assert_int_equal(oriel_file_replace(fresh, path, "half of something", 17, NULL), 0);
	assert_int_equal(oriel_file_replace(path, fresh, "whole", 5, NULL), 0);
	assert_content("whole");
}

/* Somebody else's link must not have us write to where it leads. */
static void test_failure_leaves_everything(void **state)
{
	assert_int_equal(oriel_file_replace(path, fresh, "kept", 4, NULL), 0);
	assert_int_equal(symlink(path, fresh), 0);
	assert_int_equal(oriel_file_replace(path, fresh, "lost", 4, NULL), -ELOOP);
	assert_content("kept");
	assert_true(oriel_file_replace(folder, fresh, "lost", 4, NULL) < 0);
	assert_content("kept");
	assert_int_equal(oriel_file_replace("/nowhere/x", "/nowhere/y", "", 0, NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_replaced),
		cmocka_unit_test(test_what_a_cut_left_is_written_over),
		cmocka_unit_test(test_failure_leaves_everything),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
