/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file of settings. The input is its text; what is refused leaves the options as they were and
 * gives one line that begins with the file's name.
 */
#include "fuzz/target.h"

#include <glib.h>
#include <string.h>

#include "view/config.h"

#define TEXT_MAX_BYTES 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, MIN(size, TEXT_MAX_BYTES));
	struct oriel_view_options before, options;
	struct oriel_error error = {0};

	/* Padding is compared as well. */
	memset(&before, 0, sizeof before);
	oriel_options_init(&before);
	memcpy(&options, &before, sizeof options);
	if (!oriel_config_read(&options, "settings", text, &error))
		return 0;
	fuzz_require(!memcmp(&options, &before, sizeof options));
	fuzz_require(error.code < 0);
	fuzz_require(g_str_has_prefix(error.message, "settings:"));
	fuzz_require(!strchr(error.message, '\n'));
	return 0;
}
