/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each option of a stock Looking Glass client, B7 or later, becomes here. Pure. */
#ifndef ORIEL_VIEW_IMPORT_TABLE_H
#define ORIEL_VIEW_IMPORT_TABLE_H

#include <glib.h>
#include <stdbool.h>

/* One of three kinds: it becomes option by itself, has no equal for a reason, or is one of several
 * that oriel_import_joins bring together (option and reason are NULL). */
struct oriel_import_row {
	const char *group;
	const char *key;    /* NULL: any other of the group */
	const char *option; /* ours */
	/* Ours, owned by the caller; NULL: ours does the same without being told. */
	char *(*translate)(const char *value);
	const char *reason;
};

/* NULL when no stock client has it. */
const struct oriel_import_row *oriel_import_find(const char *group, const char *key);

/* parts: "group:key" -> value, of the rows to be joined. */
struct oriel_import_join {
	const char *option; /* ours */
	/* As translate() above. */
	char *(*join)(GHashTable *parts);
	/* What to say about it, or NULL; NULL: nothing ever. */
	const char *(*remark)(GHashTable *parts);
};

/* Ends with one without option. */
extern const struct oriel_import_join oriel_import_joins[];

/* As the stock client reads it: whatever is none of its words for yes is a no. */
bool oriel_import_is_yes(const char *value);

#endif
