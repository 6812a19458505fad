/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the main thread and the render thread send each other: commands one way, events the other,
 * through two rings, each with a descriptor that wakes its reader. Neither waits for the other.
 *
 * Nothing here blocks or, but for init, allocates.
 */
#ifndef ORIEL_VIEW_MAIL_H
#define ORIEL_VIEW_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/ring.h"
#include "view/render.h"

enum oriel_mail_kind {
	ORIEL_MAIL_CARD,
	ORIEL_MAIL_SNAPSHOT,
	ORIEL_MAIL_TITLE,
	ORIEL_MAIL_CAPTURE,
	ORIEL_MAIL_INPUT,
	ORIEL_MAIL_FULLSCREEN,
	ORIEL_MAIL_LOCKS,
	ORIEL_MAIL_KINDS
};

/* What the main thread wants done; see the functions of view/render.h that send them. */
struct oriel_mail_command {
	enum oriel_mail_kind kind;
	union {
		struct {
			const struct oriel_overlay *first;
			bool is_waiting;
		} card;
		struct oriel_snapshot *snapshot;
		const char *title;
		bool is_wanted; /* the capture */
		struct {
			struct oriel_capture_options capture;
			unsigned grab;
		} input;
		enum oriel_fullscreen fullscreen;
		struct {
			unsigned changed, now;
		} locks; /* the guest's */
	};
};

struct oriel_mail {
	struct oriel_ring *events;   /* struct oriel_render_event */
	struct oriel_ring *commands; /* struct oriel_mail_command */
	int event_fd, command_fd;    /* readable when there is something to take */
	_Atomic bool is_end_wanted;
	_Atomic unsigned beat; /* of the render thread: odd while it works, even while it rests */
	unsigned lines; /* of the log, that the main thread was woken for */
};

/* 0 or -ENOMEM / -EMFILE; finish is due in either case. */
int oriel_mail_init(struct oriel_mail *mail);
/* When neither thread uses it any more. */
void oriel_mail_finish(struct oriel_mail *mail);

/* ---- any thread ---- */

/* The render thread turns once more. */
void oriel_mail_wake_rt(struct oriel_mail *mail);
/* It is to end. */
void oriel_mail_ask_end(struct oriel_mail *mail);

/* ---- the main thread ---- */

unsigned oriel_mail_get_beat(const struct oriel_mail *mail);
/* False: too much is asked of the render thread at once. */
bool oriel_mail_send(struct oriel_mail *mail, const struct oriel_mail_command *command);
/* False when there are no more. */
bool oriel_mail_take_event(struct oriel_mail *mail, struct oriel_render_event *ret_event);

/* ---- the render thread ---- */

/* It begins to work, or to rest: the one of the two that it did not do until now. */
void oriel_mail_beat_rt(struct oriel_mail *mail);
/* False: the main thread is far behind. */
bool oriel_mail_tell_rt(struct oriel_mail *mail, const struct oriel_render_event *event);
/* Wakes the main thread when there are lines of the log for it to put out. */
void oriel_mail_tell_lines_rt(struct oriel_mail *mail);
/* False when there are no more. */
bool oriel_mail_take_command_rt(struct oriel_mail *mail, struct oriel_mail_command *ret_command);
/* It has turned: command_fd need not be readable any more. */
void oriel_mail_woken_rt(struct oriel_mail *mail);
bool oriel_mail_is_end_wanted_rt(const struct oriel_mail *mail);

#endif
