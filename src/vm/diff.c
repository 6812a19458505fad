/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/diff.h"

#include <glib.h>
#include <stdbool.h>

#define AROUND 2

struct lines {
	char **before, **after;
	guint count_before, count_after;
	guint *common; /* length of the longest common rest from [before line][after line] */
};

static guint *get_common(const struct lines *lines, guint before, guint after)
{
	return &lines->common[(gsize)before * (lines->count_after + 1) + after];
}

static void fill_common(struct lines *lines)
{
	lines->common = g_new0(guint, (gsize)(lines->count_before + 1) * (lines->count_after + 1));
	for (guint b = lines->count_before; b-- > 0;)
		for (guint a = lines->count_after; a-- > 0;)
			*get_common(lines, b, a) = g_str_equal(lines->before[b], lines->after[a])
							   ? *get_common(lines, b + 1, a + 1) + 1
							   : MAX(*get_common(lines, b + 1, a),
								     *get_common(lines, b, a + 1));
}

/* Every line with its mark in front: ' ', '-' or '+'. */
static GPtrArray *mark_lines(const struct lines *lines)
{
	GPtrArray *marked = g_ptr_array_new_with_free_func(g_free);
	guint b = 0, a = 0;

	while (b < lines->count_before || a < lines->count_after) {
		bool both = b < lines->count_before && a < lines->count_after;

		if (both && g_str_equal(lines->before[b], lines->after[a])) {
			g_ptr_array_add(marked, g_strconcat(" ", lines->before[b], NULL));
			b++, a++;
		} else if (a == lines->count_after ||
			   (both && *get_common(lines, b + 1, a) >= *get_common(lines, b, a + 1))) {
			g_ptr_array_add(marked, g_strconcat("-", lines->before[b++], NULL));
		} else {
			g_ptr_array_add(marked, g_strconcat("+", lines->after[a++], NULL));
		}
	}
	return marked;
}

static bool is_near_change(GPtrArray *marked, guint at)
{
	guint first = at > AROUND ? at - AROUND : 0;

	for (guint i = first; i <= at + AROUND && i < marked->len; i++)
		if (*(char *)marked->pdata[i] != ' ')
			return true;
	return false;
}

static char *join(GPtrArray *marked)
{
	GString *text = g_string_new(NULL);
	bool gap = false;

	for (guint i = 0; i < marked->len; i++) {
		if (!is_near_change(marked, i)) {
			gap = true;
			continue;
		}
		if (gap)
			g_string_append(text, "...\n");
		gap = false;
		g_string_append_printf(text, "%s\n", (char *)marked->pdata[i]);
	}
	return g_string_free(text, FALSE);
}

char *oriel_vm_diff(const char *before, const char *after)
{
	struct lines lines = {
		.before = g_strsplit(before, "\n", -1), .after = g_strsplit(after, "\n", -1)};
	g_autoptr(GPtrArray) marked = NULL;

	lines.count_before = g_strv_length(lines.before);
	lines.count_after = g_strv_length(lines.after);
	fill_common(&lines);
	marked = mark_lines(&lines);
	g_free(lines.common);
	g_strfreev(lines.before);
	g_strfreev(lines.after);
	return join(marked);
}
