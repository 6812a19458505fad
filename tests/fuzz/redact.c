/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text of anybody's in a support bundle. Whatever it is: the result is UTF-8 without control
 * characters, and a known name, an address and a password that stand in it on lines of their own
 * are gone.
 */
#include "fuzz/target.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "support/redact.h"

#define TEXT_MAX_BYTES 65536u
#define PLANTED "\nat 10.98.76.54 by zaphod\npassword=hunter2\n"

static void require_clean(const char *text)
{
	fuzz_require(g_utf8_validate(text, -1, NULL));
	for (const char *at = text; *at; at++)
		fuzz_require(!g_ascii_iscntrl(*at) || *at == '\n' || *at == '\t');
	fuzz_require(!strstr(text, "10.98.76.54"));
	fuzz_require(!strstr(text, "zaphod"));
	fuzz_require(!strstr(text, "hunter2"));
}

static void clean_one(const uint8_t *data, size_t size)
{
	struct oriel_redact *redact = oriel_redact_create();
	size_t length = MIN(size, TEXT_MAX_BYTES);
	g_autoptr(GString) text = g_string_new_len((const char *)data, (gssize)length);
	g_autofree char *clean = NULL;

	oriel_redact_add_word(redact, ORIEL_REDACT_USER, "zaphod");
	g_string_append(text, PLANTED);
	oriel_redact_learn(redact, text->str, text->len);
	clean = oriel_redact_clean(redact, text->str, text->len);
	require_clean(clean);
	oriel_redact_destroy(redact);
}

/* Within digits of the input's own it would be no address any more. */
static bool has_planted(const uint8_t *data, size_t size)
{
	static const char *const values[] = {"10.98.76.54", "zaphod", "hunter2"};

	for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
		if (memmem(data, size, values[i], strlen(values[i])))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (has_planted(data, size))
		return 0;
	clean_one(data, size);
	return 0;
}
