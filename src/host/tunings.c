/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/tunings.h"

#include <gio/gio.h>
#include <string.h>

static const char *const names[] = {
	[ORIEL_TUNING_HUGEPAGES] = "hugepages",
	[ORIEL_TUNING_THP] = "thp",
	[ORIEL_TUNING_CPUS] = "cpus",
	[ORIEL_TUNING_GOVERNOR] = "governor",
	[ORIEL_TUNING_IRQ] = "irq",
};

const char *oriel_tunings_get_name(enum oriel_tuning tuning)
{
	return names[tuning];
}

static int find(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

gboolean oriel_tunings_parse(const char *text, guint *ret_tunings, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	guint tunings = 0;

	for (char **word = words; *word; word++) {
		g_autofree char *all = NULL;
		int tuning = find(*word);

		if (tuning >= 0) {
			tunings |= 1u << tuning;
			continue;
		}
		all = oriel_tunings_format((1u << ORIEL_TUNING_COUNT) - 1);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"'%.32s' is nothing that can be tuned: %s, with commas between", *word,
			all);
		return FALSE;
	}
	*ret_tunings = tunings;
	return TRUE;
}

char *oriel_tunings_format(guint tunings)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (tunings & 1u << i)
			g_string_append_printf(text, "%s%s", text->len ? "," : "", names[i]);
	return g_string_free(text, FALSE);
}
