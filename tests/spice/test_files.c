/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of files on the clipboard: only what lies in the shared folder, whatever the list says; and
 * text whose lines end in two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "spice/files.h"
#include "spice/text.h"
#include "tests/remove_tree.h"

struct bed {
	char *top, *folder;
};

static int begin(void **state)
{
	struct bed *bed = g_new0(struct bed, 1);
	g_autofree char *a = NULL, *b = NULL, *link = NULL, *near = NULL;

	bed->top = g_dir_make_tmp("oriel-files-XXXXXX", NULL);
	bed->folder = g_build_filename(bed->top, "shared", NULL);
	a = g_build_filename(bed->folder, "in", "a b", NULL);
	b = g_build_filename(bed->top, "outside", NULL);
	near = g_build_filename(bed->top, "shared-too", NULL);
	link = g_build_filename(bed->folder, "link", NULL);
	g_mkdir_with_parents(bed->folder, 0700);
	g_file_set_contents(b, "x", 1, NULL);
	g_file_set_contents(near, "x", 1, NULL);
	g_mkdir_with_parents(a, 0700);
	assert_int_equal(symlink(b, link), 0);
	*state = bed;
	return 0;
}

static int end(void **state)
{
	struct bed *bed = *state;

	remove_tree(bed->top);
	g_free(bed->top);
	g_free(bed->folder);
	g_free(bed);
	return 0;
}

static void expect_bytes(GBytes *bytes, const char *wanted, gsize size)
{
	assert_non_null(bytes);
	assert_int_equal(g_bytes_get_size(bytes), size);
	assert_memory_equal(g_bytes_get_data(bytes, NULL), wanted, size);
}

static void test_from_the_guest(void **state)
{
	static const struct {
		const char *list;
		gsize size;
		bool is_good;
	} rows[] = {
		{"copy\0/in/a b\0", 13, true},
		{"cut\0in/a b", 10, true}, /* nothing ends the last one */
		{"copy\0/in/../in/a b\0", 19, true},
		{"copy\0/link\0", 11, false},
		{"copy\0/../outside\0", 17, false},
		{"copy\0../shared-too\0", 19, false},
		{"copy\0/etc/passwd\0", 17, false},
		{"copy\0/in/a b\0/gone\0", 19, false},
		{"copy\0/\0", 7, false},
		{"copy\0\0\0", 7, false},
		{"copy\0", 5, false},
		{"move\0/in/a b\0", 13, false},
		{"", 0, false},
	};
	struct bed *bed = *state;
	g_autofree char *wanted = g_strdup_printf("file://%s/in/a%%20b\r\n", bed->folder);

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) made = oriel_spice_files_from_guest(
			bed->folder, rows[i].list, rows[i].size, &error);

		assert_int_equal(made != NULL, rows[i].is_good);
		assert_int_equal(error == NULL, rows[i].is_good);
		if (made)
			expect_bytes(made, wanted, strlen(wanted));
	}
}

static void test_too_many(void **state)
{
	struct bed *bed = *state;
	g_autoptr(GByteArray) list = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	g_byte_array_append(list, (const guint8 *)"copy", 5);
	for (unsigned int i = 0; i <= ORIEL_SPICE_FILES_MAX; i++)
		g_byte_array_append(list, (const guint8 *)"in", 3);
	assert_null(oriel_spice_files_from_guest(bed->folder, list->data, list->len, &error));
	g_clear_error(&error);
	g_byte_array_set_size(list, list->len - 3);
	g_bytes_unref(oriel_spice_files_from_guest(bed->folder, list->data, list->len, &error));
	assert_null(error);
}

static void test_to_the_guest(void **state)
{
	static const struct {
		const char *before, *after;
		bool is_good;
	} rows[] = {
		{"# a remark\r\nfile://", "/shared/in/a%20b\r\n", true},
		{"file://localhost", "/shared/in/a%20b", true},
		{"file://", "/shared/in/%2e%2e/in/a%20b\n", true},
		{"file://elsewhere", "/shared/in/a%20b\r\n", false},
		{"http://", "/shared/in/a%20b\r\n", false},
		{"file://", "/shared/link\r\n", false},
		{"file://", "/outside\r\n", false},
		{"file://", "/shared-too\r\n", false},
		{"file://", "/shared\r\n", false},
		{"file://", "/shared/in/a%00b\r\n", false},
		{"# ", "\r\n", false},
	};
	struct bed *bed = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *list = g_strconcat(rows[i].before, bed->top, rows[i].after, NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) made =
			oriel_spice_files_to_guest(bed->folder, list, strlen(list), &error);

		assert_int_equal(made != NULL, rows[i].is_good);
		assert_int_equal(error == NULL, rows[i].is_good);
		if (made)
			expect_bytes(made, "copy\0/in/a b", 13);
	}
}

static void test_to_be_sent(void **state)
{
	static const struct {
		const char *before, *after;
		bool is_good;
	} rows[] = {
		{"file://", "/shared/in/a%20b\r\n", true},
		{"file://", "/shared/in\r\n", true},
		{"file://", "/shared-too\r\n", true}, /* the second folder */
		{"file://elsewhere", "/shared/in/a%20b\r\n", false},
		{"file://", "/shared/link\r\n", false},
		{"file://", "/outside\r\n", false},
		{"file://", "/shared/gone\r\n", false},
		{"# ", "\r\n", false},
	};
	struct bed *bed = *state;
	g_autofree char *second = g_build_filename(bed->top, "second", NULL);
	g_autofree char *file = g_build_filename(second, "shared-too", NULL);
	const char *const folders[] = {second, bed->folder, NULL};

	g_mkdir_with_parents(second, 0700);
	g_file_set_contents(file, "x", 1, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *folder = strstr(rows[i].after, "shared-too") ? second : bed->top;
		g_autofree char *list = g_strconcat(rows[i].before, folder, rows[i].after, NULL);
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) paths = oriel_spice_files_find(folders, list, strlen(list), &error);

		assert_int_equal(paths != NULL, rows[i].is_good);
		assert_int_equal(error == NULL, rows[i].is_good);
		if (paths)
			assert_int_equal(g_strv_length(paths), 1);
	}
}

static void test_line_ends(void **state)
{
	static const struct {
		const char *ours, *theirs, *back;
	} rows[] = {
		{"a\nb\n", "a\r\nb\r\n", "a\nb\n"},
		{"\n", "\r\n", "\n"},
		{"a\r\nb", "a\r\nb", "a\nb"},
		{"a\rb\r", "a\rb\r", "a\rb\r"},
		{"", "", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) to = oriel_spice_text_to_crlf(rows[i].ours, strlen(rows[i].ours));
		g_autoptr(GBytes) from =
			oriel_spice_text_from_crlf(rows[i].theirs, strlen(rows[i].theirs) + 1);

		expect_bytes(to, rows[i].theirs, strlen(rows[i].theirs));
		expect_bytes(from, rows[i].back, strlen(rows[i].back));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_the_guest),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_to_the_guest),
		cmocka_unit_test(test_to_be_sent),
		cmocka_unit_test(test_line_ends),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
