/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the values are told by what stands around them; private to the redactor. */
#ifndef ORIEL_SUPPORT_REDACT_RULES_H
#define ORIEL_SUPPORT_REDACT_RULES_H

#include "support/redact.h"

struct oriel_redact_rule {
	enum oriel_redact_kind kind;
	/* Perl's, of any case unless it says otherwise; what group 1 matches is the value. */
	const char *pattern;
	/* Of a match only those values are meant for which this is true; NULL: all. */
	gboolean (*is_meant)(const char *value);
	gboolean is_learned;	  /* looked for without its surroundings, too */
	gboolean is_only_learned; /* and only so */
};

/* In the order in which they are used. */
extern const struct oriel_redact_rule oriel_redact_rules[];
extern const guint oriel_redact_rules_count;

/* Names that say nothing about anybody. */
gboolean oriel_redact_rules_is_common(const char *name);

#endif
