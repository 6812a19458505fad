/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/check.h"
#include "vm/error.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* Refused, with the field and every given word in the message. */
static void assert_refused(bool ok, GError **error, const char *const *words)
{
	assert_false(ok);
	assert_true(g_error_matches(*error, ORIEL_VM_ERROR, ORIEL_VM_ERROR_INVALID));
	for (; *words; words++)
		if (!strstr((*error)->message, *words))
			fail_msg("'%s' is not in: %s", *words, (*error)->message);
	g_clear_error(error);
}

#define REFUSED(call, ...)                                                                         \
	do {                                                                                       \
		GError *error = NULL;                                                              \
		bool ok_ = (call);                                                                 \
		assert_refused(ok_, &error, (const char *const[]){__VA_ARGS__, NULL});             \
	} while (0)

static void test_names(void **state)
{
	static const char *const good[] = {"win11", "Win-11_b.2+x", "0", "a"};
	g_autofree char *longest = g_strnfill(63, 'x'), *longer = g_strnfill(64, 'x');
	g_autofree char *huge = g_strnfill(10000, 'x');

	for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
		assert_true(oriel_vm_check_name("name", good[i], NULL));
	assert_true(oriel_vm_check_name("name", longest, NULL));
	REFUSED(oriel_vm_check_name("name", longer, &error), "name", "63", "xxxx");
	REFUSED(oriel_vm_check_name("name", huge, &error), "(10000 bytes)");
	REFUSED(oriel_vm_check_name("name", "", &error), "empty");
	REFUSED(oriel_vm_check_name("name", "../../etc/passwd", &error), "'../../etc/passwd'");
	REFUSED(oriel_vm_check_name("name", "a/b", &error), "'a/b'", "--title");
	REFUSED(oriel_vm_check_name("name", "-rf", &error), "begin with");
	REFUSED(oriel_vm_check_name("name", "x'/><hostdev/>", &error), "x'/><hostdev/>");
	REFUSED(oriel_vm_check_name("name", "f\xc3\xbcr", &error), "f\xc3\xbcr");
	REFUSED(oriel_vm_check_name("name", "a\nb", &error), "\\x0a");
}

static void test_text(void **state)
{
	g_autofree char *huge = g_strnfill(10000, 'x');

	assert_true(oriel_vm_check_text("title", "<b> & \"q\" 'p' \xe2\x82\xac", NULL));
	REFUSED(oriel_vm_check_text("title", huge, &error), "title", "256", "(10000 bytes)");
	REFUSED(oriel_vm_check_text("title", "a\x01", &error), "\\x01");
	REFUSED(oriel_vm_check_text("title", "\xff", &error), "UTF-8");
}

static void test_paths(void **state)
{
	assert_true(oriel_vm_check_path("disk", "/var/lib/a b&<c>'.qcow2", NULL));
	REFUSED(oriel_vm_check_path("disk", "relative", &error), "disk", "full path");
	REFUSED(oriel_vm_check_path("disk", "/a/../b", &error), "'..'");
	REFUSED(oriel_vm_check_path("disk", "/a/", &error), "directory");
	REFUSED(oriel_vm_check_path("disk", "/a\nb", &error), "control");
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		guint64 bytes;
	} good[] = {{"16G", G_GUINT64_CONSTANT(16) << 30}, {"512", 512 << 20}, {"65536K", 64 << 20},
		{"1TiB", G_GUINT64_CONSTANT(1) << 40}, {"2gb", G_GUINT64_CONSTANT(2) << 30}};
	guint64 bytes;

	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		assert_true(
			oriel_vm_check_size("memory", good[i].text, 1, G_MAXUINT64, &bytes, NULL));
		assert_true(bytes == good[i].bytes);
	}
	bytes = 7;
	REFUSED(oriel_vm_check_size("memory", "100M", 512 << 20, 1 << 30, &bytes, &error), "memory",
		"'100M'", "512M", "1G");
	REFUSED(oriel_vm_check_size("memory", "-1G", 1, 2, &bytes, &error), "'-1G'");
	REFUSED(oriel_vm_check_size("memory", "99999999999999T", 1, 2, &bytes, &error), "memory");
	REFUSED(oriel_vm_check_size("memory", "1.5G", 1, 2, &bytes, &error), "whole number");
	REFUSED(oriel_vm_check_size("memory", "", 1, 2, &bytes, &error), "memory");
	assert_true(bytes == 7);
}

static void test_resolution(void **state)
{
	guint width = 0, height = 0;

	assert_true(oriel_vm_check_resolution("resolution", "2560x1440", &width, &height, NULL));
	assert_int_equal(width, 2560);
	assert_int_equal(height, 1440);
	REFUSED(oriel_vm_check_resolution("resolution", "320x200", &width, &height, &error),
		"640x480");
	REFUSED(oriel_vm_check_resolution("resolution", "9000x4000", &width, &height, &error),
		"7680x4320");
	REFUSED(oriel_vm_check_resolution("resolution", "1x2x3", &width, &height, &error),
		"WIDTHx");
}

static void test_pci(void **state)
{
	struct oriel_vm_pci pci = {0};

	assert_true(oriel_vm_check_pci("gpu", "10de:0a:1f.7", &pci, NULL));
	assert_int_equal(pci.domain, 0x10de);
	assert_int_equal(pci.slot, 0x1f);
	REFUSED(oriel_vm_check_pci("gpu", "01:00.0", &pci, &error), "gpu", "'01:00.0'", "lspci -D");
	REFUSED(oriel_vm_check_pci("gpu", "0000:01:00.8", &pci, &error), "gpu");
	REFUSED(oriel_vm_check_pci("gpu", "0000:01:20.0", &pci, &error), "gpu");
	REFUSED(oriel_vm_check_pci("gpu", "0000:01:00.0 ", &pci, &error), "gpu");
	REFUSED(oriel_vm_check_pci("gpu", "0000:01:00.0'/>", &pci, &error), "gpu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_resolution),
		cmocka_unit_test(test_pci),
	};

	return cmocka_run_group_tests_name("vm-check", tests, NULL, NULL);
}
