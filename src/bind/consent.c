/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/consent.h"

#include <string.h>

/* Lengths go first, so that no two plans are the same row of bytes. */
static void add_bytes(GChecksum *sum, const void *data, gsize size)
{
	guint64 length = GUINT64_TO_BE((guint64)size);

	g_checksum_update(sum, (const guchar *)&length, sizeof length);
	g_checksum_update(sum, data, (gssize)size);
}

static void add_text(GChecksum *sum, const char *text)
{
	add_bytes(sum, text, strlen(text));
}

static void add_file(GChecksum *sum, GBytes *bytes)
{
	gsize size = 0;
	const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;

	add_text(sum, bytes ? "file" : "none");
	add_bytes(sum, data ? data : "", size);
}

static void add_commands(GChecksum *sum, const GPtrArray *commands)
{
	for (guint i = 0; i < commands->len; i++) {
		char **words = g_ptr_array_index(commands, i);

		add_text(sum, "command");
		for (; *words; words++)
			add_text(sum, *words);
	}
	add_text(sum, "end");
}

char *oriel_bind_consent_get_digest(const struct oriel_bind_plan *plan)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	add_text(sum, ORIEL_VERSION);
	for (guint i = 0; i < plan->changes->len; i++) {
		const struct oriel_bind_change *change = g_ptr_array_index(plan->changes, i);
		g_autofree char *mode = g_strdup_printf("%o", change->mode);

		add_text(sum, change->path);
		add_text(sum, mode);
		add_file(sum, change->before);
		add_file(sum, change->after);
	}
	add_commands(sum, plan->commands);
	add_commands(sum, plan->undo_commands);
	return g_strdup(g_checksum_get_string(sum));
}
