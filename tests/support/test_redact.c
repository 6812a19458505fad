/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking out what is private, text by text: what has to go, what has to stay, and that the same
 * value gets the same number.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "support/redact.h"

struct text_case {
	const char *text, *clean;
};

static const struct text_case cases[] = {
	/* secrets */
	{"password = a b c", "password = [secret-1]"},
	{"<graphics passwd='x&amp;y' port='1'/>", "<graphics passwd='[secret-1]' port='1'/>"},
	{"{\"token\": \"a\\\"b\", \"n\": 1}", "{\"token\": \"[secret-1]\", \"n\": 1}"},
	{"-spice port=1,password=a,,b,addr=x", "-spice port=1,password=[secret-1],addr=x"},
	{"<AdministratorPassword><Value>geheim</Value>",
		"<AdministratorPassword><Value>[secret-1]</Value>"},
	{"run --password geheim --x", "run --password [secret-1] --x"},
	{"spice://u:p@q@h.example:1", "spice://[user-1]:[secret-1]@[host-1]:1"},
	{"Authorization: Basic abc def", "Authorization: [secret-1]"},
	{"password=yes", "password=yes"},
	/* addresses */
	{"at 10.0.2.15:22 and 10.0.2.15", "at [ip-1]:22 and [ip-1]"},
	{"v10.0.2.15b 10.0.2.150 10.0.2.1500", "v[ip-1]b [ip-2] 10.0.2.1500"},
	{"127.0.0.1 0.0.0.0 255.255.255.0 ::1 ::", "127.0.0.1 0.0.0.0 255.255.255.0 ::1 ::"},
	{"256.1.1.1 1.2.3 12:34:56 0000:01:00.0", "256.1.1.1 1.2.3 12:34:56 0000:01:00.0"},
	{"addr:fe80::1%eth0, fe80::2: gone", "addr:[ip-1]%eth0, [ip-2]: gone"},
	{"[2001:db8::1]:443 ::ffff:10.0.0.1", "[[ip-1]]:443 [ip-2]"},
	{"std::dec Foo::bar a.b.c.d", "std::dec Foo::bar a.b.c.d"},
	{"mac 52:54:00:12:34:56 wlx525400123456", "mac [mac-1] wlx[mac-2]"},
	{"10de:2484 00:1f.2 1458:4000", "10de:2484 00:1f.2 1458:4000"},
	/* names of single things */
	{"root=UUID=1234-ABCD ro", "root=UUID=[uuid-1] ro"},
	{"c7a5fdbd-edaf-9455-926a-d65c16db1809 is C7A5FDBD-EDAF-9455-926A-D65C16DB1809",
		"[uuid-1] is [uuid-1]"},
	{"<serial>AB 1</serial> <serial type='pty'/>",
		"<serial>[serial-1]</serial> <serial type='pty'/>"},
	{"usb: SerialNumber: 123", "usb: SerialNumber: [serial-1]"},
	{"/dev/disk/by-id/ata-x_y /dev/disk/by-path/pci-0000:04:00.0-nvme-1",
		"/dev/disk/by-id/[serial-1] /dev/disk/by-path/pci-0000:04:00.0-nvme-1"},
	/* people */
	{"/home/ann/x /home/ann", "[home-1]/x [home-1]"},
	{"C:\\Users\\Ann Other\\x", "[home-1]\\x"},
	{"by user ann, root", "by user [user-1], root"},
	{"mail ann@host.example, getty@tty1.service", "mail [mail-1], getty@tty1.service"},
	{"ssid=\"My Net\" on", "ssid=\"[wifi-1]\" on"},
	{"xmlns='http://libvirt.org/schemas' http://nas.example/x",
		"xmlns='http://libvirt.org/schemas' http://[host-1]/x"},
	/* what would hide something */
	{"pass\001word=x\033[1m", "pass word=x [1m"},
	{"a\n-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nb",
		"a\n[private key]\nb"},
	{"-----BEGIN PRIVATE KEY-----\nMII", "[private key]"},
};

static char *clean(struct oriel_redact *redact, const char *text)
{
	return g_strchomp(oriel_redact_clean(redact, text, strlen(text)));
}

static void test_each_text(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct oriel_redact *redact = oriel_redact_create();
		g_autofree char *text = clean(redact, cases[i].text);

		assert_string_equal(text, cases[i].clean);
		oriel_redact_destroy(redact);
	}
}

/* What one text names, another has without a name. */
static void test_learns_first(void **state)
{
	static const char first[] =
		"<serial>S3Z8NB0K</serial> password='a&amp;bcdef' ssid=\"Net 5\"";
	struct oriel_redact *redact = oriel_redact_create();
	g_autofree char *text = NULL;

	oriel_redact_learn(redact, first, strlen(first));
	text = clean(redact, "disk s3z8nb0k_1, a&bcdef, net 5");
	assert_string_equal(text, "disk [serial-1]_1, [secret-1], [wifi-1]");
	assert_int_equal(oriel_redact_count_values(redact, ORIEL_REDACT_SERIAL), 1);
	assert_int_equal(oriel_redact_count_places(redact, ORIEL_REDACT_SERIAL), 1);
	oriel_redact_destroy(redact);
}

static void test_known_words(void **state)
{
	struct oriel_redact *redact = oriel_redact_create();
	g_autofree char *text = NULL;

	oriel_redact_add_word(redact, ORIEL_REDACT_USER, "Al");
	oriel_redact_add_word(redact, ORIEL_REDACT_USER, "zaphod");
	oriel_redact_add_word(redact, ORIEL_REDACT_USER, "Zoë Example");
	oriel_redact_add_word(redact, ORIEL_REDACT_HOST, "localhost");
	oriel_redact_add_word(redact, ORIEL_REDACT_HOST, "");
	text = clean(redact, "al also al_1 ZaphodsPC zoË example localhost");
	assert_string_equal(text, "[user-3] also [user-3]_1 [user-2]sPC [user-1] localhost");
	oriel_redact_destroy(redact);
}

/* Longer than what is judged at once; the end of a cut word would be half a secret. */
static void test_long_texts(void **state)
{
	struct oriel_redact *redact = oriel_redact_create();
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *result = NULL;

	for (int i = 0; i < 20000; i++)
		g_string_append(text, "at 10.0.2.15 \n");
	for (int i = 0; i < 40000; i++)
		g_string_append(text, "word ");
	g_string_append(text, "10.0.2.15\nlast");
	result = clean(redact, text->str);
	assert_null(strstr(result, "10.0.2"));
	assert_non_null(strstr(result, " bytes of a long line left out]\nlast"));
	assert_int_equal(oriel_redact_count_places(redact, ORIEL_REDACT_IP), 20000);
	oriel_redact_destroy(redact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_text),
		cmocka_unit_test(test_learns_first),
		cmocka_unit_test(test_known_words),
		cmocka_unit_test(test_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
