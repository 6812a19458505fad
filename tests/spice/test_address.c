/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What names a server, and what is refused before anything is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gio/gio.h>
#include <string.h>

#include "spice/address.h"

static void test_good(void **state)
{
	static const struct {
		const char *text;
		enum oriel_spice_transport transport;
		const char *path, *host;
		uint16_t port;
	} rows[] = {
		{"/run/vm/spice.sock", ORIEL_SPICE_UNIX, "/run/vm/spice.sock", NULL, 0},
		{"spice+unix:///run/a%20b", ORIEL_SPICE_UNIX, "/run/a b", NULL, 0},
		{"spice://localhost", ORIEL_SPICE_PLAIN, NULL, "localhost", 5900},
		{"spice://127.0.0.1:5999", ORIEL_SPICE_PLAIN, NULL, "127.0.0.1", 5999},
		{"spice://[::1]:5999/", ORIEL_SPICE_PLAIN, NULL, "::1", 5999},
		{"spice+tls://vm.example:5901", ORIEL_SPICE_TLS, NULL, "vm.example", 5901},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct oriel_spice_address address;

		assert_true(oriel_spice_address_parse(&address, rows[i].text, false, NULL));
		assert_int_equal(address.transport, rows[i].transport);
		assert_int_equal(g_strcmp0(address.path, rows[i].path), 0);
		assert_int_equal(g_strcmp0(address.host, rows[i].host), 0);
		assert_int_equal(address.port, rows[i].port);
		assert_string_equal(address.text, rows[i].text);
		oriel_spice_address_finish(&address);
	}
}

static void test_bad(void **state)
{
	static const char *const rows[] = {"", "spice", "spice://", "spice://:1", "vm.example:5900",
		"vnc://localhost", "spice+tls://localhost", "spice://localhost:0",
		"spice://localhost:70000", "spice://localhost:5900/x", "spice+unix://run/vm",
		"/a/path/that/is/far/longer/than/the/one/hundred/and/seven/bytes/which/the/kernel/"
		"takes/for/the/name/of/a/socket"};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct oriel_spice_address address;
		g_autoptr(GError) error = NULL;

		assert_false(oriel_spice_address_parse(&address, rows[i], true, &error));
		assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT));
	}
}

static void test_secret_is_not_repeated(void **state)
{
	static const char *const rows[] = {"spice://me:opensesame@localhost:5900",
		"spice://localhost?password=opensesame", "spice://localhost:x?password=opensesame",
		"spice://localhost:5900#opensesame"};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct oriel_spice_address address;
		g_autoptr(GError) error = NULL;

		assert_false(oriel_spice_address_parse(&address, rows[i], true, &error));
		assert_null(strstr(error->message, "opensesame"));
	}
}

static void test_plain_text(void **state)
{
	static const char *const rows[] = {
		"spice://vm.example:5900", "spice://192.0.2.1", "spice://[2001:db8::1]:5900"};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct oriel_spice_address address;
		g_autoptr(GError) error = NULL;

		assert_false(oriel_spice_address_parse(&address, rows[i], false, &error));
		assert_true(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED));
		assert_true(oriel_spice_address_parse(&address, rows[i], true, NULL));
		oriel_spice_address_finish(&address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_secret_is_not_repeated),
		cmocka_unit_test(test_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
