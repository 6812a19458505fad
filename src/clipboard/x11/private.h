/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share: x11.c (life, focus, owner), read.c (what others have),
 * serve.c (what others want). */
#ifndef ORIEL_CLIPBOARD_X11_PRIVATE_H
#define ORIEL_CLIPBOARD_X11_PRIVATE_H

#include <xcb/xcb.h>

#include "clipboard/x11/x11.h"

#define ORIEL_CLIPBOARD_X11_NAMES_MAX 16

/* Content that is being read, of one format or the list of them. */
struct oriel_clipboard_reading {
	xcb_atom_t target;     /* asked for; XCB_ATOM_NONE: idle */
	unsigned int sequence; /* of the property's request whose answer is awaited; 0: none */
	bool is_incremental;   /* it comes in parts */
	bool has_next;	       /* the next one came before that answer was looked at */
	GByteArray *parts;
};

enum { ORIEL_CLIPBOARD_X11_LIST = ORIEL_CLIPBOARD_FORMATS, ORIEL_CLIPBOARD_X11_READINGS };

struct oriel_clipboard_x11 {
	struct oriel_clipboard *clipboard;
	xcb_connection_t *connection;
	xcb_window_t own, viewer;
	uint8_t xfixes_event;
	bool is_attached;
	guint watch;
	guint again; /* events may have come while something was sent; 0: no */

	xcb_atom_t selection, targets, timestamp, incr, mark;
	xcb_atom_t names[ORIEL_CLIPBOARD_X11_NAMES_MAX]; /* of oriel_clipboard_names */

	bool has_focus;
	bool is_owner;		  /* the selection is ours */
	bool is_waiting_for_time; /* to become the owner */
	uint32_t offered;	  /* by the guest */
	xcb_timestamp_t since;	  /* when the selection became ours */

	struct oriel_clipboard_reading readings[ORIEL_CLIPBOARD_X11_READINGS];
	xcb_atom_t readable[ORIEL_CLIPBOARD_FORMATS]; /* the owner's name of each; 0: has none */
	GQueue servings;			      /* struct serving, of serve.c */
};

/* ---- x11.c */
/* Sends what waits; what comes meanwhile is looked at soon. */
void oriel_clipboard_x11_flush(struct oriel_clipboard_x11 *x11);

/* ---- read.c */
/* Asks the owner which formats it has; the answer becomes an offer. */
void oriel_clipboard_x11_read_list(struct oriel_clipboard_x11 *x11);
/* Asks for the content; it is delivered. */
void oriel_clipboard_x11_read(struct oriel_clipboard_x11 *x11, enum oriel_clipboard_format format);
/* The owner is another one: what is being read is of no use. */
void oriel_clipboard_x11_drop_readings(struct oriel_clipboard_x11 *x11);
void oriel_clipboard_x11_on_converted(
	struct oriel_clipboard_x11 *x11, const xcb_selection_notify_event_t *event);
/* A property of our own window is new. */
void oriel_clipboard_x11_on_part(struct oriel_clipboard_x11 *x11, xcb_atom_t property);
/* Answers of the server that have come. True: there was one. */
bool oriel_clipboard_x11_poll_readings(struct oriel_clipboard_x11 *x11);

/* ---- serve.c */
void oriel_clipboard_x11_on_request(
	struct oriel_clipboard_x11 *x11, const xcb_selection_request_event_t *event);
/* Another client has taken a part. */
void oriel_clipboard_x11_on_taken(
	struct oriel_clipboard_x11 *x11, xcb_window_t window, xcb_atom_t property);
void oriel_clipboard_x11_drop_servings(struct oriel_clipboard_x11 *x11);

#endif
