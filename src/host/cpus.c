/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/cpus.h"

#include <string.h>

gboolean oriel_cpus_has(const struct oriel_cpus *cpus, guint cpu)
{
	return cpu < ORIEL_CPUS_MAX && (cpus->words[cpu / 64] >> (cpu % 64) & 1);
}

void oriel_cpus_set(struct oriel_cpus *cpus, guint cpu, gboolean on)
{
	guint64 bit = G_GUINT64_CONSTANT(1) << (cpu % 64);

	if (cpu >= ORIEL_CPUS_MAX)
		return;
	if (on)
		cpus->words[cpu / 64] |= bit;
	else
		cpus->words[cpu / 64] &= ~bit;
}

/* At least one digit: strtoull alone takes signs and blanks. */
static gboolean parse_number(const char **text, guint *ret_number)
{
	char *end = NULL;
	guint64 number;

	if (!g_ascii_isdigit(**text))
		return FALSE;
	number = g_ascii_strtoull(*text, &end, 10);
	if (number >= ORIEL_CPUS_MAX)
		return FALSE;
	*ret_number = (guint)number;
	*text = end;
	return TRUE;
}

static gboolean parse_range(const char *text, struct oriel_cpus *cpus)
{
	gboolean on = *text != '^';
	guint first, last;

	text += !on;
	if (!parse_number(&text, &first))
		return FALSE;
	last = first;
	if (*text == '-' && (text++, !parse_number(&text, &last)))
		return FALSE;
	for (guint cpu = first; cpu <= last; cpu++)
		oriel_cpus_set(cpus, cpu, on);
	return !*text && first <= last;
}

gboolean oriel_cpus_parse(const char *text, struct oriel_cpus *ret_cpus)
{
	g_auto(GStrv) ranges = g_strsplit(text, ",", -1);
	struct oriel_cpus cpus = {0};

	for (char **range = ranges; *range; range++)
		if (!parse_range(*range, &cpus))
			return FALSE;
	*ret_cpus = cpus;
	return TRUE;
}

char *oriel_cpus_format(const struct oriel_cpus *cpus)
{
	GString *text = g_string_new(NULL);

	for (guint cpu = 0; cpu < ORIEL_CPUS_MAX; cpu++) {
		guint first = cpu;

		if (!oriel_cpus_has(cpus, cpu))
			continue;
		while (oriel_cpus_has(cpus, cpu + 1))
			cpu++;
		g_string_append_printf(text, "%s%u", text->len ? "," : "", first);
		if (cpu > first)
			g_string_append_printf(text, "-%u", cpu);
	}
	return g_string_free(text, FALSE);
}

gboolean oriel_cpus_read(
	const struct oriel_host *host, const char *path, struct oriel_cpus *ret_cpus)
{
	g_autofree char *text = oriel_host_read(host, "%s", path);

	return text && oriel_cpus_parse(text, ret_cpus);
}

gboolean oriel_cpus_is_empty(const struct oriel_cpus *cpus)
{
	static const struct oriel_cpus none;

	return !memcmp(cpus, &none, sizeof none);
}

gboolean oriel_cpus_meet(const struct oriel_cpus *left, const struct oriel_cpus *right)
{
	for (guint i = 0; i < G_N_ELEMENTS(left->words); i++)
		if (left->words[i] & right->words[i])
			return TRUE;
	return FALSE;
}

gboolean oriel_cpus_are_in(const struct oriel_cpus *left, const struct oriel_cpus *right)
{
	for (guint i = 0; i < G_N_ELEMENTS(left->words); i++)
		if (left->words[i] & ~right->words[i])
			return FALSE;
	return TRUE;
}

void oriel_cpus_add(struct oriel_cpus *cpus, const struct oriel_cpus *more)
{
	for (guint i = 0; i < G_N_ELEMENTS(cpus->words); i++)
		cpus->words[i] |= more->words[i];
}

void oriel_cpus_take(struct oriel_cpus *cpus, const struct oriel_cpus *away)
{
	for (guint i = 0; i < G_N_ELEMENTS(cpus->words); i++)
		cpus->words[i] &= ~away->words[i];
}
