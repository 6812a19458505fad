/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files pushed to the guest: its SPICE agent puts them where it puts such files (the desktop, or
 * the folder of downloads). One lot at a time; what did not get there whole, the agent removes.
 *
 * Thread: the session's. Looks at the files' sizes when it starts; nothing else blocks.
 */
#ifndef ORIEL_SPICE_TRANSFER_H
#define ORIEL_SPICE_TRANSFER_H

#include "spice/session.h"

struct oriel_spice_transfer;

enum oriel_spice_transfer_state {
	ORIEL_SPICE_TRANSFER_IDLE, /* nothing was sent yet */
	ORIEL_SPICE_TRANSFER_SENDING,
	ORIEL_SPICE_TRANSFER_DONE,
	ORIEL_SPICE_TRANSFER_CANCELLED, /* by oriel_spice_transfer_cancel() */
	ORIEL_SPICE_TRANSFER_FAILED,
};

struct oriel_spice_transfer_status {
	enum oriel_spice_transfer_state state;
	unsigned files;
	uint64_t done_bytes, total_bytes;
	const char *problem; /* why it failed, one sentence; NULL: it did not */
};

struct oriel_spice_transfer_setup {
	uint64_t limit_bytes; /* of a lot */
	unsigned patience_s;  /* how long the guest may take nothing */
	/* What get_status() says has changed. Must not destroy the transfer. */
	void (*changed)(void *data);
	void *data;
};

/* Before oriel_spice_session_start(). session is borrowed and has to live longer. */
struct oriel_spice_transfer *oriel_spice_transfer_create(
	struct oriel_spice_session *session, const struct oriel_spice_transfer_setup *setup);
/* Cancels what is under way. NULL is fine. */
void oriel_spice_transfer_destroy(struct oriel_spice_transfer *transfer);

/* Begins to send the files with these paths (NULL-ended). False and error set, one sentence, when
 * nothing was begun. */
bool oriel_spice_transfer_start(
	struct oriel_spice_transfer *transfer, char *const *paths, GError **error);
/* False: nothing is being sent. The state follows when the guest has been told. */
bool oriel_spice_transfer_cancel(struct oriel_spice_transfer *transfer);

/* Of the last lot. The problem is valid until the state changes. */
void oriel_spice_transfer_get_status(const struct oriel_spice_transfer *transfer,
	struct oriel_spice_transfer_status *ret_status);

#endif
