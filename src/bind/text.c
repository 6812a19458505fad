/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bind/text.h"

#include <string.h>

#define BLOCK_BEGIN "# begin oriel: written by 'oriel vfio apply', taken out by 'oriel vfio undo'\n"
#define BLOCK_END "# end oriel\n"

static gboolean has_word(const char *text, const char *word)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);

	return g_strv_contains((const char *const *)words, word);
}

char *oriel_bind_text_add_words(const char *text, const GPtrArray *words)
{
	g_autoptr(GString) result = g_string_new(text);

	for (guint i = 0; i < words->len; i++) {
		const char *word = g_ptr_array_index(words, i);

		if (!has_word(result->str, word))
			g_string_append_printf(result, "%s%s", result->len ? " " : "", word);
	}
	return g_string_free(g_steal_pointer(&result), FALSE);
}

char *oriel_bind_text_add_to_lines(const char *text, const char *prefix, const GPtrArray *words)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *longer;

		if (!g_str_has_prefix(*line, prefix))
			continue;
		longer = oriel_bind_text_add_words(*line, words);
		g_free(*line);
		*line = longer;
	}
	return g_strjoinv("\n", lines);
}

char *oriel_bind_text_set_block(const char *text, const char *lines)
{
	const char *begin = strstr(text, BLOCK_BEGIN);
	const char *end = begin ? strstr(begin, BLOCK_END) : NULL;
	g_autofree char *before = end ? g_strndup(text, (gsize)(begin - text)) : g_strdup(text);
	const char *gap = *before && !g_str_has_suffix(before, "\n") ? "\n" : "";

	return g_strconcat(before, gap, BLOCK_BEGIN, lines, BLOCK_END,
		end ? end + strlen(BLOCK_END) : "", NULL);
}
