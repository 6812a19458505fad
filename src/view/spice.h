/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's SPICE session: takes the user's input to the guest (view/sink.h), its display to
 * the render thread (view/box.h), and sound both ways (view/sound.h). Built without SPICE, opening
 * one fails with words that say so.
 *
 * Thread: main. Only open() blocks, on the small file with the password.
 */
#ifndef ORIEL_VIEW_SPICE_H
#define ORIEL_VIEW_SPICE_H

#include "view/box.h"
#include "control/server.h"
#include "view/clipboard.h"
#include "view/input_queue.h"
#include "view/send.h"
#include "view/sound.h"

struct oriel_view_spice;

struct oriel_view_spice_setup {
	const char *address;	   /* see spice/address.h; or fd:NUMBER, see control/handout.h */
	const char *password_file; /* its first line is the password; NULL: none */
	const char *password_env;  /* the environment variable with the password; NULL: none */
	const char *ca_file;	   /* NULL: the system's authorities */
	const char *share;	   /* a folder to share with the guest; NULL: none. Borrowed */
	bool allow_plain;
	struct oriel_input_queue *inputs;  /* borrowed; becomes a sink of it */
	struct oriel_box *box;		   /* borrowed; for the display, NULL: that is not wanted */
	struct oriel_clipboard *clipboard; /* borrowed; gets its guest's end, NULL: not wanted */
	bool is_followed;		   /* the guest takes on the size of the window */
	const char *usb_auto, *usb_cd;	   /* see spice/usb.h; borrowed */
	/* Something went wrong, or away, that is none of the session's: one sentence. */
	void (*remark)(void *data, const char *text);
	/* How the session stands has changed; reason is for the user and lives until the next call.
	 */
	void (*changed)(void *data, const char *reason, bool is_problem);
	/* The guest has switched its locks, enum oriel_lock: those, and which of all are on. */
	void (*locks)(void *data, unsigned changed, unsigned locks);
	void *data;
	struct oriel_sound *sound; /* borrowed; has to go before this; NULL: none */
	struct oriel_send *send;   /* as the former */
};

/* Begins to connect. 0, or a negative errno: the address or the password cannot be had or used. */
int oriel_view_spice_open(struct oriel_view_spice **ret_spice,
	const struct oriel_view_spice_setup *setup, struct oriel_error *error);
/* Before the queue goes. NULL is fine. */
void oriel_view_spice_close(struct oriel_view_spice *spice);

/* The window's size now. Without effect unless it is followed; spice may be NULL. */
void oriel_view_spice_set_window(
	struct oriel_view_spice *spice, uint32_t width_px, uint32_t height_px);

/* Answers of the control socket: which USB devices there are; lending one, or taking it back. spice
 * may be NULL, id too: then it is refused. */
void oriel_view_spice_list_usb(struct oriel_view_spice *spice, struct oriel_control_call *call);
void oriel_view_spice_attach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id);
void oriel_view_spice_detach_usb(
	struct oriel_view_spice *spice, struct oriel_control_call *call, const char *id);

#endif
