/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a caller may do something: polkit decides. Thread: the main loop's; never blocks. */
#ifndef ORIEL_HELPER_AUTHORITY_H
#define ORIEL_HELPER_AUTHORITY_H

#include <gio/gio.h>

/* allowed, or why is a sentence for the caller. */
typedef void (*oriel_authority_answer)(gboolean allowed, const char *why, void *data);

/* sender: unique name of the caller on the bus; action: polkit's id. The user may be asked for a
 * password, so the answer can take minutes. Root needs no polkit unless trust_root is FALSE. */
void oriel_authority_ask(GDBusConnection *bus, const char *sender, const char *action,
	gboolean trust_root, oriel_authority_answer answer, void *data);

#endif
