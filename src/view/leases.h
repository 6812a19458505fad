/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames on their way from the source to the presenter and back: taken over while the guest may
 * still write them, held as long as the presenter shows them where they lie, given back after.
 * Render thread; nothing allocates, and only upload waits, for pixels, with a limit.
 */
#ifndef ORIEL_VIEW_LEASES_H
#define ORIEL_VIEW_LEASES_H

#include <stdbool.h>
#include <stdint.h>

#include "present/present.h"
#include "view/mail.h"
#include "view/source.h"

/* No source hands out more. */
#define ORIEL_LEASES_MAX 2

struct oriel_leases {
	struct oriel_source *source;
	struct oriel_presenter *presenter;
	const struct oriel_mail *mail;
	struct oriel_frame out[ORIEL_LEASES_MAX]; /* that the presenter holds; the oldest first */
	int count;
	uint64_t since_ns;    /* of the newest */
	uint64_t deadline_ns; /* for the pixels of the one that is being taken over */
};

/* All are borrowed; mail says when not to wait for pixels any longer. */
void oriel_leases_init(struct oriel_leases *leases, struct oriel_source *source,
	struct oriel_presenter *presenter, const struct oriel_mail *mail);

/* Has the presenter take frame over. False: it did not arrive whole. *ret_bytes: copied. */
bool oriel_leases_upload_rt(
	struct oriel_leases *leases, struct oriel_frame *frame, uint64_t *ret_bytes);
/* Those that the presenter does not need any more. */
void oriel_leases_give_back_rt(struct oriel_leases *leases);
/* Has the presenter do without those that it has had for long: the guest waits for them. live
 * false: nobody is there to leave them alone any more. *ret_bytes: copied. */
void oriel_leases_leave_rt(struct oriel_leases *leases, bool live, uint64_t *ret_bytes);
/* The source hands out no other one before one comes back. */
bool oriel_leases_is_full(const struct oriel_leases *leases);

#endif
