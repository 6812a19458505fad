/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of settings as text: each done twice is the same as done once. Any thread; never blocks.
 * Results are freed with g_free(). */
#ifndef ORIEL_BIND_TEXT_H
#define ORIEL_BIND_TEXT_H

#include <glib.h>

/* Words are parted by blanks. Appends those of words (char *) that are not there. */
char *oriel_bind_text_add_words(const char *text, const GPtrArray *words);

/* Does that on the rest of each line that begins with prefix ("options "). */
char *oriel_bind_text_add_to_lines(const char *text, const char *prefix, const GPtrArray *words);

/* Puts lines between two marks at the end, in place of what stood between them before. lines ends
 * with a newline. */
char *oriel_bind_text_set_block(const char *text, const char *lines);

#endif
