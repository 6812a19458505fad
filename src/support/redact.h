/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes out of texts what says who somebody is and what opens something: addresses, serial numbers,
 * names, secrets. The same value gets the same placeholder everywhere ("[ip-2]"), so that what
 * belongs together still can be seen to.
 *
 * Two rounds: every text is first learned from, then each is cleaned. So a serial number that one
 * text names as such is also found in another that does not.
 *
 * Texts are hostile: of any size and content. Whatever cannot be judged is left out, not let
 * through. One thread. Never blocks.
 */
#ifndef ORIEL_SUPPORT_REDACT_H
#define ORIEL_SUPPORT_REDACT_H

#include <glib.h>

enum oriel_redact_kind {
	ORIEL_REDACT_SECRET, /* passwords, keys, tokens */
	ORIEL_REDACT_IP,
	ORIEL_REDACT_MAC,
	ORIEL_REDACT_UUID,
	ORIEL_REDACT_SERIAL, /* and other names of one single device */
	ORIEL_REDACT_HOST,
	ORIEL_REDACT_USER,
	ORIEL_REDACT_HOME,
	ORIEL_REDACT_WIFI,
	ORIEL_REDACT_MAIL,
	ORIEL_REDACT_KINDS,
};

struct oriel_redact;

struct oriel_redact *oriel_redact_create(void);
void oriel_redact_destroy(struct oriel_redact *redact);

/* A name known beforehand, looked for in any case of letters; from five letters on also inside of
 * words. What half of all machines are called ("localhost", "root") is ignored. */
void oriel_redact_add_word(
	struct oriel_redact *redact, enum oriel_redact_kind kind, const char *word);

void oriel_redact_learn(struct oriel_redact *redact, const char *text, gsize size);
/* The text without them: valid UTF-8, without control characters but tab and newline. Free with
 * g_free(). */
char *oriel_redact_clean(struct oriel_redact *redact, const char *text, gsize size);

/* "IP address"; static. */
const char *oriel_redact_kind_get_name(enum oriel_redact_kind kind);
/* So far: how many different values, and in how many places. */
guint oriel_redact_count_values(const struct oriel_redact *redact, enum oriel_redact_kind kind);
guint oriel_redact_count_places(const struct oriel_redact *redact, enum oriel_redact_kind kind);

#endif
