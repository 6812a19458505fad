/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clipboard between two ends, the user's desktop and the guest: who has something to offer, who
 * may have it, and how much of it. Knows neither window systems nor SPICE; those are the ends.
 *
 *   offer     an end has something: only its formats cross
 *   request   the other end wants it, because somebody pastes: now the content is fetched
 *   deliver   the content, checked for size and kind before anybody sees it
 *
 * Thread: the one that runs GLib's default main context. Nothing blocks.
 */
#ifndef ORIEL_CLIPBOARD_CLIPBOARD_H
#define ORIEL_CLIPBOARD_CLIPBOARD_H

#include "clipboard/format.h"

enum oriel_clipboard_side { ORIEL_CLIPBOARD_DESKTOP, ORIEL_CLIPBOARD_GUEST, ORIEL_CLIPBOARD_SIDES };

/* Which ways are open. */
enum oriel_clipboard_ways {
	ORIEL_CLIPBOARD_OFF,
	ORIEL_CLIPBOARD_TO_GUEST,
	ORIEL_CLIPBOARD_TO_HOST,
	ORIEL_CLIPBOARD_BOTH,
};

/* Somebody who pastes does not wait any longer. */
#define ORIEL_CLIPBOARD_WAIT_S 20u

struct oriel_clipboard;

/* An end. Every member must be set; none may destroy the clipboard from within. */
struct oriel_clipboard_end {
	/* The other end has these formats now; 0: nothing any more. */
	void (*take_offer)(void *data, uint32_t formats);
	/* Bring the content that was offered last: oriel_clipboard_deliver(), at once or later. */
	void (*fetch)(void *data, enum oriel_clipboard_format format);
};

struct oriel_clipboard_setup {
	enum oriel_clipboard_ways ways;
	size_t limit_bytes; /* of one content */
	/* Something did not cross: one sentence for the user. May be NULL. */
	void (*remark)(void *data, const char *text);
	void *data;
};

struct oriel_clipboard *oriel_clipboard_create(const struct oriel_clipboard_setup *setup);
/* Answers all requests with nothing. NULL is fine. */
void oriel_clipboard_destroy(struct oriel_clipboard *clipboard);

/* end and data are borrowed until another one takes the place; NULL: nobody. The end is told of
 * what the other one offers. */
void oriel_clipboard_attach(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	const struct oriel_clipboard_end *end, void *data);

/* That side has these formats now; 0: it has nothing any more. */
void oriel_clipboard_offer(
	struct oriel_clipboard *clipboard, enum oriel_clipboard_side side, uint32_t formats);

/* bytes is borrowed and valid during the call; NULL: it cannot be had. */
typedef void (*oriel_clipboard_answer)(void *data, GBytes *bytes);
/* That side wants what the other one offers; answered once, maybe before this returns. */
void oriel_clipboard_request(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format, oriel_clipboard_answer answer, void *data);
/* No answer to data any more. */
void oriel_clipboard_forget(struct oriel_clipboard *clipboard, void *data);

/* What fetch() was to bring, from that side; NULL: it cannot be had. bytes is borrowed. Unasked
 * for, it is passed over. */
void oriel_clipboard_deliver(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format, GBytes *bytes);
/* Instead of deliver(): there is more than the limit. */
void oriel_clipboard_refuse(struct oriel_clipboard *clipboard, enum oriel_clipboard_side side,
	enum oriel_clipboard_format format);

size_t oriel_clipboard_get_limit(const struct oriel_clipboard *clipboard);
/* For ends that have something to say. */
void oriel_clipboard_remark(struct oriel_clipboard *clipboard, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

#endif
