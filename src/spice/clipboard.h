/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's end of the clipboard (clipboard/clipboard.h): the SPICE agent in the guest, reached
 * through the session's main channel. A guest without an agent has no clipboard; whoever copies
 * something is told so, once a connection.
 *
 * Text goes with the line ends of the guest's system, and comes with ours.
 *
 * Thread: the session's. Never blocks.
 */
#ifndef ORIEL_SPICE_CLIPBOARD_H
#define ORIEL_SPICE_CLIPBOARD_H

#include "clipboard/clipboard.h"
#include "spice/session.h"

struct oriel_spice_clipboard;

/* Before oriel_spice_session_start(). share: the folder that the session shares (spice/session.h),
 * whose files may be copied and pasted; NULL: no files cross. All are borrowed and have to live
 * longer. */
struct oriel_spice_clipboard *oriel_spice_clipboard_create(
	struct oriel_spice_session *session, struct oriel_clipboard *clipboard, const char *share);
/* NULL is fine. */
void oriel_spice_clipboard_destroy(struct oriel_spice_clipboard *agent);

#endif
