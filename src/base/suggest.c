/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/suggest.h"

#include <string.h>

#define WORD_MAX 32u

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Letters to insert, drop or replace to turn a into b. Both are at most WORD_MAX long. */
static unsigned int count_edits(const char *a, const char *b)
{
	unsigned int row[WORD_MAX + 1];
	size_t width = strlen(b);

	for (unsigned int x = 0; x <= width; x++)
		row[x] = x;
	for (unsigned int y = 1; a[y - 1]; y++) {
		unsigned int corner = row[0];

		row[0] = y;
		for (unsigned int x = 1; x <= width; x++) {
			unsigned int replace = corner + (a[y - 1] != b[x - 1]);

			corner = row[x];
			row[x] = least(replace, least(row[x - 1], row[x]) + 1);
		}
	}
	return row[width];
}

const char *oriel_suggest_nearest(const char *word, const char *const *known)
{
	const char *nearest = NULL;
	size_t length = strlen(word);
	unsigned int limit = length < 3 ? 1 : length < 9 ? 2 : (unsigned int)length / 3;

	if (length > WORD_MAX)
		return NULL;
	for (; *known; known++) {
		unsigned int edits =
			strlen(*known) <= WORD_MAX ? count_edits(word, *known) : limit + 1;

		if (edits <= limit) {
			nearest = *known;
			limit = edits ? edits - 1 : 0;
		}
	}
	return nearest;
}
