/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that the user gives to the guest: copied on the desktop and asked for by a key, or named at
 * the control socket. They go by the guest's SPICE agent (spice/transfer.h),
 * and only from the folders that the user named, the others being out of the viewer's reach. Built
 * without SPICE, there is none.
 *
 * Thread: main. Looks at the files' names and sizes; nothing else blocks.
 */
#ifndef ORIEL_VIEW_SEND_H
#define ORIEL_VIEW_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "clipboard/clipboard.h"
#include "control/server.h"

struct oriel_send;
struct oriel_spice_session;

struct oriel_send_setup {
	const char *folder;		   /* that files may be sent from; NULL: none */
	const char *share;		   /* one more, shared with the guest anyway; NULL: none */
	uint64_t limit_bytes;		   /* of what is sent at a time */
	struct oriel_clipboard *clipboard; /* borrowed; NULL: there is none */
	/* How it went: one sentence. */
	void (*told)(void *data, const char *text, bool is_problem);
	/* percent: how much the guest has of it; -1: nothing is being sent any more. */
	void (*moved)(void *data, int percent);
	void *data;
};

/* Strings are borrowed. 0, or -ENOTDIR: there is no such folder. NULL in a build without SPICE. */
int oriel_send_create(struct oriel_send **ret_send, const struct oriel_send_setup *setup,
	struct oriel_error *error);
/* Before the session and the clipboard go. NULL is fine. */
void oriel_send_destroy(struct oriel_send *send);

/* Once, before the session starts. */
void oriel_send_attach(struct oriel_send *send, struct oriel_spice_session *session);

/* What was copied on the desktop. Whatever is in the way is told. */
void oriel_send_copied(struct oriel_send *send);
void oriel_send_cancel(struct oriel_send *send);

/* Answers of the control socket: sending the file with that path, how it goes, and no more of it.
 * send may be NULL, path too: then it is refused. */
void oriel_send_answer_start(
	struct oriel_send *send, struct oriel_control_call *call, const char *path);
void oriel_send_answer_status(struct oriel_send *send, struct oriel_control_call *call);
void oriel_send_answer_cancel(struct oriel_send *send, struct oriel_control_call *call);

#endif
