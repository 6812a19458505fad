/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": the known word that is nearest to a mistyped one. Thread: any. Never blocks. */
#ifndef ORIEL_BASE_SUGGEST_H
#define ORIEL_BASE_SUGGEST_H

/* The one of known (ending with NULL) that differs from word by the fewest letters, or NULL when
 * none is near: more than two letters, and more than a third of them, differ. Borrowed from known.
 */
const char *oriel_suggest_nearest(const char *word, const char *const *known);

#endif
