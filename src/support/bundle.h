/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What somebody sends along when they ask for help: texts, cleaned of what is private
 * (support/redact.h), with a list of what is inside, what was left out and what was taken out, in
 * one file.
 *
 * One thread. Blocks on files only.
 */
#ifndef ORIEL_SUPPORT_BUNDLE_H
#define ORIEL_SUPPORT_BUNDLE_H

#include "support/redact.h"

#include <gio/gio.h>

struct oriel_bundle;

struct oriel_bundle *oriel_bundle_create(void);
void oriel_bundle_destroy(struct oriel_bundle *bundle);

/* Names that are known to be private; see oriel_redact_add_word(). */
void oriel_bundle_add_word(
	struct oriel_bundle *bundle, enum oriel_redact_kind kind, const char *word);
/* Texts that are private but may tell which words are: learned from, not put in. */
void oriel_bundle_learn(struct oriel_bundle *bundle, const char *text, gsize size);

/* A text of any content; both are copied. */
void oriel_bundle_add(struct oriel_bundle *bundle, const char *name, const char *text, gsize size);
/* What is missing and why. */
void oriel_bundle_add_missing(struct oriel_bundle *bundle, const char *name, const char *why);

/* Cleans everything. Nothing may be added from then on. */
void oriel_bundle_seal(struct oriel_bundle *bundle);
/* The list of a sealed bundle, as it is in it too: README.txt. Owned by the bundle. */
const char *oriel_bundle_get_list(const struct oriel_bundle *bundle);
/* Writes a sealed bundle into a file of mode 0600 that must not be there yet. */
gboolean oriel_bundle_write(const struct oriel_bundle *bundle, const char *path, GError **error);

#endif
